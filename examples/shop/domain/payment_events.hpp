#pragma once

#include "shop/domain/heading.hpp"
#include "shop/domain/line.hpp"

#include "cairn/fields.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What happens to an order's payment. An amount below zero is to be given back, as those of
// cancellations are. The names reach the disk and never change.

namespace shop {

/// Why an order was not paid. Stored: add new ones at the end.
enum class payment_refusal : std::uint8_t { overdrawn, no_account, amount_too_large, too_late };

/// The customer is to pay. The process manager `payment` takes it from here.
struct payment_requested {
  static constexpr std::string_view stable_name = "payment_requested";
  std::string account;
  std::int64_t amount_mils = 0;
  business_time time{};
  /// What is not paid by then is cancelled. Zero: without a deadline, and never cancelled.
  std::chrono::seconds within{0};

  bool operator==(const payment_requested&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("account", account),
                  cairn::field("amount_mils", amount_mils),
                  cairn::field("time", time),
                  cairn::field("within", within));
  }
};

/// What was asked for has been paid.
struct confirmed {
  static constexpr std::string_view stable_name = "confirmed";
  std::int64_t amount_mils = 0;
  business_time time{};

  bool operator==(const confirmed&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("amount_mils", amount_mils), cairn::field("time", time));
  }
};

/// What was asked for will not be paid.
struct payment_refused {
  static constexpr std::string_view stable_name = "payment_refused";
  std::int64_t amount_mils = 0;
  payment_refusal why{};
  business_time time{};

  bool operator==(const payment_refused&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("amount_mils", amount_mils),
                  cairn::field("why", why),
                  cairn::field("time", time));
  }
};

/// The order was cancelled or sent back: its lines go off the books on an invoice of their own, and
/// what was paid goes back.
struct reversal_requested {
  static constexpr std::string_view stable_name = "reversal_requested";
  heading head;
  std::vector<line> lines;
  std::int64_t paid_mils = 0;

  bool operator==(const reversal_requested&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("head", head),
                  cairn::field("lines", lines),
                  cairn::field("paid_mils", paid_mils));
  }
};

}  // namespace shop
