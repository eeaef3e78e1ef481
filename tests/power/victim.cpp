// Writes to a store while everything that it asks of its disk is recorded, together with what its
// clients are told.
//
//   power_victim DIRECTORY RECORDING sync|relaxed GENERATION
//
// Generation 0 begins with an empty directory and opens the store twice; later ones find what a
// power cut has left.

#include "power/pads.hpp"
#include "power/recorder.hpp"

#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>

namespace cairn::tests::power {
namespace {

constexpr std::uint32_t counts_per_generation = 10'000;

class victim {
 public:
  victim(const char* directory, bool relaxed, std::uint32_t generation)
      : directory_(directory), relaxed_(relaxed), count_(generation * counts_per_generation) {}

  /// False: it could not be started.
  bool run(std::uint32_t waves) {
    auto app = builder{power_settings(directory_, relaxed_)}
                   .log(stderr_log(log_level::error))
                   .add<pad>({.snapshot_every = 8})
                   .add_read_model<lines_in_memory<false>>()
                   .add_read_model<lines_in_a_table>()
                   .start();
    if (!app) {
      std::fprintf(stderr, "%s\n", describe(app.error()).c_str());
      return false;
    }
    mark("started");
    if (copy_.empty()) find_copy(*app);
    for (std::uint32_t i = 0; i < waves; ++i) {
      const auto before = durable_writes_of_logs();
      wave(*app);
      const std::string seen = pad_of(i % clients);
      if (const auto state = app->aggregate<pad>(seen).state()) {
        mark("saw " + seen + " " + std::to_string(state->version.value));
      }
      // So that a relaxed window ends now and then.
      if (!relaxed_ || i % 4 != 3) continue;
      for (std::size_t log = 0; log < before.size(); ++log)
        wait_for_durable_writes(logs.at(log), before.at(log) + 1);
    }
    return app->stop().has_value();
  }

 private:
  static constexpr std::array<const char*, partitions> logs{"p0000/log/data.mdb",
                                                            "p0001/log/data.mdb"};
  static std::array<std::uint64_t, partitions> durable_writes_of_logs() {
    return {durable_writes(logs[0]), durable_writes(logs[1])};
  }

  /// A pad that lives where that of client 0 does.
  void find_copy(runtime& app) {
    for (int i = 0; copy_.empty(); ++i) {
      const std::string name = "copy-" + std::to_string(i);
      const auto out = app.ask_atomically({},
                                          app.aggregate<pad>(pad_of(0)).check(expectation{}),
                                          app.aggregate<pad>(name).check(expectation{}));
      if (out.failed() == nullptr || out.failed()->what != error::code::apart) copy_ = name;
    }
  }

  /// One command of each client, all at once; returns when all are answered.
  void wave(runtime& app) {
    ++count_;
    waiting_ = clients;
    for (std::uint32_t client = 0; client < clients; ++client) {
      if (client == 0) {
        ask_atomically(app);
      } else {
        ask(app, client);
      }
    }
    std::unique_lock lock{mutex_};
    answered_.wait(lock, [this] { return waiting_ == 0; });
  }

  void ask_atomically(runtime& app) {
    const put_lines first{0, count_, 1 + count_ % 3};
    const put_lines second{copies_from, count_, 1 + count_ % 2};
    std::vector<atomic_part> parts;
    parts.push_back(app.aggregate<pad>(pad_of(0)).part(first));
    parts.push_back(app.aggregate<pad>(copy_).part(second));
    app.ask_atomically({.command_id = power::id_of(0, count_)},
                       std::move(parts),
                       [this](const atomic_outcome& out) {
                         if (out.accepted() == nullptr) std::_Exit(3);
                         const position end = out.accepted()->receipts.back().position;
                         mark("atomic 0 " + std::to_string(count_) + " " + text(end) + " " + copy_);
                         answer();
                       });
  }

  void ask(runtime& app, std::uint32_t client) {
    put_lines wish{client, count_, 1 + count_ * client % 5};
    if (client == 1 && count_ % 5 == 0) wish.lines = 0;
    ask_options options;
    if (client != 2) options.command_id = power::id_of(client, count_);
    app.aggregate<pad>(pad_of(client)).ask(wish, options, [this, wish](const outcome<pad>& out) {
      const std::string who = std::to_string(wish.client) + " " + std::to_string(wish.count);
      if (out.rejected() != nullptr) {
        mark("rejected " + who + " 0 0 -");
      } else if (out.accepted() != nullptr) {
        mark("put " + who + " " + text(out.accepted()->position) + " -");
      } else {
        std::_Exit(3);
      }
      answer();
    });
  }

  static std::string text(position where) {
    return std::to_string(where.partition.value) + " " + std::to_string(where.offset);
  }

  void answer() {
    const std::lock_guard lock{mutex_};
    --waiting_;
    answered_.notify_one();
  }

  const char* directory_;
  bool relaxed_;
  std::uint32_t count_;
  std::string copy_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::uint32_t waiting_ = 0;
};

}  // namespace
}  // namespace cairn::tests::power

int main(int argc, char** argv) {
  using namespace cairn::tests::power;  // NOLINT(google-build-using-namespace)
  if (argc != 5) return 1;
  const auto generation = static_cast<std::uint32_t>(std::strtoul(argv[4], nullptr, 10));
  start_recording(argv[1]);
  victim one{argv[1], std::string_view{argv[3]} == "relaxed", generation};
  bool good = one.run(generation == 0 ? 20 : 8);
  if (generation == 0) good = good && one.run(8);
  return finish_recording(argv[2]) && good ? 0 : 2;
}
