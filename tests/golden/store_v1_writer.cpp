// Wrote the golden store; tests/golden/README.md says how. Never to be run on a later version.
//
//   golden_store_v1_writer NEW_DIRECTORY

#include "golden/store_v1_story.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cairn::golden {
namespace {

class clock_by_hand final : public clock {
 public:
  [[nodiscard]] timestamp now() const noexcept override { return timestamp{time_.load()}; }
  void set(timestamp now) { time_ = now.time_since_epoch(); }

 private:
  std::atomic<timestamp::duration> time_{};
};

class sender {
 public:
  explicit sender(runtime& app) : app_(app) {}

  template <class A>
  void say(const std::string& id, typename A::command wish, ask_options options) {
    must(app_.aggregate<A>(id).ask(std::move(wish), std::move(options)));
  }

  template <class A>
  void rush(const std::string& id,
            const typename A::command& wish,
            unsigned times,
            const std::string& ids) {
    std::vector<addressed<A>> wishes;
    for (unsigned i = 0; i < times; ++i) {
      wishes.push_back(
          {.id = id, .wish = wish, .options = {.command_id = ids + std::to_string(i)}});
    }
    for (const auto& out : app_.ask_many<A>(std::move(wishes)))
      must(out);
  }

 private:
  template <class A> static void must(const outcome<A>& out) {
    if (out.failed() == nullptr) return;
    std::fprintf(stderr, "%s\n", describe(*out.failed()).c_str());
    std::_Exit(2);
  }

  runtime& app_;
};

/// Plays some rounds; does not stop when it ends in relaxed mode.
void play(config settings, unsigned first, unsigned end) {
  const auto time = std::make_shared<clock_by_hand>();
  auto app = builder{settings}
                 .add<account>({.snapshot_every = 5})
                 .add<basket>()
                 .add_read_model<ledger>()
                 .add_read_model<stock>()
                 .time_from(time)
                 .log(stderr_log())
                 .start();
  if (!app) {
    std::fprintf(stderr, "%s\n", describe(app.error()).c_str());
    std::_Exit(2);
  }
  sender out{*app};
  for (unsigned round = first; round < end; ++round) {
    time->set(time_of(round));
    tell(round, out);
  }
  if (settings.durability == config::durability_mode::relaxed) std::_Exit(0);
  if (!app->stop()) std::_Exit(2);
}

void write(const std::filesystem::path& directory) {
  config settings;
  settings.store = directory;
  settings.partitions = partitions;
  settings.log_map_bytes = 64 * mib;
  settings.index_map_bytes = 64 * mib;
  settings.view_map_bytes = 64 * mib;
  settings.prefill_bytes = 0;
  settings.read_model_snapshot_every = 20;
  // Twice, so that the second one has found and gone on with what the first one left.
  play(settings, 0, 3);
  play(settings, 3, first_relaxed_round);
  settings.durability = config::durability_mode::relaxed;
  settings.relaxed_window = std::chrono::minutes{1};
  play(settings, first_relaxed_round, rounds);
}

/// What says where it was written, or can be left out.
void tidy(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> needless{directory / "lock"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator{directory}) {
    if (entry.path().filename() == "lock.mdb") needless.push_back(entry.path());
  }
  for (const auto& file : needless)
    std::filesystem::remove(file);
  std::ofstream{directory / "relaxed"} << "the boot of another machine\n";
}

}  // namespace
}  // namespace cairn::golden

int main(int argc, char** argv) {
  if (argc != 2 || std::filesystem::exists(argv[1])) return 1;
  const pid_t child = fork();
  if (child == 0) {
    cairn::golden::write(argv[1]);
    return 0;
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) return 2;
  cairn::golden::tidy(argv[1]);
  return 0;
}
