#pragma once

#include <cstdint>
#include <limits>

namespace cairn {

/// How rows of a table are visited. It says nothing about which rows: see table::each_between and
/// the others.
struct walk_options {
  static constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

  /// From the last row to the first. Takes no longer than ascending.
  bool descending = false;
  /// The walk ends after so many rows; 0: before the first.
  std::uint64_t limit = no_limit;
};

}  // namespace cairn
