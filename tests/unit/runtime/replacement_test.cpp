#include "support/bank_models.hpp"
#include "support/notebook.hpp"
#include "support/temporary_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

// Each replacement policy in a whole runtime: the limits hold, and states are what they should be.

namespace cairn {
namespace {

using bank::account;
using bank::deposit;
using bank::open;
using policy = config::replacement_policy;

class AwakeLimit : public testing::TestWithParam<policy> {
 protected:
  [[nodiscard]] config settings() const {
    config chosen = tests::small_store(directory_.path());
    chosen.workers = 1;
    chosen.hosts_per_type = 1;
    // Nobody waits for the disk thousands of times.
    chosen.durability = config::durability_mode::relaxed;
    chosen.awake_replacement = GetParam();
    return chosen;
  }
  tests::temporary_directory directory_;
};

/// Some more often than others.
std::size_t chosen_at(std::size_t step) {
  return step % 3 == 0 ? step * 7 % 100 : step % 12;
}

TEST_P(AwakeLimit, HoldsByNumberWhileCommandsGoToMoreThanItAllows) {
  config chosen = settings();
  chosen.awake_aggregates_max = 20;
  auto app = *builder{chosen}.add<account>().start();
  std::vector<std::int64_t> expected(100);
  for (std::size_t i = 0; i < expected.size(); ++i)
    ASSERT_TRUE(app.aggregate<account>(std::to_string(i)).ask(open{"x"}).accepted());
  std::uint64_t most = 0;
  for (std::size_t step = 0; step < 500; ++step) {
    const std::size_t at = chosen_at(step);
    ASSERT_TRUE(app.aggregate<account>(std::to_string(at)).ask(deposit{1}).accepted());
    ++expected[at];
    most = std::max(most, app.status().awake_aggregates);
  }
  // The one whose command has just been answered may be one too many.
  EXPECT_LE(most, 21U);
  EXPECT_GE(most, 19U);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto found = app.aggregate<account>(std::to_string(i)).state();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->state.balance_cents, expected[i]) << i;
  }
}

TEST_P(AwakeLimit, HoldsByBytes) {
  config chosen = settings();
  chosen.awake_bytes_max = 150'000;
  auto app = *builder{chosen}.add<tests::notebook>().start();
  const std::string page(1'000, 'x');
  std::uint64_t most = 0;
  for (std::size_t step = 0; step < 300; ++step) {
    auto one = app.aggregate<tests::notebook>(std::to_string(chosen_at(step)));
    ASSERT_TRUE(one.ask(tests::notebook::write{page}).accepted());
    most = std::max(most, app.status().awake_bytes);
  }
  // A notebook of 25 pages may be one too many, and be weighed before it has its last ones.
  EXPECT_LE(most, 200'000U);
  EXPECT_GT(most, 100'000U);
}

TEST_P(AwakeLimit, HoldsAndLosesNothingWithManyCommandsInFlight) {
  config chosen = settings();
  chosen.awake_aggregates_max = 16;
  auto app = *builder{chosen}.add<account>().start();
  constexpr std::size_t accounts = 200;
  for (std::size_t i = 0; i < accounts; ++i)
    app.aggregate<account>(std::to_string(i)).tell(open{"x"});
  for (std::size_t round = 0; round < 20; ++round) {
    for (std::size_t i = 0; i < accounts; ++i)
      app.aggregate<account>(std::to_string(i)).tell(deposit{1});
  }
  for (std::size_t i = 0; i < accounts; ++i) {
    const auto out = app.aggregate<account>(std::to_string(i)).ask(deposit{1});
    ASSERT_TRUE(out.accepted()) << i;
    EXPECT_EQ(out.accepted()->version.value, 22U) << i;
  }
  // All are durable by now: a few commands later there are no more than may be.
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(app.aggregate<account>("0").ask(deposit{1}).accepted());
  EXPECT_LE(app.status().awake_aggregates, 17U);
}

std::string name_of(const testing::TestParamInfo<policy>& info) {
  constexpr std::array names{"lru", "mru", "lfu", "segmented_lru", "w_tiny_lfu"};
  return names.at(static_cast<std::size_t>(info.param));
}

INSTANTIATE_TEST_SUITE_P(Policies,
                         AwakeLimit,
                         testing::Values(policy::lru,
                                         policy::mru,
                                         policy::lfu,
                                         policy::segmented_lru,
                                         policy::w_tiny_lfu),
                         name_of);

}  // namespace
}  // namespace cairn
