#include "crash/note_store.hpp"
#include "crash/run_and_kill.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <vector>

namespace cairn::tests {
namespace {

/// What a place held when it was looked at last, and at which version.
struct seen_value {
  note what;
  std::uint64_t version = 0;
};

/// The newest answered value of each client, or the one that was on its way then.
void check(const aggregate_handle<note_store>& place, seen_value& last, std::uint64_t answered) {
  const auto now = place.state();
  ASSERT_TRUE(now) << describe(now.error());
  // Nothing of this round is stored, or all that was answered and at most one more.
  const std::uint64_t added = now->version.value - last.version;
  ASSERT_GE(added, answered);
  ASSERT_LE(added, answered + 1);
  if (now->version.value == 0) return;
  ASSERT_TRUE(now->state);
  if (added > 0) {
    EXPECT_EQ(now->state->count, added);
  } else {
    EXPECT_EQ(*now->state, last.what);
  }
  EXPECT_EQ(place.history()->size(), 1U);
  last = {*now->state, now->version.value};
}

void kill_again_and_again(const char* mode, unsigned rounds, std::uint16_t partitions) {
  const unsigned seed = from_environment("CAIRN_CRASH_SEED", std::random_device{}());
  std::printf("CAIRN_CRASH_SEED=%u CAIRN_CRASH_ROUNDS=%u\n", seed, rounds);
  std::mt19937 random{seed};
  const temporary_directory directory;
  std::vector<seen_value> last(note_store_clients);
  for (unsigned round = 0; round < rounds; ++round) {
    std::vector<std::uint64_t> answered(note_store_clients);
    for (const acknowledged& one : run_and_kill(
             VALUE_CRASHER, directory.path().string(), round, random() % 3000, mode, partitions))
      answered.at(one.what.client) = one.what.count;
    auto settings = small_store(directory.path());
    settings.partitions = partitions;
    auto app = builder{settings}.add<note_store>().start();
    ASSERT_TRUE(app) << describe(app.error());
    ASSERT_TRUE(app->verify());
    for (std::uint32_t i = 0; i < note_store_clients; ++i)
      check(app->aggregate<note_store>(place_of(i)), last[i], answered[i]);
    // Each is woken with what a reader saw.
    const auto first = app->aggregate<note_store>(place_of(0));
    const auto woken = first.ask(note_store::clear{}, {.expected = version{last[0].version}});
    ASSERT_TRUE(woken.accepted());
    EXPECT_EQ(first.state()->state, std::nullopt);
    last[0] = {{}, woken.accepted()->version.value};
    const auto again = first.ask(note_store::put{{}}, {.expected = woken.accepted()->version});
    ASSERT_TRUE(again.accepted());
    last[0].version = again.accepted()->version.value;
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Values, SurviveBeingKilledUnderLoadTheNewestOneOfEach) {
  kill_again_and_again("sync", from_environment("CAIRN_CRASH_ROUNDS", 20), 1);
}

TEST(Values, SurviveTheEndOfTheProcessInRelaxedModeInSeveralPartitions) {
  kill_again_and_again("relaxed", from_environment("CAIRN_CRASH_ROUNDS", 10), 4);
}

}  // namespace
}  // namespace cairn::tests
