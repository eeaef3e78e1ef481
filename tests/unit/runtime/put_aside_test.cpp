#include "support/running_aggregates.hpp"

#include "cairn/cairn.hpp"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

namespace cairn {
namespace {

using tests::grumpy;

class Runtime : public tests::running_aggregates {};

TEST_F(Runtime, PutsAnAggregateAsideWhoseStoredEventsCannotBeApplied) {
  start();
  ASSERT_TRUE(app_->aggregate<grumpy>("bad").ask(grumpy::poke{"fine"}).accepted());
  ASSERT_TRUE(app_->aggregate<grumpy>("bad").ask(grumpy::poke{"old"}).accepted());
  ASSERT_TRUE(app_->aggregate<grumpy>("good").ask(grumpy::poke{"fine"}).accepted());
  grumpy::refuses_the_past = true;
  restart();
  const auto out = app_->aggregate<grumpy>("bad").ask(grumpy::poke{"fine"});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::put_aside);
  EXPECT_NE(out.failed()->detail.find("grumpy/bad version 2 (poked)"), std::string::npos)
      << out.failed()->detail;
  EXPECT_TRUE(app_->aggregate<grumpy>("good").ask(grumpy::poke{"fine"}).accepted());
  grumpy::refuses_the_past = false;
}

/// One whose events are no longer to be applied, and that nobody can wake.
class RuntimeWithOneAside : public Runtime {
 protected:
  RuntimeWithOneAside() {
    start();
    for (const char* const how : {"fine", "old", "fine"})
      EXPECT_TRUE(bad().ask(grumpy::poke{how}).accepted());
    grumpy::refuses_the_past = true;
    restart();
    expect_aside();
  }
  ~RuntimeWithOneAside() override { grumpy::refuses_the_past = false; }

  aggregate_handle<grumpy> bad() { return app_->aggregate<grumpy>("bad"); }
  void expect_aside() {
    const auto out = bad().ask(grumpy::poke{"fine"});
    ASSERT_TRUE(out.failed());
    EXPECT_EQ(out.failed()->what, error::code::put_aside);
    EXPECT_EQ(app_->status().aside.size(), 1U);
  }
};

TEST_F(RuntimeWithOneAside, LetsItBeRemovedAndBeginAnew) {
  const auto removed = bad().remove({.command_id = "away"});
  ASSERT_TRUE(removed.accepted()) << describe(*removed.failed());
  EXPECT_EQ(removed.accepted()->version, version{3});
  EXPECT_TRUE(app_->status().aside.empty());
  EXPECT_TRUE(bad().remove({.command_id = "away"}).accepted()->repeated);
  const auto anew = bad().ask(grumpy::poke{"fine"}, {.expected = expectation::none()});
  ASSERT_TRUE(anew.accepted());
  EXPECT_EQ(anew.accepted()->version, version{4});
  restart();
  EXPECT_EQ(bad().state()->state.pokes, 1);
  EXPECT_EQ(bad().ask(grumpy::poke{"fine"}).accepted()->version, version{5});
}

TEST_F(RuntimeWithOneAside, LetsItBeDeletedForGood) {
  ASSERT_TRUE(bad().tombstone().accepted());
  EXPECT_EQ(bad().ask(grumpy::poke{"fine"}).failed()->what, error::code::deleted);
  EXPECT_TRUE(app_->status().aside.empty());
  restart();
  EXPECT_EQ(bad().ask(grumpy::poke{"fine"}).failed()->what, error::code::deleted);
}

TEST_F(RuntimeWithOneAside, LeavesItAsideWhateverElseIsNoted) {
  EXPECT_TRUE(bad().truncate_before(version{3}).accepted());
  EXPECT_TRUE(bad().set_metadata({.custom = {{"why", "it is under repair"}}}).accepted());
  EXPECT_EQ(bad().remove({.expected = version{2}}).failed()->what, error::code::conflict);
  expect_aside();
  // All of it was noted, one thing on top of the other.
  EXPECT_EQ(bad().history()->size(), 1U);
  EXPECT_EQ(bad().metadata()->version, version{1});
  grumpy::refuses_the_past = false;
  restart();
  EXPECT_EQ(bad().ask(grumpy::poke{"fine"}).accepted()->version, version{4});
}

TEST_F(RuntimeWithOneAside, TakesManyWishesThatComeAtOnceInTheirOrder) {
  std::vector<std::promise<error::code>> answers(20);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    bad().ask(grumpy::poke{"fine"}, {}, [&answers, i](const outcome<grumpy>& out) {
      answers[i].set_value(out.failed() != nullptr ? out.failed()->what : error::code{});
    });
    if (i == answers.size() / 2) {
      EXPECT_TRUE(bad().truncate_before(version{2}).accepted());
      EXPECT_TRUE(bad().remove().accepted());
    }
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].get_future().get(),
              i <= answers.size() / 2 ? error::code::put_aside : error::code{})
        << i;
  }
}

}  // namespace
}  // namespace cairn
