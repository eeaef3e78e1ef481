#include "blocking_strand.hpp"
#include "wake_times.hpp"

#include "cairn/actors/executor.hpp"
#include "cairn/assert.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

// Workers that share one queue of strands. Whoever has nothing to do waits for the queue or for the
// earliest timer, so timers need no thread of their own. Made to be obviously right, not to be
// fast.

namespace cairn::actors {
namespace {

class pooled_strand;

/// The queue, the timers and the workers. Outlives its strands.
class worker_pool {
 public:
  explicit worker_pool(unsigned workers);
  ~worker_pool();

  void wake(pooled_strand& one);
  void wake_at(pooled_strand& one, wake_time when);
  void stop(pooled_strand& one);

  std::atomic<unsigned> strands{0};

 private:
  void work();
  void fire_timers();
  void enqueue(pooled_strand& one);
  void run_next(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable finished_;
  std::deque<pooled_strand*> queue_;
  std::multimap<wake_time, pooled_strand*> timers_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

class pooled_strand final : public strand {
 public:
  pooled_strand(worker_pool& pool, std::function<void()> run) : pool_(pool), run_(std::move(run)) {
    ++pool_.strands;
  }
  ~pooled_strand() override {
    pool_.stop(*this);
    --pool_.strands;
  }

  void wake() override {
    // As in a blocking strand: the run that takes the flag sees what everybody did who set it.
    if (!due_.exchange(true, std::memory_order_acq_rel)) pool_.wake(*this);
  }

  void wake_after(std::chrono::nanoseconds delay) override {
    if (delay <= std::chrono::nanoseconds::zero()) return wake();
    pool_.wake_at(*this, due_in(delay));
  }

  void stop() override { pool_.stop(*this); }

 private:
  friend worker_pool;

  worker_pool& pool_;
  std::function<void()> run_;
  std::atomic<bool> due_{false};
  // The pool's mutex guards these.
  bool queued_ = false;
  bool running_ = false;
  bool stopped_ = false;
  std::thread::id worker_;
};

worker_pool::worker_pool(unsigned workers) {
  CAIRN_ASSERT(workers > 0);
  threads_.reserve(workers);
  for (unsigned i = 0; i < workers; ++i) {
    threads_.emplace_back([this] { work(); });
  }
}

worker_pool::~worker_pool() {
  CAIRN_ASSERT(strands == 0);
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& one : threads_) {
    one.join();
  }
}

void worker_pool::wake(pooled_strand& one) {
  const std::lock_guard lock{mutex_};
  // A running strand looks at its flag when the run is over.
  if (!one.running_) enqueue(one);
}

void worker_pool::wake_at(pooled_strand& one, wake_time when) {
  const std::lock_guard lock{mutex_};
  if (one.stopped_) return;
  timers_.emplace(when, &one);
  work_.notify_one();
}

void worker_pool::stop(pooled_strand& one) {
  std::unique_lock lock{mutex_};
  one.stopped_ = true;
  std::erase(queue_, &one);
  one.queued_ = false;
  std::erase_if(timers_, [&one](const auto& timer) { return timer.second == &one; });
  CAIRN_ASSERT(!one.running_ || one.worker_ != std::this_thread::get_id());
  finished_.wait(lock, [&one] { return !one.running_; });
}

void worker_pool::enqueue(pooled_strand& one) {
  if (one.queued_ || one.stopped_) return;
  one.queued_ = true;
  queue_.push_back(&one);
  work_.notify_one();
}

void worker_pool::fire_timers() {
  if (timers_.empty()) return;
  const wake_time now = std::chrono::steady_clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    pooled_strand& one = *timers_.begin()->second;
    timers_.erase(timers_.begin());
    one.due_.exchange(true, std::memory_order_acq_rel);
    if (!one.running_) enqueue(one);
  }
}

void worker_pool::work() {
  std::unique_lock lock{mutex_};
  while (true) {
    fire_timers();
    if (!queue_.empty()) {
      run_next(lock);
    } else if (stopping_) {
      return;
    } else if (timers_.empty()) {
      work_.wait(lock);
    } else {
      const wake_time earliest = timers_.begin()->first;
      work_.wait_until(lock, earliest);
    }
  }
}

void worker_pool::run_next(std::unique_lock<std::mutex>& lock) {
  pooled_strand& one = *queue_.front();
  queue_.pop_front();
  one.queued_ = false;
  one.running_ = true;
  one.worker_ = std::this_thread::get_id();
  // Somebody else must watch the queue and the timers meanwhile.
  if (!queue_.empty() || !timers_.empty()) work_.notify_one();
  lock.unlock();
  one.due_.exchange(false, std::memory_order_acq_rel);
  one.run_();
  lock.lock();
  one.running_ = false;
  if (one.stopped_) {
    finished_.notify_all();
  } else if (one.due_.load(std::memory_order_acquire)) {
    enqueue(one);
  }
}

class thread_executor final : public executor {
 public:
  explicit thread_executor(unsigned workers) : pool_(workers) {}

  std::unique_ptr<strand> attach(kind how, std::function<void()> run) override {
    if (how == kind::may_block) return make_blocking_strand(std::move(run));
    return std::make_unique<pooled_strand>(pool_, std::move(run));
  }

 private:
  worker_pool pool_;
};

}  // namespace

std::unique_ptr<executor> make_thread_executor(unsigned workers) {
  return std::make_unique<thread_executor>(workers);
}

}  // namespace cairn::actors
