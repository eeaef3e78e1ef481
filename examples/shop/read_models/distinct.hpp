#pragma once

#include "cairn/table.hpp"

#include <chrono>
#include <optional>

namespace shop {

/// What one more sighting changes in a count of distinct things by day.
struct sighting {
  /// The day on which the thing now counts, if it did not before.
  std::optional<std::chrono::local_days> counts_on;
  /// The later day on which it has counted until now.
  std::optional<std::chrono::local_days> no_longer_on;
};

/// Notes that `thing` was seen on `day`. A thing counts once, on the first of its days, in whatever
/// order the days become known.
template <class Thing>
[[nodiscard]] sighting note(cairn::table<Thing, std::chrono::local_days>& first_days,
                            const Thing& thing,
                            std::chrono::local_days day) {
  const auto before = first_days.get(thing);
  if (before && *before <= day) return {};
  first_days.put(thing, day);
  return {day, before};
}

/// Whether a row of `day` belongs to what was known at the end of `until`.
[[nodiscard]] inline bool is_until(std::chrono::local_days day,
                                   const std::optional<std::chrono::local_days>& until) {
  return !until || day <= *until;
}

}  // namespace shop
