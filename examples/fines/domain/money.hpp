#pragma once

#include <chrono>
#include <cstdint>

namespace fines {

/// A day of the town's calendar, as data: it comes with a command and stays with its event.
using calendar_day = std::chrono::local_days;

// Money is counted in whole cents. With this limit a sum over nine hundred thousand of the largest
// amounts stays within 64 bits.
inline constexpr std::int64_t amount_cents_max = 10'000'000'000'000;

[[nodiscard]] constexpr bool is_within(std::int64_t value, std::int64_t limit) noexcept {
  return -limit <= value && value <= limit;
}

}  // namespace fines
