#pragma once

#include "cairn/fields.hpp"

#include <cstdint>
#include <string>

namespace shop {

/// One line of an invoice. Prices are in mils, thousandths of the currency: no floating point.
struct line {
  std::uint64_t row = 0;
  std::string stock_code;
  std::string description;
  std::int64_t quantity = 0;
  std::int64_t unit_price_mils = 0;

  [[nodiscard]] std::int64_t total_mils() const noexcept { return quantity * unit_price_mils; }

  bool operator==(const line&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("row", row),
                  cairn::field("stock_code", stock_code),
                  cairn::field("description", description),
                  cairn::field("quantity", quantity),
                  cairn::field("unit_price_mils", unit_price_mils));
  }
};

// Limits that keep a sum over a thousand of the largest lines within 64 bits.
inline constexpr std::int64_t quantity_max = 10'000'000;
inline constexpr std::int64_t unit_price_mils_max = 900'000'000;

[[nodiscard]] constexpr bool is_within(std::int64_t value, std::int64_t limit) noexcept {
  return -limit <= value && value <= limit;
}

/// False for a line that could make a sum overflow.
[[nodiscard]] inline bool is_in_range(const line& one) noexcept {
  return is_within(one.quantity, quantity_max) &&
         is_within(one.unit_price_mils, unit_price_mils_max);
}

}  // namespace shop
