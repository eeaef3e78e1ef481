#include "cairn/testing/manual_clock.hpp"

#include "support/host_fixture.hpp"
#include "support/read_model_fixture.hpp"

#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

using namespace std::chrono_literals;

TEST(ManualClock, StandsStillUntilItIsMoved) {
  const timestamp start{1'000s};
  manual_clock time{start};
  const auto steady = time.steady();
  EXPECT_EQ(time.now(), start);
  EXPECT_EQ(time.now(), start);
  time.advance(5s);
  EXPECT_EQ(time.now(), start + 5s);
  EXPECT_EQ(time.steady(), steady + 5s);
}

TEST(ManualClock, GoesBackByTheWallClockOnly) {
  manual_clock time{timestamp{1'000s}};
  const auto steady = time.steady();
  time.set(timestamp{10s});
  EXPECT_EQ(time.now(), timestamp{10s});
  EXPECT_EQ(time.steady(), steady);
}

TEST(ManualClock, TellsThoseWhoRegisteredUntilTheyDropIt) {
  manual_clock time;
  int told = 0;
  int also_told = 0;
  auto one = time.when_moved([&told] { ++told; });
  const auto other = time.when_moved([&also_told] { ++also_told; });
  time.advance(1s);
  time.set(timestamp{});
  one.reset();
  time.advance(1s);
  EXPECT_EQ(told, 2);
  EXPECT_EQ(also_told, 3);
}

TEST(ManualClock, OfTheMachineIsNeverMoved) {
  EXPECT_EQ(system_clock{}.when_moved([] {}), nullptr);
}

/// A host of accounts on a clock that is moved by hand.
class HostInTime : public tests::host_fixture {
 protected:
  void start_in_time(actors::host_options options) {
    start();
    host_->detach();
    host_ = std::make_unique<actors::host>(
        actors::host::surroundings{&type_, 0, 1, journal_.get(), recovery_.get(), &time_}, options);
    host_->attach(*executor_);
  }
  // A registration must not outlive its clock.
  ~HostInTime() override { shut_down(); }

  /// Runs of the host come one after the other, so an answer tells that an earlier one is over.
  std::uint64_t put_to_sleep_after_a_run() {
    (void)ask("somebody else", bank::open{"x"});
    (void)ask("somebody else", bank::deposit{1});
    return host_->counters().put_to_sleep.load();
  }

  manual_clock time_;
};

TEST_F(HostInTime, PutsIdleAggregatesToSleepWithoutWaiting) {
  start_in_time({.sleep_after = std::chrono::hours{2}});
  ASSERT_TRUE(ask("ann", bank::open{"ann"}).accepted());
  time_.advance(std::chrono::hours{2} - 1s);
  EXPECT_EQ(put_to_sleep_after_a_run(), 0U);
  time_.advance(1s);
  EXPECT_EQ(put_to_sleep_after_a_run(), 1U);
}

TEST_F(HostInTime, IsWokenByTheClockAlone) {
  start_in_time({.sleep_after = std::chrono::hours{2}});
  ASSERT_TRUE(ask("ann", bank::open{"ann"}).accepted());
  time_.advance(std::chrono::hours{2});
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (host_->counters().put_to_sleep.load() == 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "nobody has woken the host";
    std::this_thread::yield();
  }
}

TEST_F(HostInTime, RecordsEventsAtTheTimeOfTheClock) {
  start_in_time({});
  time_.set(timestamp{77s});
  ASSERT_TRUE(ask("ann", bank::open{"ann"}).accepted());
  const auto found = actors::replay(type_, "ann", *journal_, *snapshots_, {}, silent_log());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->time, timestamp{77s});
}

TEST_F(HostInTime, LetsARecoveryEndByTheClock) {
  start_in_time({});
  ASSERT_TRUE(ask("ann", bank::open{"ann"}).accepted());
  // A deadline that is now leaves no time to wait for the index.
  ASSERT_TRUE(journal_->wait_for_index());
  const auto now = time_.steady();
  const auto late = actors::replay(
      type_, "ann", *journal_, *snapshots_, {.deadline = now - 1s, .time = &time_}, silent_log());
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().what, error::code::timed_out);
  EXPECT_TRUE(actors::replay(
      type_, "ann", *journal_, *snapshots_, {.deadline = now, .time = &time_}, silent_log()));
}

/// A read model on a clock that is moved by hand.
class ReadModelInTime : public tests::read_model_fixture {
 protected:
  static bool reaches(const actors::read_model_runner& model, const position& goal) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (model.checkpoints().front() < goal) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  manual_clock time_;
};

TEST_F(ReadModelInTime, LingersUntilTheClockIsMoved) {
  open_journals(1);
  const cairn::detail::typed_read_model<tests::balances> type;
  auto model = actors::make_read_model_runner(type,
                                              {journals_.front().get()},
                                              open_view<tests::balances>(),
                                              time_,
                                              {.linger = std::chrono::hours{1}});
  const position first = write("ann", {tests::deposited{5}});
  ASSERT_TRUE(model->start(*executor_));
  ASSERT_TRUE(reaches(*model, first));
  const position second = write("ann", {tests::deposited{6}});
  model->hint();
  EXPECT_EQ(model->checkpoints().front(), first);
  time_.advance(std::chrono::hours{1});
  EXPECT_TRUE(reaches(*model, second));
  model->stop();
}

}  // namespace
}  // namespace cairn::testing
