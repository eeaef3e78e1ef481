#include "support/counter.hpp"
#include "support/running.hpp"

#include <numeric>

namespace cairn {
namespace {

using namespace counting;
using namespace std::chrono_literals;

/// Answers, by the number that the test gave to the command.
class Effects : public tests::running {
 protected:
  Effects() {
    with = [this](builder& parts) {
      aggregate_options options;
      options.stash_max = stash_max;
      parts.add<counter>(options);
    };
    counter::listener = nullptr;
  }
  ~Effects() override {
    stop();
    counter::listener = nullptr;
  }

  void send(int number, counter::command wish, ask_options options = {}) {
    app->aggregate<counter>("c").ask(
        std::move(wish), std::move(options), [this, number](const outcome<counter>& what) {
          if (const error* why = what.failed()) failures.put({number, *why});
          answers.put(number);
        });
  }
  outcome<counter> ask(counter::command wish, ask_options options = {}) {
    return app->aggregate<counter>("c").ask(std::move(wish), std::move(options));
  }
  std::int64_t value() { return app->aggregate<counter>("c").state()->state.value; }

  std::uint32_t stash_max = 500;
  tests::collected<int> answers;
  tests::collected<std::pair<int, error>> failures;
};

TEST_F(Effects, ACommandSetAsideIsDecidedAfterTheOneThatWantsItBack) {
  start();
  send(1, add{1});
  send(2, switch_to{false});
  send(3, add{1});
  send(4, add{1});
  EXPECT_EQ(answers.wait_for(2), (std::vector{1, 2}));
  EXPECT_EQ(value(), 1);
  send(5, switch_to{true});
  send(6, add{1});
  EXPECT_EQ(answers.wait_for(6), (std::vector{1, 2, 5, 3, 4, 6}));
  EXPECT_EQ(value(), 4);
}

TEST_F(Effects, WhatIsDecidedMeanwhileCountsForThoseSetAside) {
  start();
  send(1, switch_to{false});
  send(3, add{1});
  send(4, add{1});
  send(5, set_to{100});
  EXPECT_EQ(answers.wait_for(2), (std::vector{1, 5}));
  EXPECT_EQ(value(), 100);
  send(6, switch_to{true});
  EXPECT_EQ(answers.wait_for(5), (std::vector{1, 5, 6, 3, 4}));
  EXPECT_EQ(value(), 102);
}

TEST_F(Effects, ManySetAsideComeBackInOrder) {
  stash_max = 5000;
  start();
  ASSERT_TRUE(ask(switch_to{false}).accepted());
  for (int i = 1; i <= 3000; ++i)
    send(i, add{1}, {.timeout = 10min});
  ASSERT_TRUE(ask(switch_to{true}).accepted());
  std::vector<int> expected(3000);
  std::iota(expected.begin(), expected.end(), 1);
  EXPECT_EQ(answers.wait_for(3000), expected);
  EXPECT_EQ(value(), 3000);
}

TEST_F(Effects, AFullStashAnswersOverloadedAndTheAggregateGoesOn) {
  stash_max = 3;
  start();
  ASSERT_TRUE(ask(switch_to{false}).accepted());
  for (int i = 1; i <= 4; ++i)
    send(i, add{1});
  const auto refused = failures.wait_for(1);
  EXPECT_EQ(refused[0].first, 4);
  EXPECT_EQ(refused[0].second.what, error::code::overloaded);
  EXPECT_GE(refused[0].second.retry_after, 1ms);
  ASSERT_TRUE(ask(switch_to{true}).accepted());
  EXPECT_EQ(answers.wait_for(4), (std::vector{4, 1, 2, 3}));
  EXPECT_EQ(value(), 3);
}

TEST_F(Effects, OneThatThrowsDoesNotTakeTheStashWithIt) {
  start();
  ASSERT_TRUE(ask(switch_to{false}).accepted());
  send(1, add{1});
  send(2, add{13});
  send(3, add{2});
  ASSERT_TRUE(ask(switch_to{true}).accepted());
  EXPECT_EQ(answers.wait_for(3), (std::vector{2, 1, 3}));
  EXPECT_EQ(failures.wait_for(1)[0].second.what, error::code::user_code_threw);
  EXPECT_EQ(value(), 3);
}

TEST_F(Effects, ACommandWaitsInTheStashNoLongerThanItsTimeout) {
  start();
  ASSERT_TRUE(ask(switch_to{false}).accepted());
  send(1, add{1}, {.timeout = 10ms});
  const auto refused = failures.wait_for(1);
  EXPECT_EQ(refused[0].second.what, error::code::expired);
  ASSERT_TRUE(ask(switch_to{true}).accepted());
  EXPECT_EQ(value(), 0);
}

TEST_F(Effects, UnhandledIsATypedFailureAndCounted) {
  start();
  const auto out = ask(sing{});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::unhandled);
  EXPECT_EQ(effect_of(out.failed()->what), error::effect::none);
  EXPECT_EQ(app->status().unhandled, 1U);
  EXPECT_TRUE(ask(add{1}).accepted());
}

TEST_F(Effects, RunAfterTheCommitInTheirOrderAndBeforeTheAnswer) {
  tests::collected<std::pair<int, version>> heard;
  counter::listener = [&heard](int which, const receipt& done) {
    heard.put({which, done.version});
  };
  start();
  const auto out = ask(announce{true});
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(heard.wait_for(2),
            (std::vector<std::pair<int, version>>{{1, version{1}}, {2, version{1}}}));
}

TEST_F(Effects, RunAlsoWithoutEvents) {
  tests::collected<int> heard;
  counter::listener = [&heard](int which, const receipt&) {
    heard.put(which);
  };
  start();
  ASSERT_TRUE(ask(announce{false}).accepted());
  EXPECT_EQ(heard.size(), 2U);
}

TEST_F(Effects, DoNotRunForARepeatNorInAReplay) {
  tests::collected<int> heard;
  counter::listener = [&heard](int which, const receipt&) {
    heard.put(which);
  };
  start();
  ASSERT_TRUE(ask(announce{true}, {.command_id = "once"}).accepted());
  ASSERT_TRUE(ask(announce{true}, {.command_id = "once"}).accepted()->repeated);
  restart();
  ASSERT_TRUE(ask(add{1}).accepted());
  EXPECT_EQ(heard.size(), 2U);
}

TEST_F(Effects, ThatThrowDoNotUndoTheCommand) {
  counter::listener = [](int, const receipt&) {
    throw std::runtime_error{"no"};
  };
  start();
  ASSERT_TRUE(ask(announce{true}).accepted());
  EXPECT_EQ(value(), 1);
  EXPECT_TRUE(ask(add{1}).accepted());
}

TEST_F(Effects, SleepComesAfterTheCommitAndTheNextCommandWakes) {
  start();
  ASSERT_TRUE(ask(retire{}).accepted());
  // The host looks again with the next command, of whichever aggregate.
  while (app->status().put_to_sleep == 0)
    ASSERT_TRUE(app->aggregate<counter>("other").ask(add{1}).accepted());
  const auto woken = app->status().woken;
  const auto out = ask(add{1});
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(out.accepted()->version, version{2});
  EXPECT_EQ(app->status().woken, woken + 1);
  EXPECT_EQ(value(), 2);
}

TEST_F(Effects, GoingToSleepEndsWhatWasSetAside) {
  settings.workers = 1;
  start();
  ASSERT_TRUE(ask(switch_to{false}).accepted());
  send(1, add{1});
  ASSERT_TRUE(ask(retire{}).accepted());
  while (app->status().put_to_sleep == 0)
    ASSERT_TRUE(app->aggregate<counter>("other").ask(add{1}).accepted());
  EXPECT_EQ(failures.wait_for(1)[0].second.what, error::code::unhandled);
}

TEST_F(Effects, StepsAreOneCommitAndTheFirstRejectionUndoesAll) {
  start();
  const auto out = ask(add_all{{1, 2, 3}});
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(out.accepted()->version, version{3});
  EXPECT_EQ(app->status().commits, 1U);
  const auto no = ask(add_all{{10, -1, 20}});
  ASSERT_TRUE(no.rejected());
  EXPECT_EQ(*no.rejected(), counter::rejection::negative);
  EXPECT_EQ(value(), 6);
}

TEST_F(Effects, WhatIsSetAsideEndsWhenTheRuntimeStops) {
  settings.stop_timeout = 50ms;
  start();
  ASSERT_TRUE(ask(switch_to{false}).accepted());
  send(1, add{1}, {.timeout = 10min});
  ASSERT_TRUE(app->aggregate<counter>("other").ask(add{1}).accepted());
  const auto stopped = app->stop();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(failures.wait_for(1)[0].second.what, error::code::shutting_down);
}

}  // namespace
}  // namespace cairn
