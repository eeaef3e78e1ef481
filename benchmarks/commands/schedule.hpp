#pragma once

#include "support/dice.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>

namespace bench {

/// How the commands of an open loop are spread over time.
enum class arrivals : std::uint8_t {
  constant,  ///< One after the other, as far apart.
  poisson,   ///< By chance, as if of many clients that know nothing of each other.
};

/// Commands that become due by the clock.
struct open_loop {
  double rate_per_s = 1;
  arrivals kind = arrivals::constant;
};

/// The moments at which the commands of an open loop are due, whatever becomes of those before
/// them. One thread.
class schedule {
 public:
  /// @pre wanted.rate_per_s > 0
  schedule(const open_loop& wanted, std::uint64_t seed) noexcept
      : gap_s_(1 / wanted.rate_per_s), kind_(wanted.kind), random_(seed) {}

  /// When the next one is due, from the beginning on. Never earlier than the one before.
  [[nodiscard]] std::chrono::nanoseconds next() noexcept {
    if (kind_ == arrivals::constant) {
      // Multiplied rather than summed up, so that no rounding adds up.
      due_s_ = static_cast<double>(count_++) * gap_s_;
    } else {
      constexpr double unit = 1.0 / 9007199254740992.0;  // 2^-53
      const double share = static_cast<double>(random_.next() >> 11U) * unit;
      due_s_ -= gap_s_ * std::log1p(-share);
    }
    return std::chrono::nanoseconds{static_cast<std::int64_t>(due_s_ * 1e9)};
  }

 private:
  double gap_s_;
  arrivals kind_;
  dice random_;
  std::uint64_t count_ = 0;
  double due_s_ = 0;
};

}  // namespace bench
