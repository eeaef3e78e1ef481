#include "crash/note.hpp"
#include "crash/run_and_kill.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include <random>

namespace cairn::tests {
namespace {

using key = std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>;

/// Each note stands in both notebooks or in none, once, and right behind each other.
void expect_pairs(const seen_notes::everything::answer& seen) {
  std::size_t notes = 0;
  for (const auto& [which, entry] : seen) {
    ASSERT_EQ(entry.times, 1U) << "stored twice";
    const auto& [round, client, count] = which;
    if (client >= copies_from) continue;
    ++notes;
    const auto copy = seen.find(key{round, client + copies_from, count});
    ASSERT_NE(copy, seen.end()) << "half of " << round << "/" << client << "/" << count;
    ASSERT_EQ(copy->second.offset, entry.offset + 1);
  }
  EXPECT_EQ(seen.size(), 2 * notes);
}

void kill_again_and_again(const char* mode, unsigned rounds) {
  const unsigned seed = from_environment("CAIRN_CRASH_SEED", std::random_device{}());
  std::printf("CAIRN_CRASH_SEED=%u CAIRN_CRASH_ROUNDS=%u\n", seed, rounds);
  std::mt19937 random{seed};
  const temporary_directory directory;
  std::vector<acknowledged> all;
  for (unsigned round = 0; round < rounds; ++round) {
    const std::size_t answers = random() % 1500;
    const auto fresh =
        run_and_kill(ATOMIC_CRASHER, directory.path().string(), round, answers, mode, 1);
    all.insert(all.end(), fresh.begin(), fresh.end());

    auto app = builder{small_store(directory.path())}
                   .add<notebook>({.snapshot_every = 1000})
                   .add_read_model<seen_notes>()
                   .start();
    ASSERT_TRUE(app) << describe(app.error());
    const auto report = app->verify();
    ASSERT_TRUE(report) << describe(report.error());
    if (!all.empty()) {
      const note& newest = all.back().what;
      const auto again = app->ask_atomically(
          {.command_id = id_of(newest)},
          app->aggregate<notebook>(notebook_of(newest.client)).part(newest),
          app->aggregate<notebook>(copybook_of(newest.client)).part(copy_of(newest)));
      ASSERT_TRUE(again.accepted());
      EXPECT_TRUE(again.accepted()->repeated);
      EXPECT_EQ(again.accepted()->receipts.back().position.offset, all.back().offset);
    }
    const auto seen = app->read<seen_notes>({.caught_up = true, .timeout = std::chrono::minutes{1}})
                          .ask(seen_notes::everything{});
    ASSERT_TRUE(seen) << describe(seen.error());
    expect_pairs(*seen);
    for (const acknowledged& one : all) {
      const auto found = seen->find(key{one.what.round, one.what.client, one.what.count});
      ASSERT_NE(found, seen->end()) << "lost: " << id_of(one.what);
      ASSERT_EQ(found->second.offset + 1, one.offset);
    }
  }
  std::printf("%zu atomic commits were acknowledged, none is lost, halved or doubled\n",
              all.size());
}

TEST(AtomicCommits, SurviveBeingKilledUnderLoadWholeAndOnce) {
  kill_again_and_again("sync", from_environment("CAIRN_CRASH_ROUNDS", 20));
}

TEST(AtomicCommits, SurviveTheEndOfTheProcessAlsoInRelaxedMode) {
  kill_again_and_again("relaxed", from_environment("CAIRN_CRASH_ROUNDS", 10));
}

}  // namespace
}  // namespace cairn::tests
