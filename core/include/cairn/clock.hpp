#pragma once

#include "cairn/ids.hpp"

namespace cairn {

/// Where time comes from. Logic never asks the machine: tests and the simulator move time by hand.
class clock {
 public:
  clock() = default;
  clock(const clock&) = delete;
  clock& operator=(const clock&) = delete;
  virtual ~clock() = default;

  /// Wall-clock time. Any thread. May step backwards, as the machine's clock may.
  [[nodiscard]] virtual timestamp now() const noexcept = 0;

  /// For deadlines and pauses: never steps backwards. Any thread.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady() const noexcept {
    return std::chrono::steady_clock::now();
  }
};

/// The machine's own clock.
class system_clock final : public clock {
 public:
  [[nodiscard]] timestamp now() const noexcept override {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace cairn
