#include "support/door.hpp"

#include "cairn/testing/aggregate_kit.hpp"

#include <gtest/gtest-spi.h>

// What the test kit says of replies and of handlers by state.

namespace cairn::testing {
namespace {

using namespace doors;

/// A reply with the usual slip: `serialize` forgets it.
struct forgotten {
  int number = 0;
  template <class Ar> void serialize(Ar& /*ar*/, unsigned) {}
  bool operator==(const forgotten&) const = default;
};
struct count_up {
  using reply = forgotten;
  static constexpr std::string_view stable_name = "count_up";
  template <class Ar> void serialize(Ar&, unsigned) {}
  bool operator==(const count_up&) const = default;
};
struct counted_up {
  static constexpr std::string_view stable_name = "counted_up";
  template <class Ar> void serialize(Ar&, unsigned) {}
  bool operator==(const counted_up&) const = default;
};
struct forgetful {
  static constexpr std::string_view stable_name = "forgetful";
  struct state {
    int count = 0;
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { none };
  using command = std::variant<count_up>;
  using event = std::variant<counted_up>;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& /*now*/, const count_up& /*wish*/) { return counted_up{}; }
  static void evolve(state& now, const counted_up& /*fact*/) { ++now.count; }
  static forgotten reply(const state& after, const count_up& /*wish*/) { return {after.count}; }
};

TEST(TestingReplies, AreThoseOfTheStateBehindTheEvents) {
  given<door>(knocked{}, locked_it{7})
      .when(unlock{8})
      .then(missed{})
      .then_reply({1})
      .then_state(locked{1, 7, 1});
  given<door>(knocked{}).when(listen{}).then_nothing().then_reply({1, {}});
  given<door>(locked_it{7}, missed{}, missed{})
      .when(unlock{7})
      .then_rejected(door::rejection::too_many_misses);
}

TEST(TestingReplies, ThatAreOthersOrMissingAreShown) {
  EXPECT_NONFATAL_FAILURE(given<door>().when(knock{}).then_reply({2, {}}),
                          "other reply than expected: {\"knocks\":1,\"text\":\"\"}");
  EXPECT_NONFATAL_FAILURE(given<door>(opened{}).when(knock{}).then_reply({1, {}}),
                          "expected a reply, but the command was rejected");
}

TEST(TestingReplies, AreStoredAndReadBack) {
  EXPECT_NONFATAL_FAILURE(given<forgetful>().when(count_up{}), "the reply ");
  aggregate_kit<forgetful> kit;
  EXPECT_NONFATAL_FAILURE(kit.run(count_up{}), "the reply ");
}

TEST(TestingStates, TakeOnlyTheCommandsThatTheyDeclare) {
  given<door>().when(open_it{}).then(opened{}).then_state(open{});
  given<door>(opened{}).when(open_it{}).then_unhandled();
  given<door>(opened{}).when(enter{}).then_unhandled();
  given<door>().when(enter{}).then(opened{}, walked_through{}).then_state(open{0, 1});
  EXPECT_NONFATAL_FAILURE(given<door>().when(open_it{}).then_unhandled(), "it was accepted");
  EXPECT_NONFATAL_FAILURE(given<door>(opened{}).when(open_it{}).then(opened{}),
                          "expected events, but the command was unhandled");
}

TEST(TestingStates, SayWhichEventHasNoPlaceInWhichState) {
  EXPECT_THROW((void)given<door>(opened{}, painted{}), std::logic_error);
}

TEST(AggregateKit, ChecksStatesAndRepliesOfARunningAggregate) {
  aggregate_kit<door> kit{"d", {.snapshot_every = 2}};
  kit.given(knocked{}, locked_it{7});
  kit.run(unlock{8}).expect_events(missed{}).expect_reply(misses{1}).expect_state(locked{1, 7, 1});
  kit.restart();
  kit.run(unlock{7}, {.command_id = "c-1"}).expect_reply(misses{0}).expect_state(closed{1});
  kit.run(open_it{}).expect_state(open{1, 0});
  kit.run(unlock{7}, {.command_id = "c-1"}).expect_no_events().expect_reply(misses{0});
  kit.run(knock{}).expect_rejected(door::rejection::nobody_there);
  kit.run(open_it{}).expect_failed(error::code::unhandled);
  EXPECT_NONFATAL_FAILURE(kit.run(listen{}).expect_reply(heard{2, {}}),
                          "expected the reply {\"knocks\":2,\"text\":\"\"}, it is {\"knocks\":1");
  EXPECT_NONFATAL_FAILURE(kit.run(listen{}).expect_state(closed{1}),
                          "expected the state closed{\"knocks\":1}, it is open{");
}

TEST(AggregateKit, ShowsNoReplyOfACommandThatWasNotStored) {
  aggregate_kit<door> kit;
  kit.journal().reject_next();
  const auto lost = kit.run(knock{}, {.command_id = "c-1"});
  ASSERT_TRUE(lost.outcome().failed());
  EXPECT_EQ(lost.outcome().failed()->what, error::code::store_full);
  kit.run(knock{}, {.command_id = "c-1"}).expect_reply(heard{1, {}});
}

}  // namespace
}  // namespace cairn::testing
