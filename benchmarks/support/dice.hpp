#pragma once

#include <cstdint>

namespace bench {

/// A fast source of evenly spread numbers (splitmix64). The same seed gives the same numbers.
class dice {
 public:
  explicit dice(std::uint64_t seed) noexcept : state_(seed) {}

  [[nodiscard]] std::uint64_t next() noexcept {
    state_ += 0x9E3779B97F4A7C15U;
    return mixed(state_);
  }

  /// From 0 to `count` - 1, each as likely as the others but for one part in 2^32 / count.
  [[nodiscard]] std::uint32_t below(std::uint32_t count) noexcept {
    return static_cast<std::uint32_t>(((next() >> 32U) * count) >> 32U);
  }

  /// Spreads a number over 64 bits.
  [[nodiscard]] static constexpr std::uint64_t mixed(std::uint64_t value) noexcept {
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace bench
