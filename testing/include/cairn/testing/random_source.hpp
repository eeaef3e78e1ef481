#pragma once

#include "cairn/assert.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cairn::testing {

/// Numbers that look like chance and follow from a seed: the same ones everywhere, whatever the
/// compiler and the library. (SplitMix64.) Not for secrets. One thread.
class random_source {
 public:
  explicit random_source(std::uint64_t seed) noexcept : state_(seed) {}

  [[nodiscard]] std::uint64_t next() noexcept {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31U);
  }

  /// From 0 up to, but not including, `end`. @pre end > 0
  [[nodiscard]] std::uint64_t below(std::uint64_t end) {
    CAIRN_ASSERT(end > 0);
    // A little uneven for an `end` beyond any list or amount; nobody here would notice.
    return next() % end;
  }

  /// From `least` to `most`, both included. @pre least <= most
  [[nodiscard]] std::int64_t between(std::int64_t least, std::int64_t most) {
    CAIRN_ASSERT(least <= most);
    const std::uint64_t width =
        static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
    const std::uint64_t step = width + 1 == 0 ? next() : below(width + 1);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(least) + step);
  }

  /// From 0 to `most`, both included. @pre most >= 0
  [[nodiscard]] std::chrono::nanoseconds up_to(std::chrono::nanoseconds most) {
    return std::chrono::nanoseconds{between(0, most.count())};
  }

  /// True so often: never for 0, always for 1.
  [[nodiscard]] bool chance(double of_one) noexcept {
    // 53 bits: as many as a double can tell apart.
    return static_cast<double>(next() >> 11U) < of_one * 9007199254740992.0;
  }

 private:
  std::uint64_t state_;
};

}  // namespace cairn::testing
