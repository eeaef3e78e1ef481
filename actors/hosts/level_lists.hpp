#pragma once

#include "hosts/replacement.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace cairn::actors {

/// Slots in levels, each in the order of use. One that is new is on the lowest level; each use
/// lifts a slot by one. The levels above the lowest have room for a share of all. They keep to it
/// when somebody has to sleep, not before: whoever falls out of one is the newest of the level
/// below. Each fall undoes one lift, so on average they cost nothing.
class level_lists {
 public:
  static constexpr std::uint32_t levels_max = 8;

  /// @pre 2 <= levels <= levels_max, protected_percent < 100
  level_lists(std::uint32_t levels, std::uint32_t protected_percent);

  /// Onto the lowest level.
  void add(slot& one) noexcept;
  void use(slot& one) noexcept;
  void remove(slot& one) noexcept;
  /// From the lowest level that has one. Null: none was found.
  [[nodiscard]] slot* next(const replacement::rest_check& rest_of);
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  void keep_shares() noexcept;

  std::array<rank_list, levels_max> lists_;
  std::uint32_t levels_;
  std::uint32_t protected_percent_;
  std::size_t size_ = 0;
};

}  // namespace cairn::actors
