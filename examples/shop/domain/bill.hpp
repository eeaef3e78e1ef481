#pragma once

#include "shop/domain/invoice_kind.hpp"
#include "shop/domain/payment_events.hpp"

#include "cairn/fields.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shop {

/// The account of all customers who are not known: they paid in cash.
inline constexpr std::string_view cash_account = "cash";

/// Which account pays for a customer's orders.
[[nodiscard]] inline std::string account_of(const std::string& customer) {
  return customer.empty() ? std::string{cash_account} : customer;
}

/// What an invoice has asked for, and what was paid. Amounts below zero are given back.
struct bill {
  /// Whatever has not been refused; the part that was paid included.
  std::int64_t asked_mils = 0;
  std::int64_t paid_mils = 0;
  /// Requests that are neither paid nor refused.
  std::uint32_t open_requests = 0;
  /// Of the newest request.
  std::chrono::seconds within{0};
  /// Of the newest request, if it was refused.
  std::optional<payment_refusal> refused = {};

  bool operator==(const bill&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, asked_mils, paid_mils, open_requests, within, refused);
  }

  /// Whether nothing is left to pay of an invoice that comes to `total_mils`.
  [[nodiscard]] bool is_settled(invoice_kind kind, std::int64_t total_mils) const noexcept {
    if (open_requests > 0) return false;
    // What takes an order off the books gives back what was paid, which may be less than the total.
    return kind == invoice_kind::cancellation || paid_mils == total_mils;
  }

  void add(const payment_requested& fact) {
    asked_mils += fact.amount_mils;
    ++open_requests;
    within = fact.within;
    refused.reset();
  }
  void add(const confirmed& fact) {
    paid_mils += fact.amount_mils;
    --open_requests;
  }
  void add(const payment_refused& fact) {
    asked_mils -= fact.amount_mils;
    --open_requests;
    refused = fact.why;
  }
};

}  // namespace shop
