#pragma once

#include <chrono>
#include <cstdint>

namespace bank {

/// A day of the bank's calendar, as data: it comes with a command and stays with its event.
using business_day = std::chrono::local_days;

// Money is counted in whole cents. With these limits a sum over nine hundred thousand of the
// largest movements stays within 64 bits.
inline constexpr std::int64_t amount_cents_max = 10'000'000'000'000;
inline constexpr std::int64_t balance_cents_max = 100 * amount_cents_max;

[[nodiscard]] constexpr bool is_within(std::int64_t value, std::int64_t limit) noexcept {
  return -limit <= value && value <= limit;
}

}  // namespace bank
