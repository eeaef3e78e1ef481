#include "crash/rebuilt_bank.hpp"
#include "crash/run_and_kill.hpp"
#include "support/temporary_directory.hpp"

#include <chrono>
#include <cstdio>
#include <random>
#include <string>
#include <thread>

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;

/// Number of copies whose files are there.
std::size_t copies_of(const std::filesystem::path& store, const char* model) {
  std::size_t found = 0;
  for (const auto& one : std::filesystem::directory_iterator{store / "views" / model})
    found += one.is_directory() ? 1 : 0;
  return found;
}

void expect_the_truth(runtime& app) {
  const read_options all{.caught_up = true, .timeout = 60s};
  const auto held = app.read<holdings>(all).ask(holdings::all{});
  ASSERT_TRUE(held) << describe(held.error());
  std::uint64_t events = 0;
  for (std::uint32_t i = 0; i < savers; ++i) {
    const auto now = app.aggregate<bank::account>(saver_id(i)).state();
    ASSERT_TRUE(now) << describe(now.error());
    EXPECT_EQ(held->at(saver_id(i)), now->state.balance_cents) << saver_id(i);
    events += now->version.value;
  }
  const auto count = app.read<event_count>(all).ask(event_count::all{});
  ASSERT_TRUE(count) << describe(count.error());
  EXPECT_EQ(*count, events);
}

TEST(Rebuilds, SurviveBeingKilledAtAnyMomentWithOneCopyThatServes) {
  const unsigned seed = from_environment("CAIRN_CRASH_SEED", std::random_device{}());
  const unsigned rounds = from_environment("CAIRN_CRASH_ROUNDS", 15);
  std::printf("CAIRN_CRASH_SEED=%u CAIRN_CRASH_ROUNDS=%u\n", seed, rounds);
  std::mt19937 random{seed};
  const temporary_directory directory;
  unsigned in_the_middle = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    run_and_kill(REBUILD_CRASHER, directory.path().string(), round, 1 + random() % 600, "sync", 2);
    in_the_middle += copies_of(directory.path(), "bank.holdings") > 1 ? 1 : 0;
    auto app = rebuilt_bank(directory.path(), 2).start();
    ASSERT_TRUE(app) << describe(app.error());
    expect_the_truth(*app);
    // Every other one goes on over the next kill.
    if (round % 2 == 0 && round + 1 < rounds) continue;
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    for (const char* model : {"bank.holdings", "bank.event_count"}) {
      while (app->read_model(model).status()->rebuild || copies_of(directory.path(), model) > 1) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << model << " has no switch";
        std::this_thread::yield();
      }
    }
    expect_the_truth(*app);
  }
  std::printf("%u of %u kills came while there were two copies\n", in_the_middle, rounds);
}

}  // namespace
}  // namespace cairn::tests
