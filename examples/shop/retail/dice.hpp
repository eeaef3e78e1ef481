#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace shop {

/// Chance that is the same on every machine: splitmix64, and whole numbers only. One thread.
class dice {
 public:
  explicit dice(std::uint64_t seed) : state_(seed) {}

  /// 0 to bound - 1. @pre bound > 0
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return next() % bound; }

  /// True `hits` times out of `of`.
  [[nodiscard]] bool happens(std::uint64_t hits, std::uint64_t of) { return below(of) < hits; }

  /// How fast large numbers become rare.
  enum class tail : std::uint8_t { thin, even, thick };

  /// 0 to bound - 1, by choosing a power of two first and then a number up to it: a heavy tail,
  /// after Zipf. With `even` each power is as likely as the next; `thin` and `thick` prefer the
  /// small and the large ones. @pre bound > 0
  [[nodiscard]] std::uint64_t heavy_tailed(std::uint64_t bound, tail shape) {
    const auto powers = static_cast<std::uint64_t>(std::bit_width(bound));
    for (;;) {
      std::uint64_t power = below(powers);
      if (shape == tail::thin) power = std::min(power, below(powers));
      if (shape == tail::thick) power = std::max(power, below(powers));
      const std::uint64_t first = std::uint64_t{1} << power;
      const std::uint64_t rank = first + below(first) - 1;
      if (rank < bound) return rank;
    }
  }

 private:
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31U);
  }

  std::uint64_t state_;
};

}  // namespace shop
