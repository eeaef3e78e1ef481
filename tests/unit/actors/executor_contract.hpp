#pragma once

#include "cairn/actors/executor.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

// What every executor promises. An executor joins with a struct that has
// `static std::unique_ptr<executor> make(unsigned workers)` and one INSTANTIATE_TYPED_TEST_SUITE_P.

namespace cairn::actors {

/// A counter that can be waited for.
class run_count {
 public:
  void add() {
    ++count_;
    count_.notify_all();
  }
  void wait_for(int least) {
    for (int now = count_; now < least; now = count_) {
      count_.wait(now);
    }
  }
  [[nodiscard]] int now() const { return count_; }

 private:
  std::atomic<int> count_{0};
};

template <class Made> class ExecutorContract : public testing::Test {
 protected:
  using kind = executor::kind;
  static constexpr std::initializer_list<kind> kinds{kind::short_runs, kind::may_block};

  // Dropped after the strands of a test, which are local to it.
  std::unique_ptr<executor> executor_ = Made::make(2);
};

TYPED_TEST_SUITE_P(ExecutorContract);

TYPED_TEST_P(ExecutorContract, DoesNotRunBeforeItIsWoken) {
  for (const auto how : this->kinds) {
    run_count runs;
    const auto strand = this->executor_->attach(how, [&] { runs.add(); });
    strand->stop();
    EXPECT_EQ(runs.now(), 0);
  }
}

TYPED_TEST_P(ExecutorContract, RunsAfterEachWake) {
  for (const auto how : this->kinds) {
    run_count runs;
    const auto strand = this->executor_->attach(how, [&] { runs.add(); });
    for (int i = 1; i <= 100; ++i) {
      strand->wake();
      runs.wait_for(i);
    }
    strand->stop();
    EXPECT_EQ(runs.now(), 100);
  }
}

TYPED_TEST_P(ExecutorContract, SeesWhatWasDoneBeforeTheWake) {
  constexpr int rounds = 2000;
  for (const auto how : this->kinds) {
    std::atomic<int> offered{0};
    std::atomic<int> seen{0};
    const auto strand = this->executor_->attach(how, [&] {
      seen.store(offered.load(std::memory_order_relaxed), std::memory_order_release);
      seen.notify_all();
    });
    std::vector<std::thread> producers;
    for (int i = 0; i < 4; ++i) {
      producers.emplace_back([&] {
        for (int round = 0; round < rounds; ++round) {
          offered.fetch_add(1, std::memory_order_relaxed);
          strand->wake();
        }
      });
    }
    for (auto& one : producers) {
      one.join();
    }
    // A wake that were lost would leave this waiting for ever.
    for (int now = seen; now != 4 * rounds; now = seen) {
      seen.wait(now);
    }
    strand->stop();
  }
}

TYPED_TEST_P(ExecutorContract, NeverRunsAStrandInTwoThreads) {
  for (const auto how : this->kinds) {
    std::atomic<int> inside{0};
    std::atomic<bool> overlapped{false};
    run_count runs;
    const auto strand = this->executor_->attach(how, [&] {
      if (++inside != 1) overlapped = true;
      std::this_thread::yield();
      --inside;
      runs.add();
    });
    std::vector<std::thread> wakers;
    for (int i = 0; i < 3; ++i) {
      wakers.emplace_back([&] {
        while (runs.now() < 500) {
          strand->wake();
        }
      });
    }
    for (auto& one : wakers) {
      one.join();
    }
    strand->stop();
    EXPECT_FALSE(overlapped);
  }
}

TYPED_TEST_P(ExecutorContract, MayBeWokenFromWithinItsRun) {
  for (const auto how : this->kinds) {
    run_count runs;
    std::atomic<strand*> self{nullptr};
    const auto strand = this->executor_->attach(how, [&] {
      runs.add();
      if (runs.now() < 1000) self.load()->wake();
    });
    self = strand.get();
    strand->wake();
    runs.wait_for(1000);
    strand->stop();
    EXPECT_EQ(runs.now(), 1000);
  }
}

TYPED_TEST_P(ExecutorContract, StopWaitsForTheRunThatIsOn) {
  for (const auto how : this->kinds) {
    std::latch entered{1};
    std::latch may_leave{1};
    std::atomic<bool> left{false};
    const auto strand = this->executor_->attach(how, [&] {
      entered.count_down();
      may_leave.wait();
      left = true;
    });
    strand->wake();
    entered.wait();
    strand->wake();
    auto stopped = std::async(std::launch::async, [&] {
      strand->stop();
      return left.load();
    });
    may_leave.count_down();
    EXPECT_TRUE(stopped.get());
  }
}

TYPED_TEST_P(ExecutorContract, DoesNotRunAfterStop) {
  using namespace std::chrono_literals;
  for (const auto how : this->kinds) {
    std::atomic<bool> stopped{false};
    std::atomic<bool> too_late{false};
    run_count runs;
    const auto strand = this->executor_->attach(how, [&] {
      if (stopped) too_late = true;
      runs.add();
    });
    std::atomic<bool> enough{false};
    std::thread waker{[&] {
      while (!enough) {
        strand->wake();
        strand->wake_after(10us);
      }
    }};
    runs.wait_for(50);
    strand->stop();
    stopped = true;
    const int before = runs.now();
    strand->wake();
    strand->wake_after(1us);
    strand->stop();
    enough = true;
    waker.join();
    EXPECT_FALSE(too_late);
    EXPECT_EQ(runs.now(), before);
  }
}

TYPED_TEST_P(ExecutorContract, RunsOnceTheDelayHasPassed) {
  using namespace std::chrono_literals;
  for (const auto how : this->kinds) {
    std::promise<std::chrono::steady_clock::time_point> ran;
    std::atomic<bool> first{true};
    const auto strand = this->executor_->attach(how, [&] {
      if (first.exchange(false)) ran.set_value(std::chrono::steady_clock::now());
    });
    const auto asked = std::chrono::steady_clock::now();
    strand->wake_after(5ms);
    EXPECT_GE(ran.get_future().get() - asked, 5ms);
    strand->stop();
  }
}

TYPED_TEST_P(ExecutorContract, AnEarlierWakeDoesNotTakeALaterOneBack) {
  using namespace std::chrono_literals;
  for (const auto how : this->kinds) {
    run_count runs;
    const auto strand = this->executor_->attach(how, [&] { runs.add(); });
    strand->wake_after(10ms);
    strand->wake_after(2ms);
    strand->wake();
    runs.wait_for(1);
    // At the latest after 10 ms there is another run, whatever was merged before.
    runs.wait_for(2);
    strand->stop();
  }
}

TYPED_TEST_P(ExecutorContract, AFarTimerHoldsNobodyUp) {
  using namespace std::chrono_literals;
  for (const auto how : this->kinds) {
    run_count runs;
    const auto strand = this->executor_->attach(how, [&] { runs.add(); });
    strand->wake_after(std::chrono::nanoseconds::max());
    strand->wake_after(1h);
    strand->wake_after(1ms);
    runs.wait_for(1);
    strand->stop();
    EXPECT_EQ(runs.now(), 1);
  }
}

TYPED_TEST_P(ExecutorContract, ABlockedStrandDoesNotKeepShortOnesWaiting) {
  std::latch may_leave{1};
  std::vector<std::unique_ptr<strand>> blocked;
  for (int i = 0; i < 4; ++i) {
    blocked.push_back(
        this->executor_->attach(executor::kind::may_block, [&] { may_leave.wait(); }));
    blocked.back()->wake();
  }
  run_count runs;
  const auto quick = this->executor_->attach(executor::kind::short_runs, [&] { runs.add(); });
  quick->wake();
  runs.wait_for(1);
  may_leave.count_down();
}

TYPED_TEST_P(ExecutorContract, TimersFireWhileAWorkerIsBusy) {
  using namespace std::chrono_literals;
  std::latch entered{1};
  std::latch may_leave{1};
  run_count runs;
  const auto timed = this->executor_->attach(executor::kind::short_runs, [&] { runs.add(); });
  const auto busy = this->executor_->attach(executor::kind::short_runs, [&] {
    entered.count_down();
    may_leave.wait();
  });
  timed->wake_after(2ms);
  busy->wake();
  entered.wait();
  runs.wait_for(1);
  may_leave.count_down();
}

TYPED_TEST_P(ExecutorContract, StrandsMayComeAndGoWhileOthersRun) {
  run_count runs;
  const auto steady = this->executor_->attach(executor::kind::short_runs, [&] { runs.add(); });
  for (int i = 0; i < 200; ++i) {
    const auto how = i % 20 == 0 ? executor::kind::may_block : executor::kind::short_runs;
    const auto passing = this->executor_->attach(how, [&] { steady->wake(); });
    passing->wake();
  }
  steady->wake();
  runs.wait_for(1);
}

TYPED_TEST_P(ExecutorContract, MayEndInAnotherThreadThanItBeganIn) {
  run_count runs;
  std::thread{[&] {
    auto strand = this->executor_->attach(executor::kind::short_runs, [&] { runs.add(); });
    strand->wake();
    runs.wait_for(1);
    strand.reset();
    this->executor_.reset();
  }}.join();
  EXPECT_EQ(this->executor_, nullptr);
}

REGISTER_TYPED_TEST_SUITE_P(ExecutorContract,
                            DoesNotRunBeforeItIsWoken,
                            RunsAfterEachWake,
                            SeesWhatWasDoneBeforeTheWake,
                            NeverRunsAStrandInTwoThreads,
                            MayBeWokenFromWithinItsRun,
                            StopWaitsForTheRunThatIsOn,
                            DoesNotRunAfterStop,
                            RunsOnceTheDelayHasPassed,
                            AnEarlierWakeDoesNotTakeALaterOneBack,
                            AFarTimerHoldsNobodyUp,
                            ABlockedStrandDoesNotKeepShortOnesWaiting,
                            TimersFireWhileAWorkerIsBusy,
                            StrandsMayComeAndGoWhileOthersRun,
                            MayEndInAnotherThreadThanItBeganIn);

}  // namespace cairn::actors
