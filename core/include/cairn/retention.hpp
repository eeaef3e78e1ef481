#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace cairn {

/// Which events of a stream are shown to readers (`history`, `events`). It never changes a state:
/// aggregates and read models go on with all of their events. Nothing: not bounded that way.
struct retention {
  /// Only the newest so many.
  std::optional<std::uint64_t> count_max = {};
  /// Only those that are not older.
  std::optional<std::chrono::nanoseconds> age_max = {};

  bool operator==(const retention&) const = default;
};

/// Bounds nothing, and says so where saying nothing would mean less (see aggregate_options::shown).
inline constexpr retention show_all{.count_max = std::numeric_limits<std::uint64_t>::max()};

}  // namespace cairn
