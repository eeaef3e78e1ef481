#pragma once

#include "compare/patience.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace bench {

/// Hands things from some threads to one, which takes all that are there at once.
template <class T> class mailbox {
 public:
  /// Any thread.
  void put(std::span<const T> some) {
    {
      const std::lock_guard lock{mutex_};
      waiting_.insert(waiting_.end(), some.begin(), some.end());
    }
    news_.notify_one();
  }

  /// Whoever takes next gets this exception, once what was put before is taken. Any thread.
  void fail(std::exception_ptr with) {
    {
      const std::lock_guard lock{mutex_};
      failure_ = std::move(with);
    }
    news_.notify_one();
  }

  /// Nothing more comes. Any thread.
  void close() {
    {
      const std::lock_guard lock{mutex_};
      closed_ = true;
    }
    news_.notify_one();
  }

  /// Waits until something is there; `taken` is replaced by it. False once it is closed.
  [[nodiscard]] bool take(std::vector<T>& taken) {
    taken.clear();
    std::unique_lock lock{mutex_};
    news_.wait(lock, [this] { return closed_ || failure_ || !waiting_.empty(); });
    return give(taken);
  }

  /// The same; throws std::runtime_error when nothing comes for long.
  void take_in_time(std::vector<T>& taken) {
    taken.clear();
    std::unique_lock lock{mutex_};
    const bool in_time =
        news_.wait_for(lock, patience, [this] { return closed_ || failure_ || !waiting_.empty(); });
    if (!in_time || !give(taken)) throw std::runtime_error{"no answer comes"};
  }

 private:
  bool give(std::vector<T>& taken) {
    if (waiting_.empty() && failure_) std::rethrow_exception(failure_);
    taken.swap(waiting_);
    return !taken.empty();
  }

  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<T> waiting_;
  std::exception_ptr failure_;
  bool closed_ = false;
};

}  // namespace bench
