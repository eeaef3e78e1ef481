#include "blocking_strand.hpp"

#include "wake_times.hpp"

#include "cairn/assert.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace cairn::actors {
namespace {

class blocking_strand final : public strand {
 public:
  explicit blocking_strand(std::function<void()> run)
      : run_(std::move(run)), thread_([this] { loop(); }) {}

  ~blocking_strand() override { end_thread(); }

  void wake() override {
    // Whoever finds the flag set comes, in the flag's order, before the thread takes it: the run
    // that follows sees what they did.
    if (due_.exchange(true, std::memory_order_acq_rel)) return;
    // The thread looks at the flag with the mutex held: it has either not looked yet, or waits.
    { const std::lock_guard lock{mutex_}; }
    changed_.notify_one();
  }

  void wake_after(std::chrono::nanoseconds delay) override {
    if (delay <= std::chrono::nanoseconds::zero()) return wake();
    {
      const std::lock_guard lock{mutex_};
      timers_.insert(due_in(delay));
    }
    changed_.notify_one();
  }

  void stop() override { end_thread(); }

 private:
  void end_thread() {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    changed_.notify_one();
    const std::lock_guard lock{joining_};
    if (!thread_.joinable()) return;
    CAIRN_ASSERT(thread_.get_id() != std::this_thread::get_id());
    thread_.join();
  }

  void loop() {
    std::unique_lock lock{mutex_};
    while (!stopping_) {
      if (take_due()) {
        lock.unlock();
        run_();
        lock.lock();
      } else if (timers_.empty()) {
        changed_.wait(lock);
      } else {
        const wake_time earliest = *timers_.begin();
        changed_.wait_until(lock, earliest);
      }
    }
  }

  /// Clears the flag and the timers that have come; true when there was any.
  [[nodiscard]] bool take_due() {
    const auto come =
        timers_.empty() ? timers_.end() : timers_.upper_bound(std::chrono::steady_clock::now());
    const bool timer_came = come != timers_.begin();
    timers_.erase(timers_.begin(), come);
    return due_.exchange(false, std::memory_order_acq_rel) || timer_came;
  }

  std::function<void()> run_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multiset<wake_time> timers_;
  std::atomic<bool> due_{false};
  bool stopping_ = false;
  std::mutex joining_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<strand> make_blocking_strand(std::function<void()> run) {
  return std::make_unique<blocking_strand>(std::move(run));
}

}  // namespace cairn::actors
