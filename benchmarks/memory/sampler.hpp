#pragma once

#include "support/memory_use.hpp"

#include "cairn/cairn.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <utility>

namespace bench {

/// Looks at a running runtime every few milliseconds, by a thread of its own, and remembers the
/// highest figures. Must not outlive the runtime.
class sampler {
 public:
  struct seen {
    std::uint64_t awake_most = 0;
    std::uint64_t anonymous_most = 0;
  };

  explicit sampler(const cairn::runtime& app) : app_(app), thread_([this] { run(); }) {}
  sampler(const sampler&) = delete;
  sampler& operator=(const sampler&) = delete;
  ~sampler() {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  /// The highest figures since the last call. Any thread.
  [[nodiscard]] seen take() {
    const std::lock_guard lock{mutex_};
    look();
    return std::exchange(most_, {});
  }

 private:
  void run() {
    constexpr std::chrono::milliseconds interval{10};
    std::unique_lock lock{mutex_};
    while (!changed_.wait_for(lock, interval, [this] { return stopping_; }))
      look();
  }

  void look() {
    most_.awake_most = std::max(most_.awake_most, app_.status().awake_aggregates);
    most_.anonymous_most = std::max(most_.anonymous_most, memory_in_use().anonymous);
  }

  const cairn::runtime& app_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  seen most_;
  std::thread thread_;
};

}  // namespace bench
