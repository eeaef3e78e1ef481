#include "conformance/tally_fixture.hpp"

#include "cairn/testing/manual_clock.hpp"

#include <optional>
#include <thread>

// What Pekko's tests of event-sourced behaviours say of one entity: its events, its callbacks, its
// numbers, its recovery.

namespace cairn::conformance {
namespace {

using namespace std::chrono_literals;
using versions = std::vector<std::uint64_t>;

class Entity : public on_tallies {
 protected:
  ~Entity() override {
    held.open();
    stop();
  }
  /// Replays of "t" wait at the gate; new events do not.
  void hold_recovery() {
    held.shut();
    tally::watch.evolving = [this](const added& /*fact*/) {
      held.pass();
    };
  }
  void take_longer_than_a_recovery_may() { hand->advance(settings.recovery_timeout + 1s); }
  void expect_not_woken_in_time() {
    send(1, plus{{1}}, {.timeout = std::chrono::hours{100'000}});
    // Between its attempts it waits for the clock.
    while (answers.size() == 0) {
      hand->advance(300ms);
      std::this_thread::yield();
    }
    ASSERT_EQ(accepted.size(), 0U);
    const auto why = failures.wait_for(1)[0].second;
    EXPECT_EQ(why.what, error::code::timed_out) << describe(why);
  }
  gate held;
  const std::shared_ptr<testing::manual_clock> hand = std::make_shared<testing::manual_clock>();
};

TEST_F(Entity, AppliesWhatItHasDecidedAndShowsIt) {
  start();
  const auto out = ask(plus{{1}});
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(out.accepted()->version, version{1});
  EXPECT_EQ(sum(), 1);
  const auto events = t().history();
  ASSERT_EQ(events->size(), 1U);
  EXPECT_EQ(events->front().event_type, "added");
}

TEST_F(Entity, ComesBackInItsNextIncarnationWithItsStateAndItsNumber) {
  start();
  add_ones(3);
  restart();
  EXPECT_EQ(sum(), 3);
  const auto out = ask(plus{{1}});
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(out.accepted()->version, version{4});
  EXPECT_EQ(sum(), 4);
}

TEST_F(Entity, MaySendOneMoreCommandFromACallback) {
  std::atomic<int> calls{0};
  tally::watch.done = [&](int which, const receipt& /*done*/) {
    if (which == 1 && calls.fetch_add(1) == 0) send(2, plus{{10}});
  };
  start();
  ASSERT_TRUE(ask(plus{{1}}).accepted());
  (void)answers.wait_for(1);
  EXPECT_EQ(sum(), 11);
}

TEST_F(Entity, CallsBackOnceInOrderBehindAllEventsOfTheCommand) {
  tests::collected<std::pair<int, version>> heard;
  tally::watch.done = [&](int which, const receipt& done) {
    heard.put({which, done.version});
  };
  start();
  ASSERT_TRUE(ask(plus{{1, 2}}).accepted());
  EXPECT_EQ(heard.wait_for(2),
            (std::vector<std::pair<int, version>>{{1, version{2}}, {2, version{2}}}));
}

TEST_F(Entity, CallsBackAndThenSleepsEachTime) {
  tests::collected<int> heard;
  tally::watch.done = [&](int which, const receipt& /*done*/) {
    heard.put(which);
  };
  start();
  for (std::uint64_t round = 1; round <= 2; ++round) {
    ASSERT_TRUE(ask(plus{{1}, true}).accepted());
    EXPECT_EQ(heard.wait_for(2 * round).size(), 2 * round);
    tally::watch.done = nullptr;
    wait_until_asleep(round);
    tally::watch.done = [&](int which, const receipt& /*done*/) {
      heard.put(which);
    };
  }
  EXPECT_EQ(sum(), 2);
}

TEST_F(Entity, CallsBackAndSleepsAlsoWithoutEvents) {
  tests::collected<int> heard;
  start();
  tally::watch.done = [&](int which, const receipt& /*done*/) {
    heard.put(which);
  };
  ASSERT_TRUE(ask(plus{{}, true}).accepted());
  EXPECT_EQ(heard.wait_for(2), (std::vector{1, 2}));
  tally::watch.done = nullptr;
  wait_until_asleep(1);
  EXPECT_EQ(t().state()->version, version{0});
}

TEST_F(Entity, AnswersInTheOrderOfTheCommands) {
  start();
  for (int i = 1; i <= 3; ++i)
    send(i, plus{{i}});
  EXPECT_EQ(answers.wait_for(3), (std::vector{1, 2, 3}));
  EXPECT_EQ(sum(), 6);
}

TEST_F(Entity, IsFoundByEachTagOfItsCommand) {
  start();
  ASSERT_TRUE(ask(plus{{1}}, {.tags = {"tag1", "tag2"}}).accepted());
  ASSERT_TRUE(t("other").ask(plus{{1}}).accepted());
  for (const std::string tag : {"tag1", "tag2"}) {
    const auto page = app->events({.tag = tag});
    ASSERT_EQ(page->events.size(), 1U);
    EXPECT_EQ(page->events[0].aggregate_id, "t");
    EXPECT_EQ(page->events[0].version, version{1});
    EXPECT_EQ(page->events[0].position.offset, 1U);
  }
}

TEST_F(Entity, TakesWhatCameBeforeItsRecoveryWasOverBehindIt) {
  start();
  add_ones(3);
  stop();
  hold_recovery();
  start();
  send(1, plus{{10}});
  held.wait_for_somebody();
  send(2, plus{{20}});
  EXPECT_EQ(answers.size(), 0U);
  held.open();
  EXPECT_EQ(accepted.wait_for(2), (std::vector{1, 2}));
  EXPECT_EQ(sum(), 33);
}

TEST_F(Entity, IsNotWokenByASnapshotThatTakesLongerThanARecoveryMay) {
  time = hand;
  tally::watch.wants_snapshot = [](version at) {
    return at.value == 2;
  };
  start();
  add_ones(3);
  stop();
  tally::watch.loading = [this] {
    take_longer_than_a_recovery_may();
  };
  start();
  expect_not_woken_in_time();
  stop();
  tally::watch.loading = nullptr;
  start();
  EXPECT_EQ(ask(plus{{1}}).accepted()->version, version{4});
}

TEST_F(Entity, IsNotWokenByASlowSnapshotWithNothingBehindItEither) {
  time = hand;
  options.snapshot_every = 1;
  start();
  add_ones(3);
  stop();
  tally::watch.loading = [this] {
    take_longer_than_a_recovery_may();
  };
  start();
  expect_not_woken_in_time();
}

TEST_F(Entity, IsNotWokenByOneCommitWhoseEventsTakeLongerThanARecoveryMay) {
  time = hand;
  start();
  ASSERT_TRUE(ask(plus{{1, 1, 1}}).accepted());
  stop();
  tally::watch.evolving = [this](const added& /*fact*/) {
    take_longer_than_a_recovery_may();
  };
  start();
  expect_not_woken_in_time();
  tally::watch.evolving = [this](const added& /*fact*/) {
    hand->advance(1min);
  };
  const auto read = t().state({.timeout = 90s});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().what, error::code::timed_out) << describe(read.error());
}

TEST_F(Entity, FailsACommandOfItsOwnAccordDuringARecoveryAndNothingElse) {
  start();
  add_ones(51);
  stop();
  hold_recovery();
  start();
  send(1, plus{{13}});
  held.wait_for_somebody();
  held.open();
  EXPECT_EQ(failures.wait_for(1)[0].second.what, error::code::user_code_threw);
  EXPECT_TRUE(app->status().aside.empty());
  EXPECT_EQ(ask(plus{{1}}).accepted()->version, version{52});
}

TEST_F(Entity, KnowsItsNumbersWhereverItIsAsked) {
  tests::collected<std::uint64_t> decided;
  tests::collected<std::uint64_t> numbered;
  tests::collected<std::uint64_t> done;
  tally::watch.deciding = [&](version now) {
    decided.put(now.value);
  };
  tally::watch.wants_snapshot = [&](version at) {
    numbered.put(at.value);
    return true;
  };
  tally::watch.done = [&](int which, const receipt& what) {
    if (which == 1) done.put(what.version.value);
  };
  start();
  ASSERT_TRUE(ask(plus{{1, 1}}).accepted());
  ASSERT_TRUE(ask(close{}).accepted());
  send(1, plus{{1}});
  send(2, plus{{1, 1}});
  ASSERT_TRUE(ask(reopen{}).accepted());
  EXPECT_EQ(answers.wait_for(2), (std::vector{1, 2}));
  // Each of the two was decided when it was set aside, and again when it was taken back.
  EXPECT_EQ(decided.wait_for(5), (versions{0, 3, 3, 4, 5}));
  EXPECT_EQ(numbered.wait_for(7), (versions{1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(done.wait_for(3), (versions{2, 5, 7}));
  restart();
  EXPECT_EQ(evolved_by([this] { ASSERT_TRUE(ask(plus{{1}}).accepted()); }), 1);
  EXPECT_EQ(decided.wait_for(6).back(), 7U);
  EXPECT_EQ(numbered.wait_for(8).back(), 8U);
  EXPECT_EQ(done.wait_for(4).back(), 8U);
}

/// Its state is nothing at all, and then a number; its event says nothing but its name.
struct bare {
  static constexpr std::string_view stable_name = "bare";
  struct bump {
    static constexpr std::string_view stable_name = "bump";
    template <class Ar> void serialize(Ar& /*ar*/, unsigned) {}
    bool operator==(const bump&) const = default;
  };
  struct bumped {
    static constexpr std::string_view stable_name = "bumped";
    template <class Ar> void serialize(Ar& /*ar*/, unsigned) {}
    bool operator==(const bumped&) const = default;
  };
  using state = std::optional<std::int64_t>;
  enum class rejection : std::uint8_t { enough };
  using command = std::variant<bump>;
  using event = std::variant<bumped>;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& now, const bump& /*wish*/) {
    if (now && *now == 2) return rejection::enough;
    return bumped{};
  }
  static void evolve(state& now, const bumped& /*fact*/) { now = now.value_or(0) + 1; }
};

TEST_F(Entity, MayHaveAPrimitiveStateThatBeginsWithNothing) {
  with = [](builder& parts) {
    parts.add<bare>();
  };
  start();
  EXPECT_EQ(app->aggregate<bare>("b").state()->state, std::nullopt);
  ASSERT_TRUE(app->aggregate<bare>("b").ask(bare::bump{}).accepted());
  restart();
  ASSERT_TRUE(app->aggregate<bare>("b").ask(bare::bump{}).accepted());
  EXPECT_TRUE(app->aggregate<bare>("b").ask(bare::bump{}).rejected());
  EXPECT_EQ(app->aggregate<bare>("b").state()->state, 2);
}

}  // namespace
}  // namespace cairn::conformance
