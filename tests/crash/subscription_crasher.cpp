// A server that is meant to be killed: commands come as fast as they are answered, and two
// consumers of a named subscription handle the events. stdout hears of each event before it is
// acknowledged (what 0), and again once that is durable (what 1):
//
//   what  version of its aggregate  offset
//
//   subscription_crasher DIRECTORY ROUND sync|relaxed PARTITIONS

#include "support/counter.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace cairn::tests {
namespace {

using counting::add;
using counting::counter;

/// One write per line: a kill leaves whole lines.
void report(unsigned what, const recorded_event& event) {
  char line[100];
  const int size = std::snprintf(line,
                                 sizeof line,
                                 "%u %llu %llu\n",
                                 what,
                                 static_cast<unsigned long long>(event.version.value),
                                 static_cast<unsigned long long>(event.position.offset));
  if (write(STDOUT_FILENO, line, static_cast<std::size_t>(size)) != size) std::_Exit(0);
}

void consume(named_subscription from) {
  auto me = from.join({.credit = 8});
  if (!me) std::_Exit(4);
  std::vector<recorded_event> acknowledged;
  for (;;) {
    auto got = me->next(std::chrono::milliseconds{1});
    if (!got) std::_Exit(5);
    if (got->has_value()) {
      report(0, (*got)->event());
      if (!(*got)->ack()) std::_Exit(6);
      acknowledged.push_back((*got)->event());
    }
    if (acknowledged.size() < 20 && got->has_value()) continue;
    if (!from.flush()) std::_Exit(7);
    for (const recorded_event& one : acknowledged)
      report(1, one);
    acknowledged.clear();
  }
}

int run(const char* directory) {
  auto app = builder{small_store(directory)}.add<counter>().start();
  if (!app) return 2;
  auto mailer = app->named_subscription(
      "mailer", {.order = delivery_order::by_aggregate, .consumers_max = 2, .window = 50});
  if (!mailer) return 3;
  std::thread first{consume, *mailer};
  std::thread second{consume, *mailer};
  for (unsigned i = 0;; ++i) {
    auto one = app->aggregate<counter>("c" + std::to_string(i % 10));
    if (!one.ask(add{1}).accepted()) std::_Exit(8);
  }
}

}  // namespace
}  // namespace cairn::tests

int main(int argc, char** argv) {
  return argc == 5 ? cairn::tests::run(argv[1]) : 1;
}
