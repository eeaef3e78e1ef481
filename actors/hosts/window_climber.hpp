#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace cairn::actors {

/// Finds the share of the window that keeps most of those awake that are asked for: hill climbing.
///
/// After ten uses of each that is awake, on average, it makes a step and looks whether more
/// commands met somebody awake than before. If so, the next step goes on in that direction,
/// otherwise back. Steps become smaller, and large again when the rate changes by much: the load is
/// another one.
class window_climber {
 public:
  /// Of the share, in both directions.
  static constexpr double least = 0.01;
  static constexpr double most = 0.80;

  explicit window_climber(double share) noexcept : share_(share) {}

  void note(bool was_awake) noexcept {
    ++uses_;
    if (was_awake) ++hits_;
  }
  /// True when the share has changed. @param awake how many are awake
  [[nodiscard]] bool step(std::size_t awake) noexcept {
    if (uses_ < uses_between_steps * std::max<std::size_t>(awake, few)) return false;
    const double rate = static_cast<double>(hits_) / static_cast<double>(uses_);
    const double gain = rate - rate_before_;
    if (gain < 0) step_ = -step_;
    const double before = share_;
    share_ = std::clamp(share_ + step_, std::min(least, share_), std::max(most, share_));
    const double next_size = std::abs(gain) >= another_load ? first_step : std::abs(step_) * decay;
    step_ = std::copysign(next_size, step_);
    // At its bound it turns round: nothing more can be found out in that direction.
    if (share_ == before) step_ = -step_;
    rate_before_ = rate;
    uses_ = 0;
    hits_ = 0;
    return share_ != before;
  }
  [[nodiscard]] double share() const noexcept { return share_; }

 private:
  static constexpr std::uint64_t uses_between_steps = 10;
  // With few awake, chance would decide.
  static constexpr std::size_t few = 100;
  static constexpr double first_step = 0.0625;
  static constexpr double decay = 0.98;
  static constexpr double another_load = 0.05;

  double share_;
  double step_ = first_step;
  double rate_before_ = 0;
  std::uint64_t uses_ = 0;
  std::uint64_t hits_ = 0;
};

}  // namespace cairn::actors
