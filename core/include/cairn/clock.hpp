#pragma once

#include "cairn/ids.hpp"

#include <functional>
#include <memory>

namespace cairn {

/// Where time comes from. Logic never asks the machine: tests and the simulator move time by hand.
///
/// Deadlines of commands, idle aggregates, slow recoveries and the pauses of read models go by it.
/// Threads that block do not: a blocking ask, a query that waits and stop() come back in the
/// machine's time, and disks are synced in it, whatever the clock says.
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

  /// Calls `moved` each time that the clock was moved otherwise than by time going by, until what
  /// is returned is dropped; dropping it waits for a call that is on. Null: this clock is never
  /// moved. Whoever waits for a time registers, since no timer of the machine will tell. A clock
  /// whose steady() is not the machine's must call. `moved` must not block, move the clock,
  /// register or drop. Any thread. What is returned must not outlive the clock.
  [[nodiscard]] virtual std::shared_ptr<void> when_moved(std::function<void()> /*moved*/) const {
    return nullptr;
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
