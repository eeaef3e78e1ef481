#pragma once

#include "cairn/result.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace cairn::detail {

/// The door of a runtime: a bounded number of commands in flight, and a gate for stopping. Any
/// thread.
class admission {
 public:
  /// @param in_flight_max at least 1
  explicit admission(std::uint32_t in_flight_max) : max_(in_flight_max) {}

  /// Takes credit for `count` commands; each is given back by one release().
  /// overloaded: the limit is reached. shutting_down: close() was called. Then nothing is taken.
  [[nodiscard]] result<void> acquire(std::uint32_t count);

  /// Gives the credit of one command back.
  void release() noexcept;

  /// Refuses everything from now on, then waits until everything admitted is released, at most
  /// until `deadline`. Returns the number still in flight.
  std::uint64_t close_and_drain(std::chrono::steady_clock::time_point deadline);

  [[nodiscard]] const std::atomic<std::uint64_t>& in_flight() const noexcept { return in_flight_; }

 private:
  std::uint64_t max_;
  std::atomic<std::uint64_t> in_flight_{0};
  std::atomic<bool> closed_{false};
  std::mutex mutex_;
  std::condition_variable drained_;
};

}  // namespace cairn::detail
