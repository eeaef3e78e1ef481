// A server that is meant to be killed: 64 clients put one value over the other, each in its own
// place, as fast as they are answered, and each accepted one is written to stdout before the client
// goes on.
//
//   value_crasher DIRECTORY ROUND sync|relaxed PARTITIONS

#include "crash/note_store.hpp"
#include "support/temporary_store.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace cairn::tests {
namespace {

class client {
 public:
  client(runtime& app, std::uint32_t round, std::uint32_t number)
      : place_(app.aggregate<note_store>(place_of(number))), next_{round, number, 0} {
    const auto now = place_.state();
    if (!now) std::_Exit(4);
    version_ = now->version;
  }

  void send() {
    ++next_.count;
    place_.ask(note_store::put{next_}, {.expected = version_}, [this](auto out) {
      if (out.accepted() == nullptr) std::_Exit(3);
      version_ = out.accepted()->version;
      report(*out.accepted());
      send();
    });
  }

 private:
  /// One write per line: a kill leaves whole lines, and nobody hears of what was not accepted.
  void report(const receipt& done) const {
    char line[100];
    const int size = std::snprintf(line,
                                   sizeof line,
                                   "%u %llu %llu\n",
                                   next_.client,
                                   static_cast<unsigned long long>(next_.count),
                                   static_cast<unsigned long long>(done.position.offset));
    if (write(STDOUT_FILENO, line, static_cast<std::size_t>(size)) != size) std::_Exit(0);
  }

  aggregate_handle<note_store> place_;
  note next_;
  version version_;
};

int run(const char* directory, std::uint32_t round, bool relaxed, std::uint16_t partitions) {
  auto settings = small_store(directory);
  settings.partitions = partitions;
  settings.index_flush_events = 5'000;
  settings.block_bytes = 4 * kib;
  if (relaxed) settings.durability = config::durability_mode::relaxed;
  auto app = builder{settings}.log(stderr_log(log_level::warning)).add<note_store>().start();
  if (!app) {
    std::fprintf(stderr, "%s\n", describe(app.error()).c_str());
    return 2;
  }
  std::vector<std::unique_ptr<client>> all;
  for (std::uint32_t i = 0; i < note_store_clients; ++i)
    all.push_back(std::make_unique<client>(*app, round, i));
  for (const auto& one : all)
    one->send();
  for (;;)
    pause();
}

}  // namespace
}  // namespace cairn::tests

int main(int argc, char** argv) {
  if (argc != 5) return 1;
  const auto round = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
  const auto partitions = static_cast<std::uint16_t>(std::strtoul(argv[4], nullptr, 10));
  return cairn::tests::run(argv[1], round, std::string_view{argv[3]} == "relaxed", partitions);
}
