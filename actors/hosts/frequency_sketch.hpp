#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cairn::actors {

/// About how often each key was seen, also keys of those asleep: a count-min sketch with counters
/// of four bits, which are halved when much has been seen, so that old uses count less.
///
/// A key has four counters, all in one line of the cache; its count is the smallest of them, so it
/// is never too small before halving, and too large only where all four are shared. 8 bytes for
/// each key that there is room for, in powers of two.
class frequency_sketch {
 public:
  static constexpr std::uint32_t count_max = 15;

  frequency_sketch();

  /// Makes room for about so many keys; what has been counted stays. Never shrinks. Without memory
  /// for it, it stays as it is, and counts are more often too large.
  void grow_to(std::size_t keys) noexcept;
  void add(std::uint64_t hash) noexcept;
  [[nodiscard]] std::uint32_t count_of(std::uint64_t hash) const noexcept;

  [[nodiscard]] std::size_t bytes() const noexcept { return lines_.size() * sizeof(line); }
  [[nodiscard]] std::uint64_t halvings() const noexcept { return halvings_; }

 private:
  // 128 counters.
  struct alignas(64) line {
    std::array<std::uint64_t, 8> words{};
  };
  static constexpr std::size_t keys_per_line = 8;
  static constexpr std::uint64_t adds_per_key = 10;

  [[nodiscard]] static std::uint32_t smallest_of(const line& at, std::uint64_t mixed) noexcept;
  void halve() noexcept;

  /// A power of two.
  std::vector<line> lines_;
  std::uint64_t keys_ = keys_per_line;
  std::uint64_t adds_ = 0;
  std::uint64_t halvings_ = 0;
};

}  // namespace cairn::actors
