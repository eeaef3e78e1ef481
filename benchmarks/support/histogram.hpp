#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace bench {

namespace detail {

inline constexpr unsigned linear_bits = 7;
inline constexpr std::uint64_t linear = std::uint64_t{1} << linear_bits;

// Numbers below 2 * linear have a cell each. Each further power of two is cut into `linear` cells.
constexpr std::size_t cell_of(std::uint64_t value) noexcept {
  if (value < 2 * linear) return value;
  const auto power = static_cast<unsigned>(std::bit_width(value)) - linear_bits - 1;
  return power * linear + (value >> power);
}

constexpr std::uint64_t largest_in(std::size_t cell) noexcept {
  if (cell < 2 * linear) return cell;
  const std::uint64_t power = cell / linear - 1;
  return ((cell - power * linear + 1) << power) - 1;
}

}  // namespace detail

/// Counts durations from one nanosecond to ten minutes, to two significant digits.
///
/// Cells are linear within a power of two and double from one to the next, so each is less than 1 %
/// wide, whatever the duration. Longer durations count as the longest. Any thread records; reading
/// is exact once nobody records.
class histogram {
 public:
  static constexpr std::chrono::nanoseconds longest = std::chrono::minutes{10};
  static constexpr auto longest_ns = static_cast<std::uint64_t>(longest.count());

  void record(std::chrono::nanoseconds time, std::uint64_t times = 1) noexcept {
    const auto count =
        static_cast<std::uint64_t>(std::clamp(time, std::chrono::nanoseconds{0}, longest).count());
    cells_[detail::cell_of(count)].fetch_add(times, std::memory_order_relaxed);
  }

  /// Counts what the other one has counted as well.
  void add(const histogram& other) noexcept {
    other.each_cell(
        [this](std::chrono::nanoseconds time, std::uint64_t times) { record(time, times); });
  }

  /// Calls `visit` with the longest duration of a cell and its count, from short to long, for each
  /// cell that has one.
  template <class Visit> void each_cell(const Visit& visit) const {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const std::uint64_t times = cells_[i].load(std::memory_order_relaxed);
      if (times == 0) continue;
      visit(std::chrono::nanoseconds{static_cast<std::int64_t>(detail::largest_in(i))}, times);
    }
  }

  [[nodiscard]] std::uint64_t count() const noexcept {
    std::uint64_t all = 0;
    for (const auto& cell : cells_)
      all += cell.load(std::memory_order_relaxed);
    return all;
  }

  /// The shortest duration, but for the width of a cell, that this share of all did not exceed; 0
  /// when nothing was recorded.
  /// @param share from 0 to 1
  [[nodiscard]] std::chrono::nanoseconds quantile(double share) const noexcept {
    const auto all = static_cast<double>(count());
    const auto wanted = std::max<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(share * all)),
                                                std::uint64_t{1});
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      seen += cells_[i].load(std::memory_order_relaxed);
      if (seen >= wanted)
        return std::chrono::nanoseconds{static_cast<std::int64_t>(detail::largest_in(i))};
    }
    return {};
  }

 private:
  std::array<std::atomic<std::uint64_t>, detail::cell_of(longest_ns) + 1> cells_{};
};

}  // namespace bench
