#include "simulation/simulated_bank.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

// The whole runtime, from the clients to the disk, under trouble that no machine has so often.

namespace cairn::tests {
namespace {

using testing::simulation_report;

simulation_report run_with(std::uint64_t seed, const simulated_bank::habits& how) {
  auto options = troubled();
  // What is one commit must live in one partition.
  if (!how.is_atomic) options.settings.partitions = static_cast<std::uint16_t>(1 + seed % 3);
  simulated_bank bank{seed, options, how};
  return bank.run();
}

/// The first seed that finds something wrong.
std::optional<std::uint64_t> first_failing(const simulated_bank::habits& how, std::uint64_t most) {
  for (std::uint64_t seed = 0; seed < most; ++seed) {
    if (!run_with(seed, how).ok()) return seed;
  }
  return std::nullopt;
}

/// Fails the test unless all seeds pass, and trouble of each kind came often enough to say so.
void expect_all_pass(const simulated_bank::habits& how, std::uint64_t seeds) {
  simulation_report sum;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const auto done = run_with(seed, how);
    ASSERT_TRUE(done.ok()) << describe(done);
    sum.crashes += done.crashes;
    sum.failed_writes += done.failed_writes;
    sum.lost_messages += done.lost_messages;
  }
  EXPECT_GT(sum.crashes, seeds);
  EXPECT_GT(sum.failed_writes, seeds);
  EXPECT_GT(sum.lost_messages, seeds);
}

void expect_to_find_and_find_again(const simulated_bank::habits& how) {
  const auto seed = first_failing(how, 50);
  ASSERT_TRUE(seed) << "no seed has found it";
  const auto once = run_with(*seed, how);
  const auto again = run_with(*seed, how);
  EXPECT_FALSE(once.ok());
  EXPECT_EQ(once.failure, again.failure);
  EXPECT_EQ(once.trace_hash, again.trace_hash);
  EXPECT_EQ(once.steps, again.steps);
}

TEST(SimulatedBank, LosesNoCentAndNoAnswerInTwoHundredWorlds) {
  expect_all_pass({}, 200);
}

TEST(SimulatedBank, LosesNoCentWhenBothHalvesAreOneCommit) {
  expect_all_pass({.is_atomic = true}, 100);
}

TEST(SimulatedBank, IsTheSameWhereverItsPartsLieInMemory) {
  // Holes of all sizes: nobody gets addresses in the order in which they were asked for.
  std::vector<std::unique_ptr<std::string>> holes;
  testing::random_source sizes{1};
  const auto make_holes = [&] {
    for (int i = 0; i < 2000; ++i)
      holes.push_back(std::make_unique<std::string>(sizes.below(3000), '-'));
    for (std::size_t i = 0; i < holes.size(); ++i) {
      if (sizes.chance(0.5)) holes[i].reset();
    }
  };
  std::vector<std::unique_ptr<simulated_bank>> alive;
  for (const bool is_atomic : {false, true}) {
    std::set<std::uint64_t> hashes;
    for (int i = 0; i < 10; ++i) {
      make_holes();
      alive.push_back(std::make_unique<simulated_bank>(
          11, troubled(), simulated_bank::habits{.transfers = 20, .is_atomic = is_atomic}));
      hashes.insert(alive.back()->run().trace_hash);
    }
    EXPECT_EQ(hashes.size(), 1U) << (is_atomic ? "atomic" : "one by one");
  }
}

TEST(SimulatedBank, KeepsUpWithManyClients) {
  expect_all_pass({.clients = 20, .transfers = 10}, 10);
}

TEST(SimulatedBank, FindsAClientThatRepeatsWithAnotherId) {
  expect_to_find_and_find_again({.repeats_ids = false});
}

TEST(SimulatedBank, FindsATransferThatIsGivenUpHalfWay) {
  expect_to_find_and_find_again({.insists = false});
}

}  // namespace
}  // namespace cairn::tests
