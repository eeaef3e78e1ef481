// A server that is meant to be killed: 64 clients write each note into two notebooks, by one atomic
// commit, as fast as they are answered; each accepted one is written to stdout before the client
// goes on.
//
//   atomic_crasher DIRECTORY ROUND sync|relaxed PARTITIONS

#include "crash/note.hpp"
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

constexpr std::uint32_t clients = 64;

class client {
 public:
  client(runtime& app, std::uint32_t round, std::uint32_t number)
      : app_(app), next_{round, number, 0} {}

  void send() {
    ++next_.count;
    std::vector<atomic_part> parts;
    parts.push_back(app_.aggregate<notebook>(notebook_of(next_.client)).part(next_));
    parts.push_back(app_.aggregate<notebook>(copybook_of(next_.client)).part(copy_of(next_)));
    app_.ask_atomically(
        {.command_id = id_of(next_)}, std::move(parts), [this](const atomic_outcome& out) {
          if (out.accepted() == nullptr) std::_Exit(3);
          report(out.accepted()->receipts.back());
          send();
        });
  }

 private:
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

  runtime& app_;
  note next_;
};

int run(const char* directory, std::uint32_t round, bool relaxed) {
  auto settings = small_store(directory);
  settings.index_flush_events = 5'000;
  settings.block_bytes = 4 * kib;
  if (relaxed) settings.durability = config::durability_mode::relaxed;
  auto app = builder{settings}
                 .log(stderr_log(log_level::warning))
                 .add<notebook>({.snapshot_every = 1000, .hosts = 4})
                 .start();
  if (!app) {
    std::fprintf(stderr, "%s\n", describe(app.error()).c_str());
    return 2;
  }
  std::vector<std::unique_ptr<client>> all;
  for (std::uint32_t i = 0; i < clients; ++i)
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
  return cairn::tests::run(argv[1], round, std::string_view{argv[3]} == "relaxed");
}
