#pragma once

#include "shop/domain/heading.hpp"
#include "shop/domain/line.hpp"
#include "shop/domain/payment_events.hpp"

#include "cairn/fields.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace shop {

/// Asks for what an invoice that was written elsewhere comes to, as far as it has not been asked
/// for. Without a deadline. Repeating it does nothing.
struct request_payment {
  static constexpr std::string_view stable_name = "request_payment";
  bool operator==(const request_payment&) const = default;
  template <class Archive> void serialize(Archive& /*archive*/, unsigned /*version*/) {}
};

/// What was asked for has been paid.
struct confirm {
  static constexpr std::string_view stable_name = "confirm";
  std::int64_t amount_mils = 0;
  business_time time{};

  bool operator==(const confirm&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("amount_mils", amount_mils), cairn::field("time", time));
  }
};

/// What was asked for will not be paid. An order with a deadline is cancelled.
struct refuse_payment {
  static constexpr std::string_view stable_name = "refuse_payment";
  std::int64_t amount_mils = 0;
  payment_refusal why{};
  business_time time{};

  bool operator==(const refuse_payment&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("amount_mils", amount_mils),
                  cairn::field("why", why),
                  cairn::field("time", time));
  }
};

/// Writes the invoice that takes another one off the books.
struct reverse {
  static constexpr std::string_view stable_name = "reverse";
  heading head;
  /// Those of the other invoice.
  std::vector<line> lines;
  /// What is to be given back.
  std::int64_t paid_mils = 0;

  bool operator==(const reverse&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("head", head),
                  cairn::field("lines", lines),
                  cairn::field("paid_mils", paid_mils));
  }
};

}  // namespace shop
