#include "cairn/detail/caller_runs.hpp"

#include "quick_strand.hpp"
#include "support/host_fixture.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

// Whoever wakes a host and has nothing else to do runs it himself.

namespace cairn::actors {
namespace {

using detail::caller_runs;

class QuickStrand : public testing::Test {
 protected:
  /// Notes by whom it is run.
  std::unique_ptr<strand> attach() {
    return make_quick_strand(*executor_, [this] {
      const std::lock_guard lock{mutex_};
      ran_by_.push_back(std::this_thread::get_id());
      changed_.notify_all();
    });
  }
  std::vector<std::thread::id> wait_for(std::size_t runs) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return ran_by_.size() >= runs; });
    return ran_by_;
  }
  std::size_t runs() {
    const std::lock_guard lock{mutex_};
    return ran_by_.size();
  }

  std::unique_ptr<executor> executor_ = make_thread_executor(1);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::thread::id> ran_by_;
};

TEST_F(QuickStrand, IsRunOnceByWhoWokeItWhenHeHasTheTime) {
  const auto one = attach();
  caller_runs here{true};
  one->wake();
  one->wake();
  EXPECT_EQ(runs(), 0U);
  EXPECT_TRUE(here.run());
  EXPECT_EQ(wait_for(1), std::vector{std::this_thread::get_id()});
  one->stop();
  EXPECT_EQ(runs(), 1U);
}

TEST_F(QuickStrand, IsRunByOthersWhenNobodyOffersHisTime) {
  const auto one = attach();
  caller_runs here{false};
  one->wake();
  EXPECT_NE(wait_for(1)[0], std::this_thread::get_id());
  EXPECT_FALSE(here.run());
}

TEST_F(QuickStrand, IsRunByOthersOnceTheTimeOfItsWakerIsOver) {
  const auto one = attach();
  { caller_runs here{true}; }
  one->wake();
  EXPECT_NE(wait_for(1)[0], std::this_thread::get_id());
}

TEST_F(QuickStrand, GoesToOthersWhenItsWakerHasEnoughToRun) {
  std::vector<std::unique_ptr<strand>> many;
  for (int i = 0; i < 20; ++i)
    many.push_back(attach());
  caller_runs here{true};
  for (const auto& one : many)
    one->wake();
  EXPECT_TRUE(here.run());
  EXPECT_EQ(wait_for(many.size()).size(), many.size());
}

TEST_F(QuickStrand, IsNotWaitedForWhileAnotherThreadRunsIt) {
  std::promise<void> is_inside;
  std::promise<void> may_leave;
  std::promise<void> came_again;
  int runs = 0;
  const auto one = make_quick_strand(*executor_, [&] {
    if (++runs == 2) return came_again.set_value();
    is_inside.set_value();
    may_leave.get_future().wait();
  });
  one->wake();
  is_inside.get_future().wait();
  {
    caller_runs here{true};
    one->wake();
  }
  may_leave.set_value();
  // What it was woken for may have come after its run had looked.
  came_again.get_future().wait();
  one->stop();
}

TEST_F(QuickStrand, IsNotRunOnceItHasBeenStopped) {
  caller_runs here{true};
  auto stopped = attach();
  auto gone = attach();
  stopped->wake();
  gone->wake();
  stopped->stop();
  gone.reset();
  stopped.reset();
  executor_.reset();
  here.run();
  EXPECT_EQ(runs(), 0U);
}

TEST_F(QuickStrand, IsNeverRunByTwoThreads) {
  std::atomic<int> inside{0};
  std::atomic<bool> overlapped{false};
  std::atomic<int> runs{0};
  const auto one = make_quick_strand(*executor_, [&] {
    if (++inside != 1) overlapped = true;
    std::this_thread::yield();
    --inside;
    ++runs;
  });
  std::vector<std::thread> wakers;
  for (int i = 0; i < 3; ++i) {
    wakers.emplace_back([&, i] {
      while (runs.load() < 500) {
        caller_runs here{i != 0};
        one->wake();
      }
    });
  }
  for (auto& each : wakers)
    each.join();
  one->stop();
  EXPECT_FALSE(overlapped);
}

using bank::deposit;
using bank::open;
using bank::withdraw;
using tests::account_outcome;

class HostOfAnIdleWriter : public tests::host_fixture {
 protected:
  /// Whether a command that the answer to another one sends is decided by the thread that answers.
  /// A rejection that rests on nothing new is answered by whoever decides, who then is kept for so
  /// long.
  bool is_decided_by_who_answers(std::chrono::milliseconds kept = {}) {
    std::promise<bool> decided;
    send("ann", deposit{1}, [&](const account_outcome& first) {
      EXPECT_TRUE(first.accepted());
      send("ann",
           withdraw{1'000'000},
           [&, answering = std::this_thread::get_id()](const account_outcome& second) {
             EXPECT_TRUE(second.rejected());
             const auto until = std::chrono::steady_clock::now() + kept;
             while (std::chrono::steady_clock::now() < until)
               std::this_thread::yield();
             decided.set_value(std::this_thread::get_id() == answering);
           });
    });
    return decided.get_future().get();
  }
  /// Not each time: another thread may still be about to leave the host.
  void wait_until_one_is_decided_by_who_answers(std::chrono::milliseconds kept = {}) {
    while (!is_decided_by_who_answers(kept)) {
    }
  }
};

TEST_F(HostOfAnIdleWriter, IsRunByItWhenNothingElseIsOnItsWay) {
  in_flight_ = 1;
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  wait_until_one_is_decided_by_who_answers();
}

TEST_F(HostOfAnIdleWriter, IsRunByOthersWhenMoreIsOnItsWay) {
  in_flight_ = 2;
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  for (int i = 0; i < 100; ++i)
    EXPECT_FALSE(is_decided_by_who_answers());
}

TEST_F(HostOfAnIdleWriter, IsLeftToOthersAfterADecisionThatTookLong) {
  in_flight_ = 1;
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  wait_until_one_is_decided_by_who_answers(std::chrono::milliseconds{200});
  for (int i = 0; i < 100; ++i)
    EXPECT_FALSE(is_decided_by_who_answers());
}

TEST_F(HostOfAnIdleWriter, AnswersEachCommandOnceHoweverMany) {
  constexpr int clients = 4;
  constexpr int commands = 500;
  in_flight_ = clients;
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  std::latch all_done{clients};
  std::function<void(int)> next = [&](int left) {
    if (left == 0) return all_done.count_down();
    send("ann", deposit{1}, [&, left](const account_outcome& came) {
      EXPECT_TRUE(came.accepted());
      next(left - 1);
    });
  };
  for (int i = 0; i < clients; ++i)
    next(commands);
  all_done.wait();
  EXPECT_EQ(stored_balance("ann"), clients * commands);
}

}  // namespace
}  // namespace cairn::actors
