#include "crash/note.hpp"
#include "crash/run_and_kill.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace cairn::tests {
namespace {

void kill_again_and_again(const char* mode, unsigned rounds, std::uint16_t partitions = 1) {
  const unsigned seed = from_environment("CAIRN_CRASH_SEED", std::random_device{}());
  std::printf("CAIRN_CRASH_SEED=%u CAIRN_CRASH_ROUNDS=%u\n", seed, rounds);
  std::mt19937 random{seed};
  const temporary_directory directory;
  std::vector<acknowledged> all;

  for (unsigned round = 0; round < rounds; ++round) {
    const std::size_t answers = random() % 3000;
    const auto fresh =
        run_and_kill(CRASHER, directory.path().string(), round, answers, mode, partitions);
    all.insert(all.end(), fresh.begin(), fresh.end());

    auto settings = small_store(directory.path());
    settings.partitions = partitions;
    auto app = builder{settings}
                   .add<notebook>({.snapshot_every = 1000})
                   .add_read_model<seen_notes>()
                   .start();
    ASSERT_TRUE(app) << describe(app.error());
    const auto report = app->verify();
    ASSERT_TRUE(report) << describe(report.error());

    // The newest answered command with an id, sent again, and one that may or may not be stored.
    const auto newest = std::find_if(
        all.rbegin(), all.rend(), [](const acknowledged& one) { return one.what.client % 2 == 0; });
    if (newest != all.rend()) {
      auto notebook_again = app->aggregate<notebook>(notebook_of(newest->what.client));
      const auto again = notebook_again.ask(newest->what, {.command_id = id_of(newest->what)});
      ASSERT_TRUE(again.accepted());
      EXPECT_TRUE(again.accepted()->repeated);
      EXPECT_EQ(again.accepted()->position.offset, newest->offset);
      note next = newest->what;
      ++next.count;
      EXPECT_TRUE(notebook_again.ask(next, {.command_id = id_of(next)}).accepted());
    }
    const auto seen = app->read<seen_notes>({.caught_up = true, .timeout = std::chrono::minutes{1}})
                          .ask(seen_notes::everything{});
    ASSERT_TRUE(seen) << describe(seen.error());
    for (const auto& [key, entry] : *seen)
      ASSERT_EQ(entry.times, 1U) << "stored twice";
    for (const acknowledged& one : all) {
      const auto found = seen->find({one.what.round, one.what.client, one.what.count});
      ASSERT_NE(found, seen->end()) << "lost: " << id_of(one.what);
      ASSERT_EQ(found->second.offset, one.offset);
    }
    // Offsets without a gap: as many as there are notes, the last ones the newest.
    const auto offsets = app->status().durable_offsets;
    EXPECT_EQ(std::accumulate(offsets.begin(), offsets.end(), std::uint64_t{0}), seen->size());
  }
  std::printf("%zu commands were acknowledged, none is lost or doubled\n", all.size());
}

TEST(Commands, SurviveBeingKilledUnderLoadEachExactlyOnce) {
  kill_again_and_again("sync", from_environment("CAIRN_CRASH_ROUNDS", 50));
}

TEST(Commands, SurviveBeingKilledUnderLoadInSeveralPartitions) {
  kill_again_and_again("sync", from_environment("CAIRN_CRASH_ROUNDS", 20), 4);
}

TEST(Commands, SurviveTheEndOfTheProcessInRelaxedModeInSeveralPartitions) {
  kill_again_and_again("relaxed", from_environment("CAIRN_CRASH_ROUNDS", 10), 4);
}

TEST(Commands, SurviveTheEndOfTheProcessAlsoInRelaxedMode) {
  kill_again_and_again("relaxed", from_environment("CAIRN_CRASH_ROUNDS", 20));
}

}  // namespace
}  // namespace cairn::tests
