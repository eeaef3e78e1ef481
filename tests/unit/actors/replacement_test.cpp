#include "hosts/frequency_sketch.hpp"
#include "hosts/least_frequent.hpp"
#include "hosts/tiny_lfu.hpp"
#include "support/awake_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace cairn::tests {
namespace {

using actors::replacement_options;
using actors::replacement_policy;
using actors::rest;
using numbers = std::vector<std::uint64_t>;

constexpr std::uint64_t strangers = 1'000'000;

replacement_options by(replacement_policy policy) {
  return {.policy = policy};
}

/// Uses 0 to 9 some times, then others once each; how many of the ten are still awake.
std::size_t favourites_after_a_scan(replacement_policy policy, std::size_t others) {
  awake_set set{by(policy), 100};
  for (int round = 0; round < 5; ++round) {
    for (std::uint64_t n = 0; n < 10; ++n)
      set.use(n);
    set.use(2 * strangers + static_cast<std::uint64_t>(round));
  }
  for (std::uint64_t n = 0; n < others; ++n)
    set.use(strangers + n);
  EXPECT_EQ(set.size(), 100U);
  std::size_t left = 0;
  for (std::uint64_t n = 0; n < 10; ++n)
    left += set.has(n) ? 1 : 0;
  return left;
}

double rate(const replacement_options& options, std::size_t awake, load next, int rounds) {
  awake_set set{options, awake};
  const std::size_t uses = awake * static_cast<std::size_t>(rounds);
  std::size_t hits = 0;
  for (std::size_t i = 0; i < uses; ++i)
    hits += set.use(next()) ? 1 : 0;
  return static_cast<double>(hits) / static_cast<double>(uses);
}

TEST(Replacement, LruLetsTheOneSleepThatWasUsedLongestAgo) {
  awake_set set{by(replacement_policy::lru), 3};
  for (const std::uint64_t n : {1, 2, 3, 1, 4})
    set.use(n);
  EXPECT_EQ(set.all(), (numbers{1, 3, 4}));
}

TEST(Replacement, AScanPushesFavouritesOutOfLruOnly) {
  EXPECT_EQ(favourites_after_a_scan(replacement_policy::lru, 1'000), 0U);
  EXPECT_EQ(favourites_after_a_scan(replacement_policy::segmented_lru, 10'000), 10U);
  EXPECT_EQ(favourites_after_a_scan(replacement_policy::w_tiny_lfu, 10'000), 10U);
  EXPECT_EQ(favourites_after_a_scan(replacement_policy::lfu, 1'000), 10U);
}

TEST(Replacement, MruKeepsTheOldestAndTheVeryLastOne) {
  awake_set set{by(replacement_policy::mru), 4};
  for (std::uint64_t n = 1; n <= 20; ++n) {
    set.use(n);
    EXPECT_TRUE(set.has(n));
  }
  EXPECT_EQ(set.all(), (numbers{1, 2, 3, 20}));
}

TEST(Replacement, MruKeepsNearlyAllOfThoseAwakeThatComeRoundAgain) {
  EXPECT_EQ(rate(by(replacement_policy::lru), 400, round_load(400), 20), 0.0);
  EXPECT_GT(rate(by(replacement_policy::mru), 400, round_load(400), 20), 0.7);
}

TEST(Replacement, MruIsNotHeldUpByManyThatAreOnTheirWay) {
  awake_set set{by(replacement_policy::mru), 100};
  for (std::uint64_t n = 0; n < 100; ++n)
    set.use(n);
  for (std::uint64_t n = 100; n < 1'000; ++n) {
    set.set(n, rest::on_its_way);
    set.use(n);
  }
  for (std::uint64_t n = 100; n < 1'000; ++n)
    set.set(n, rest::may_sleep);
  set.use(1'000);
  EXPECT_EQ(set.size(), 100U);
}

TEST(Replacement, LfuLetsTheOneSleepThatWasUsedLeast) {
  awake_set set{by(replacement_policy::lfu), 3};
  for (const std::uint64_t n : {1, 1, 1, 2, 3, 3, 4})
    set.use(n);
  // 2 and 4 were used once each, 2 longer ago.
  EXPECT_EQ(set.all(), (numbers{1, 3, 4}));
}

TEST(Replacement, LfuForgetsOldFavourites) {
  awake_set set{by(replacement_policy::lfu), 10};
  for (int i = 0; i < 1'000; ++i)
    set.use(7);
  // Others are used from now on, each of them four times in a row.
  int more = 0;
  while (set.has(7) && more < 10'000) {
    set.use(strangers + static_cast<std::uint64_t>(more / 4));
    ++more;
  }
  EXPECT_GT(more, 200);
  EXPECT_LT(more, 1'000);
}

TEST(Replacement, AllFollowAChangeOfFavourites) {
  for (const auto policy : {replacement_policy::lru,
                            replacement_policy::lfu,
                            replacement_policy::segmented_lru,
                            replacement_policy::w_tiny_lfu}) {
    awake_set set{by(policy), 100};
    zipf before{500, 1.0, 1};
    for (int i = 0; i < 20'000; ++i)
      set.use(before.next());
    zipf after{500, 1.0, 2};
    for (int i = 0; i < 20'000; ++i)
      set.use(strangers + after.next());
    std::size_t of_before = 0;
    for (const std::uint64_t n : set.all())
      of_before += n < strangers ? 1 : 0;
    EXPECT_LT(of_before, 5U) << static_cast<int>(policy);
    for (std::uint64_t n = 0; n < 5; ++n)
      EXPECT_TRUE(set.has(strangers + n)) << static_cast<int>(policy);
  }
}

TEST(Replacement, SegmentedLruMovesDownWhoeverFallsOutOfALevel) {
  awake_set set{{.policy = replacement_policy::segmented_lru, .levels = 4, .protected_percent = 75},
                8};
  // Room for two on each of the levels above the lowest.
  for (std::uint64_t n = 1; n <= 8; ++n)
    set.use(n);
  for (int round = 0; round < 3; ++round) {
    set.use(1);
    set.use(2);
  }
  for (int round = 0; round < 2; ++round) {
    set.use(3);
    set.use(4);
  }
  set.use(5);
  set.use(6);
  // 7 and 8 are on the lowest level; two more of them follow from above once they are gone.
  set.use(9);
  set.use(10);
  EXPECT_EQ(set.all(), (numbers{1, 2, 3, 4, 5, 6, 9, 10}));
  // The highest level is full: 3 comes in, 1 goes down by one, and 4 further down for that.
  set.use(3);
  set.use(11);
  set.use(12);
  EXPECT_EQ(set.all(), (numbers{1, 2, 3, 4, 5, 6, 11, 12}));
}

TEST(Replacement, TinyLfuLetsAStrangerInOnceItWasUsedMoreOftenThanTheOneItReplaces) {
  awake_set set{{.policy = replacement_policy::w_tiny_lfu, .window_adapts = false}, 100};
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t n = 0; n < 99; ++n)
      set.use(n);
  }
  // The window holds one. Whoever pushes it out finds all others used twice.
  const auto come_and_go = [&set](std::uint64_t n) {
    set.use(n);
    set.use(strangers + n);
    return set.has(n);
  };
  EXPECT_FALSE(come_and_go(500));
  EXPECT_FALSE(come_and_go(500));
  EXPECT_TRUE(come_and_go(500));
}

TEST(Replacement, TheWindowGrowsWhenRecencyPaysAndShrinksWhenItDoesNot) {
  const replacement_options options{.policy = replacement_policy::w_tiny_lfu, .window_percent = 20};
  awake_set set{options, 400};
  auto& policy = dynamic_cast<actors::tiny_lfu&>(set.policy());
  load passing = passing_load(400);
  for (int i = 0; i < 400'000; ++i)
    set.use(passing());
  EXPECT_GT(policy.window_share(), 0.3);
  const double grown = policy.window_share();
  load steady = scanned_load(400);
  for (int i = 0; i < 800'000; ++i)
    set.use(strangers * 10 + steady());
  EXPECT_LT(policy.window_share(), grown / 2);
  EXPECT_EQ(set.size(), 400U);
}

TEST(Replacement, AnAdaptiveWindowBeatsASmallFixedOneWhereRecencyPays) {
  replacement_options fixed{.policy = replacement_policy::w_tiny_lfu, .window_adapts = false};
  replacement_options adaptive{.policy = replacement_policy::w_tiny_lfu};
  const double without = rate(fixed, 400, passing_load(400), 1'000);
  const double with = rate(adaptive, 400, passing_load(400), 1'000);
  EXPECT_GT(with, without + 0.2);
}

TEST(Replacement, HasARateThatSuitsTheLoad) {
  using enum replacement_policy;
  const auto of = [](replacement_policy policy, load next) {
    return rate(by(policy), 500, std::move(next), 200);
  };
  const double lru_steady = of(lru, steady_load(500));
  EXPECT_GT(of(w_tiny_lfu, steady_load(500)), lru_steady + 0.05);
  EXPECT_GT(of(segmented_lru, steady_load(500)), lru_steady);
  EXPECT_GT(of(lfu, steady_load(500)), lru_steady);
  const double lru_scanned = of(lru, scanned_load(500));
  EXPECT_GT(of(w_tiny_lfu, scanned_load(500)), lru_scanned + 0.05);
  EXPECT_GT(of(segmented_lru, scanned_load(500)), lru_scanned + 0.03);
}

class EachReplacement : public testing::TestWithParam<replacement_policy> {};

TEST_P(EachReplacement, NamesNobodyWhoMayNotSleepAndTakesThemLater) {
  awake_set set{by(GetParam()), 20};
  dice chance{7};
  int named = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::uint64_t n = chance.below(60);
    set.set(n, static_cast<rest>(chance.below(3)));
    set.touch(n);
    if (set.size() <= 20) continue;
    actors::slot* const one = set.policy().next();
    if (one == nullptr) continue;
    ++named;
    ASSERT_EQ(set.rest_of(set.number_of(*one)), rest::may_sleep);
    set.remove(set.number_of(*one));
  }
  EXPECT_GT(named, 500);
  for (const std::uint64_t n : set.all())
    set.set(n, rest::may_sleep);
  set.make_room();
  EXPECT_EQ(set.size(), 20U);
}

TEST_P(EachReplacement, KeepsThoseThatHoldCommandsForLongAndTheLimit) {
  awake_set set{by(GetParam()), 10};
  for (std::uint64_t n = 0; n < 10; ++n) {
    if (n < 3) set.set(n, rest::kept);
    set.use(n);
  }
  for (std::uint64_t n = 10; n < 1'000; ++n)
    set.use(n);
  EXPECT_EQ(set.size(), 10U);
  for (std::uint64_t n = 0; n < 3; ++n)
    EXPECT_TRUE(set.has(n));
}

/// Uses numbers as a host does whose disk is `behind` commands late, which is more than are looked
/// at for each that is to sleep; returns the most that were awake.
std::size_t most_awake(awake_set& set, load next, int uses, std::size_t behind) {
  std::vector<std::uint64_t> on_their_way;
  std::size_t most = 0;
  for (int i = 0; i < uses; ++i) {
    const std::uint64_t number = next();
    set.set(number, rest::on_its_way);
    set.touch(number);
    on_their_way.push_back(number);
    if (on_their_way.size() > behind) {
      const std::uint64_t done = on_their_way.front();
      on_their_way.erase(on_their_way.begin());
      const bool again =
          std::find(on_their_way.begin(), on_their_way.end(), done) != on_their_way.end();
      if (!again) set.set(done, rest::may_sleep);
    }
    set.make_room();
    most = std::max(most, set.size());
  }
  return most;
}

TEST_P(EachReplacement, ExceedsTheLimitByThoseOnTheirWayAtMost) {
  for (const auto make : {steady_load, scanned_load, round_load, passing_load}) {
    awake_set set{by(GetParam()), 150};
    EXPECT_LE(most_awake(set, make(150), 20'000, 200), 150U + 200U);
  }
}

TEST_P(EachReplacement, WorksWithOnePlace) {
  awake_set set{by(GetParam()), 1};
  for (std::uint64_t n = 0; n < 50; ++n) {
    set.use(n / 2);
    EXPECT_EQ(set.size(), 1U);
  }
}

std::string name_of(const testing::TestParamInfo<replacement_policy>& info) {
  switch (info.param) {
    case replacement_policy::lru: return "lru";
    case replacement_policy::mru: return "mru";
    case replacement_policy::lfu: return "lfu";
    case replacement_policy::segmented_lru: return "segmented_lru";
    case replacement_policy::w_tiny_lfu: return "w_tiny_lfu";
  }
  return {};
}

INSTANTIATE_TEST_SUITE_P(Policies,
                         EachReplacement,
                         testing::Values(replacement_policy::lru,
                                         replacement_policy::mru,
                                         replacement_policy::lfu,
                                         replacement_policy::segmented_lru,
                                         replacement_policy::w_tiny_lfu),
                         name_of);

TEST(FrequencySketch, CountsNeverTooLittleAndSeldomTooMuch) {
  actors::frequency_sketch sketch;
  sketch.grow_to(1'000);
  for (std::uint64_t key = 0; key < 1'000; ++key) {
    for (std::uint64_t i = 0; i < key % 8; ++i)
      sketch.add(key);
  }
  ASSERT_EQ(sketch.halvings(), 0U);
  int wrong = 0;
  for (std::uint64_t key = 0; key < 1'000; ++key) {
    EXPECT_GE(sketch.count_of(key), key % 8);
    wrong += sketch.count_of(key) != key % 8 ? 1 : 0;
  }
  EXPECT_LT(wrong, 50);
}

TEST(FrequencySketch, TellsKeysApartWhoseLowerBitsAreTheSame) {
  actors::frequency_sketch sketch;
  sketch.grow_to(1'000);
  for (std::uint64_t key = 0; key < 500; ++key)
    sketch.add(key << 20U);
  int wrong = 0;
  for (std::uint64_t key = 500; key < 1'000; ++key)
    wrong += sketch.count_of(key << 20U) != 0 ? 1 : 0;
  EXPECT_LT(wrong, 25);
}

TEST(FrequencySketch, StopsAtItsLargestCountAndHalvesAllWhenMuchWasSeen) {
  actors::frequency_sketch sketch;
  for (int i = 0; i < 100; ++i)
    sketch.add(1);
  EXPECT_EQ(sketch.count_of(1), actors::frequency_sketch::count_max);
  while (sketch.halvings() == 0)
    sketch.add(2);
  EXPECT_EQ(sketch.count_of(1), actors::frequency_sketch::count_max / 2);
}

TEST(FrequencySketch, KeepsItsCountsAndItsMemoryBoundWhenItGrows) {
  actors::frequency_sketch sketch;
  for (int i = 0; i < 5; ++i)
    sketch.add(42);
  sketch.grow_to(100'000);
  EXPECT_EQ(sketch.count_of(42), 5U);
  EXPECT_LE(sketch.bytes(), 16U * 100'000U);
  EXPECT_GE(sketch.bytes(), 8U * 100'000U);
  const std::size_t before = sketch.bytes();
  sketch.grow_to(10);
  EXPECT_EQ(sketch.bytes(), before);
}

TEST(Slot, TakesNoMoreThanItsShareOfMemory) {
  // With its name and hash: four cache lines.
  EXPECT_LE(sizeof(actors::slot), 256U);
}

}  // namespace
}  // namespace cairn::tests
