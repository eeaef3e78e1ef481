#pragma once

#include "support/histogram.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace bench {

/// Somebody who asks about a thousand times a second, from a thread of its own, until this is
/// dropped.
class asking {
 public:
  /// @param ask one question: how many events the answer shows, or what went wrong
  struct answer {
    std::uint64_t shows = 0;
    std::string trouble;
  };
  explicit asking(std::function<answer()> ask);
  asking(const asking&) = delete;
  asking& operator=(const asking&) = delete;
  ~asking();

  struct seen {
    std::uint64_t questions = 0;
    std::uint64_t failed = 0;
    double p50_us = 0;
    double p99_us = 0;
    /// The first thing that was wrong.
    std::string trouble;
  };
  /// What there was since the last call.
  [[nodiscard]] seen take();

 private:
  void run();

  std::function<answer()> ask_;
  std::atomic<bool> ends_{false};
  std::mutex mutex_;
  std::unique_ptr<histogram> latencies_ = std::make_unique<histogram>();
  seen seen_;
  std::uint64_t shown_ = 0;
  std::thread thread_;
};

}  // namespace bench
