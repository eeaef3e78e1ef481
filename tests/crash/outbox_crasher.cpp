// A server that is meant to be killed: commands come as fast as they are answered, and an outbox
// hands the events over. stdout is its receiver, and hears of each event that is handed over:
//
//   number of its aggregate  version  offset
//
//   outbox_crasher DIRECTORY ROUND sync|relaxed PARTITIONS

#include "support/counter.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>

namespace cairn::tests {
namespace {

using counting::add;
using counting::counter;

/// One write per line: a kill leaves whole lines.
class to_stdout final : public event_publisher {
 public:
  publish_report publish(std::span<const outgoing_event> events) override {
    for (const outgoing_event& one : events) {
      char line[100];
      const int size = std::snprintf(line,
                                     sizeof line,
                                     "%s %llu %llu\n",
                                     one.event.aggregate_id.c_str(),
                                     static_cast<unsigned long long>(one.event.version.value),
                                     static_cast<unsigned long long>(one.event.position.offset));
      if (write(STDOUT_FILENO, line, static_cast<std::size_t>(size)) != size) std::_Exit(0);
    }
    return {events.size(), {}};
  }
};

int run(const char* directory) {
  auto app = builder{small_store(directory)}
                 .add<counter>()
                 .add_outbox("outbox",
                             std::make_unique<to_stdout>(),
                             {.events_in_flight_max = 50, .trouble = {.strong = true}})
                 .start();
  if (!app) return 2;
  for (unsigned i = 0;; ++i) {
    auto one = app->aggregate<counter>(std::to_string(i % 10));
    if (!one.ask(add{1}).accepted()) std::_Exit(8);
  }
}

}  // namespace
}  // namespace cairn::tests

int main(int argc, char** argv) {
  return argc == 5 ? cairn::tests::run(argv[1]) : 1;
}
