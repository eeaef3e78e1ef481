// A server that is meant to be killed: commands come as fast as they are answered, and an outbox
// puts the events into the stream EVENTS of the NATS server that CAIRN_NATS_URL names. stdout hears
// of each command that is accepted:
//
//   0  version of its aggregate  offset
//
//   nats_outbox_crasher DIRECTORY ROUND sync|relaxed PARTITIONS

#include "support/counter.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"
#include "cairn/nats/publisher.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>

namespace cairn::tests {
namespace {

using counting::add;
using counting::counter;

int run(const char* directory) {
  const char* const url = std::getenv("CAIRN_NATS_URL");
  if (url == nullptr) return 2;
  auto publisher = nats::make_publisher(
      {.connection = {.servers = {url}}, .stream = {.name = "EVENTS", .create = true}});
  if (!publisher) return 3;
  auto app = builder{small_store(directory)}
                 .add<counter>()
                 .add_outbox("outbox", *std::move(publisher), {.trouble = {.strong = true}})
                 .start();
  if (!app) return 4;
  for (unsigned i = 0;; ++i) {
    const auto out = app->aggregate<counter>("c" + std::to_string(i % 10)).ask(add{1});
    if (!out.accepted()) std::_Exit(8);
    const auto& done = *out.accepted();
    char line[100];
    const int size = std::snprintf(line,
                                   sizeof line,
                                   "0 %llu %llu\n",
                                   static_cast<unsigned long long>(done.version.value),
                                   static_cast<unsigned long long>(done.position.offset));
    if (write(STDOUT_FILENO, line, static_cast<std::size_t>(size)) != size) std::_Exit(0);
  }
}

}  // namespace
}  // namespace cairn::tests

int main(int argc, char** argv) {
  return argc == 5 ? cairn::tests::run(argv[1]) : 1;
}
