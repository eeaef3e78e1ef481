#pragma once

#include "fines/domain/case_events.hpp"
#include "fines/domain/money.hpp"
#include "support/values.hpp"

#include <cstdint>

namespace fines::testing {

/// @pre it is one
[[nodiscard]] inline calendar_day day(const char* text) {
  return *support::parse_day(text);
}

/// From a log; its row is its seq.
[[nodiscard]] inline happening at(std::uint64_t seq, const char* date) {
  return {day(date), seq, seq};
}

/// Not from a log.
[[nodiscard]] inline happening on(const char* date) {
  return {day(date)};
}

[[nodiscard]] inline fine_created created(const happening& when, std::int64_t amount_cents) {
  fine_created fact;
  fact.at = when;
  fact.amount_cents = amount_cents;
  return fact;
}

}  // namespace fines::testing
