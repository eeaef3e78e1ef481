#include "support/account.hpp"
#include "support/running.hpp"

#include "cairn/testing/manual_clock.hpp"

#include <memory>

namespace cairn {
namespace {

using namespace std::chrono_literals;
using bank::account;
using bank::deposit;
using bank::open;

class Schedule : public tests::running {
 protected:
  Schedule() {
    with = [this](builder& parts) {
      parts.add<account>().time_from(time).add_timers<account>();
    };
  }

  void begin() {
    start();
    ASSERT_TRUE(app->aggregate<account>("ann").ask(open{"ann"}).accepted());
  }
  void settle() {
    const auto done = app->timers_status<account>().settle();
    ASSERT_TRUE(done) << describe(done.error());
  }
  std::int64_t cents() { return app->aggregate<account>("ann").state()->state.balance_cents; }
  std::uint64_t pending() { return app->timers_status<account>().status()->timers_pending; }

  std::shared_ptr<testing::manual_clock> time = std::make_shared<testing::manual_clock>();
};

TEST_F(Schedule, SendsACommandOnceWhenItIsDue) {
  begin();
  ASSERT_TRUE(app->timers("s").set<account>("pay", time->now() + 1h, "ann", deposit{5}).accepted());
  settle();
  EXPECT_EQ(pending(), 1U);
  EXPECT_EQ(cents(), 0);
  time->advance(1h);
  settle();
  EXPECT_EQ(cents(), 5);
  EXPECT_EQ(pending(), 0U);
  const auto story = app->aggregate<schedule>("s").history();
  ASSERT_EQ(story->size(), 2U);
  EXPECT_EQ(story->back().event_type, "cairn.alarm_fired");
  EXPECT_TRUE(app->aggregate<schedule>("s").state()->state.alarms.empty());
}

TEST_F(Schedule, SendsACommandEachPeriodAlsoAfterARestart) {
  begin();
  ASSERT_TRUE(
      app->timers("s").every<account>("pay", time->now() + 1h, 24h, "ann", deposit{1}).accepted());
  settle();
  time->advance(1h);
  settle();
  EXPECT_EQ(cents(), 1);
  time->advance(24h);
  settle();
  EXPECT_EQ(cents(), 2);
  stop();
  time->advance(60h);
  start();
  settle();
  EXPECT_EQ(cents(), 3) << "of the two that were missed, the last one counts";
  time->advance(12h);
  settle();
  EXPECT_EQ(cents(), 4) << "in their phase";
}

TEST_F(Schedule, ReplacesATimerOfTheSameName) {
  begin();
  const auto scope = app->timers("s");
  ASSERT_TRUE(scope.set<account>("pay", time->now() + 1h, "ann", deposit{5}).accepted());
  ASSERT_TRUE(scope.set<account>("pay", time->now() + 2h, "ann", deposit{7}).accepted());
  settle();
  EXPECT_EQ(pending(), 1U);
  time->advance(3h);
  settle();
  EXPECT_EQ(cents(), 7);
}

TEST_F(Schedule, CancelsOneTimerOrAllOfAScope) {
  begin();
  const auto scope = app->timers("s");
  for (const char* name : {"a", "b", "c"})
    ASSERT_TRUE(scope.set<account>(name, time->now() + 1h, "ann", deposit{1}).accepted());
  ASSERT_TRUE(
      app->timers("other").set<account>("a", time->now() + 1h, "ann", deposit{10}).accepted());
  ASSERT_TRUE(scope.cancel("b").accepted());
  settle();
  EXPECT_EQ(pending(), 3U);
  ASSERT_TRUE(scope.cancel_all().accepted());
  settle();
  EXPECT_EQ(pending(), 1U);
  time->advance(2h);
  settle();
  EXPECT_EQ(cents(), 10);
}

TEST_F(Schedule, ListsACommandThatWasRejectedWhenItWasDue) {
  begin();
  ASSERT_TRUE(app->timers("s").set<account>("pay", time->now(), "nobody", deposit{5}).accepted());
  settle();
  const auto left_out = app->timers_status<account>().failed_steps();
  ASSERT_TRUE(left_out);
  ASSERT_EQ(left_out->size(), 1U);
  EXPECT_EQ(left_out->front().instance, "s#1");
  EXPECT_NE(left_out->front().what.find("bank.account/nobody"), std::string::npos);
}

TEST_F(Schedule, RefusesNamesAndPeriodsThatBreakTheRules) {
  begin();
  const auto scope = app->timers("s");
  const auto nameless = scope.set<account>("", time->now(), "ann", deposit{5});
  ASSERT_NE(nameless.rejected(), nullptr);
  EXPECT_EQ(*nameless.rejected(), schedule::rejection::bad_name);
  set_alarm wish;
  wish.name = "x";
  wish.period = -1s;
  const auto backwards = app->aggregate<schedule>("s").ask(wish);
  ASSERT_NE(backwards.rejected(), nullptr);
  EXPECT_EQ(*backwards.rejected(), schedule::rejection::bad_period);
}

TEST_F(Schedule, IsUnknownWithoutTimers) {
  with = [](builder& parts) {
    parts.add<account>();
  };
  start();
  const auto set = app->timers("s").set<account>("pay", timestamp{}, "ann", deposit{5});
  ASSERT_NE(set.failed(), nullptr);
  EXPECT_EQ(set.failed()->what, error::code::unknown_name);
}

}  // namespace
}  // namespace cairn
