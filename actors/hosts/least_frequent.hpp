#pragma once

#include "hosts/replacement.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace cairn::actors {

/// The one used least often sleeps first; of several, the one used longest ago.
///
/// Uses are counted from 1 to 63, one list for each count. After ten uses of each that is awake, on
/// average, all counts are halved, so that old favourites go in the end: lists are joined, and a
/// slot finds its own halvings when it is used next. So no step depends on how many are awake.
class least_frequent final : public replacement {
 public:
  explicit least_frequent(rest_check rest_of);

  void added(slot& one) override;
  void used(slot& one) noexcept override;
  void removed(slot& one) noexcept override;
  [[nodiscard]] slot* next() override;

  /// How often it was used, old uses counting less. @pre added, and not removed
  [[nodiscard]] std::uint32_t count_of(const slot& one) const noexcept;

 private:
  static constexpr std::uint32_t count_max = 63;
  static constexpr std::uint64_t uses_between_halvings = 10;
  static constexpr int passed_over_for_each_count = 8;

  void put(slot& one, std::uint32_t count) noexcept;
  void take(slot& one, std::uint32_t count) noexcept;
  void note_use() noexcept;
  void halve() noexcept;
  /// The smallest count above `count` that one has; 0: none.
  [[nodiscard]] std::uint32_t next_count(std::uint32_t count) const noexcept;

  rest_check rest_of_;
  std::array<rank_list, count_max + 1> by_count_;
  /// Bit n: one has count n.
  std::uint64_t counts_there_ = 0;
  std::size_t size_ = 0;
  std::uint64_t uses_ = 0;
  std::uint32_t halvings_ = 0;
};

}  // namespace cairn::actors
