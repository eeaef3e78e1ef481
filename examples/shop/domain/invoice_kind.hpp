#pragma once

#include <cstdint>
#include <string_view>

namespace shop {

/// What an invoice does. Its number says so: cancellations begin with C, adjustments with A.
enum class invoice_kind : std::uint8_t { order, cancellation, adjustment };

[[nodiscard]] constexpr invoice_kind kind_of(std::string_view invoice) noexcept {
  if (invoice.starts_with('C')) return invoice_kind::cancellation;
  if (invoice.starts_with('A')) return invoice_kind::adjustment;
  return invoice_kind::order;
}

}  // namespace shop
