#pragma once

#include "cairn/clock.hpp"
#include "cairn/ids.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::persistence {

/// How long the command ids of one aggregate type are remembered. For ever where neither is given;
/// with both, an id is forgotten as soon as one of them allows it.
struct outcome_retention {
  /// An id that is older is unknown, at once. Not negative.
  std::optional<std::chrono::nanoseconds> age_max = std::nullopt;
  /// So many ids of each aggregate, the newest ones, are remembered at least; older ones may be.
  std::optional<std::uint64_t> count_max = std::nullopt;

  bool operator==(const outcome_retention&) const = default;
};

/// The same for all aggregate types.
struct outcome_keeping {
  /// A type that is not here remembers its ids for ever.
  std::map<std::string, outcome_retention> by_type = {};
  /// Tells how old an id is. Null: the machine's clock. Outlives the store.
  const clock* time = nullptr;

  /// Null when ids of this type are remembered for ever. Any thread. Does not allocate.
  [[nodiscard]] const outcome_retention* of(std::string_view aggregate_type) const noexcept;
  [[nodiscard]] timestamp now() const noexcept {
    return time != nullptr ? time->now() : system_clock{}.now();
  }
};

/// Whether what happened at `then` is longer ago than `age_max`.
[[nodiscard]] inline bool is_older(timestamp then,
                                   std::optional<std::chrono::nanoseconds> age_max,
                                   timestamp now) noexcept {
  return age_max && now > then && now - then > *age_max;
}

}  // namespace cairn::persistence
