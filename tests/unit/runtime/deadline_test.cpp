#include "support/account.hpp"

#include "cairn/cairn.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace cairn {
namespace {

using bank::account;
using bank::deposit;
using bank::open;
using std::chrono::nanoseconds;

class Deadline : public testing::Test {
 protected:
  Deadline() : app_(start()), ann_(app_.aggregate<account>("ann")) {
    EXPECT_TRUE(ann_.ask(open{"ann"}).accepted());
    for (int i = 0; i < 20; ++i)
      EXPECT_TRUE(ann_.ask(deposit{1}).accepted());
  }
  static runtime start() {
    config settings;
    settings.in_memory = true;
    auto started = builder{settings}.add<account>().start();
    EXPECT_TRUE(started) << describe(started.error());
    return *std::move(started);
  }

  static constexpr state_options no_time{.timeout = nanoseconds{0}};
  runtime app_;
  aggregate_handle<account> ann_;
};

TEST_F(Deadline, EndsTheReadingOfAState) {
  const auto newest = ann_.state(no_time);
  ASSERT_FALSE(newest);
  EXPECT_EQ(newest.error().what, error::code::timed_out);
  EXPECT_NE(newest.error().detail.find("bank.account/ann"), std::string::npos);
  EXPECT_EQ(ann_.state_at(version{5}, no_time).error().what, error::code::timed_out);
  EXPECT_EQ(ann_.state_at(timestamp::max(), no_time).error().what, error::code::timed_out);
}

TEST_F(Deadline, OfAReadingThatWasGivenUpDisturbsNoOtherOne) {
  EXPECT_FALSE(ann_.state(no_time));
  EXPECT_EQ(ann_.state()->state.balance_cents, 20);
  EXPECT_EQ(ann_.state_at(version{5})->state.balance_cents, 4);
  // As long as a clock can tell, and longer.
  EXPECT_EQ(ann_.state({.timeout = nanoseconds::max()})->state.balance_cents, 20);
  EXPECT_TRUE(ann_.ask(deposit{1}).accepted());
}

TEST_F(Deadline, EndsTheReadingOfAHistory) {
  const auto found = ann_.history({.timeout = nanoseconds{0}});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().what, error::code::timed_out);
  EXPECT_NE(found.error().detail.find("bank.account/ann"), std::string::npos);
  EXPECT_EQ(ann_.history()->size(), 21U);
}

TEST_F(Deadline, EndsTheCheckOfTheJournal) {
  const auto found = app_.verify({.timeout = nanoseconds{0}});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().what, error::code::timed_out);
  EXPECT_EQ(app_.verify()->events, 21U);
}

TEST_F(Deadline, IsOfNoUseAfterStop) {
  ASSERT_TRUE(app_.stop());
  EXPECT_EQ(ann_.state().error().what, error::code::shutting_down);
  EXPECT_EQ(app_.verify().error().what, error::code::shutting_down);
}

}  // namespace
}  // namespace cairn
