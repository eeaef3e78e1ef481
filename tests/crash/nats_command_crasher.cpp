// A server that is meant to be killed: a gate takes commands from the stream COMMANDS of the NATS
// server that CAIRN_NATS_URL names. stdout hears of each event as soon as it is durable:
//
//   0  offset  offset
//
//   nats_command_crasher DIRECTORY ROUND sync|relaxed PARTITIONS

#include "support/counter.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"
#include "cairn/nats/command_gate.hpp"

#include <cstdio>
#include <cstdlib>
#include <thread>
#include <unistd.h>

namespace cairn::tests {
namespace {

int run(const char* directory) {
  const char* const url = std::getenv("CAIRN_NATS_URL");
  if (url == nullptr) return 2;
  auto app = builder{small_store(directory)}.add<counting::counter>().start();
  if (!app) return 4;
  nats::command_gate gate{*app,
                          {.connection = {.servers = {url}},
                           .subject = "commands",
                           .commands_in_flight_max = 64,
                           .stream = {.name = "COMMANDS"},
                           .redelivery = {.acknowledge_within = std::chrono::seconds{1}}}};
  gate.accept<counting::counter>();
  if (!gate.start()) return 5;
  for (std::uint64_t told = app->status().durable_offsets.at(0);;) {
    const std::uint64_t durable = app->status().durable_offsets.at(0);
    if (told == durable) std::this_thread::yield();
    for (; told < durable; ++told) {
      const auto offset = static_cast<unsigned long long>(told + 1);
      char line[100];
      const int size = std::snprintf(line, sizeof line, "0 %llu %llu\n", offset, offset);
      if (write(STDOUT_FILENO, line, static_cast<std::size_t>(size)) != size) std::_Exit(0);
    }
  }
}

}  // namespace
}  // namespace cairn::tests

int main(int argc, char** argv) {
  return argc == 5 ? cairn::tests::run(argv[1]) : 1;
}
