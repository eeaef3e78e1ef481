#pragma once

#include <algorithm>
#include <chrono>

namespace cairn::actors {

using wake_time = std::chrono::steady_clock::time_point;

/// When a wake with this delay is due. A delay beyond any process's life is cut, so that adding it
/// to the time of day cannot overflow.
[[nodiscard]] inline wake_time due_in(std::chrono::nanoseconds delay) {
  constexpr std::chrono::hours longest{24 * 365};
  return std::chrono::steady_clock::now() + std::min<std::chrono::nanoseconds>(delay, longest);
}

}  // namespace cairn::actors
