#pragma once

#include "shop/domain/heading.hpp"
#include "shop/domain/invoice_kind.hpp"
#include "shop/domain/line.hpp"

#include "cairn/fields.hpp"

#include <string_view>

// What can happen to an order, but for its payment. The names reach the disk and never change.

namespace shop {

/// The first event of a sale.
struct placed {
  static constexpr std::string_view stable_name = "placed";
  heading head;

  bool operator==(const placed&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("head", head));
  }
};

/// The first event of an invoice that takes goods back; its quantities are negative.
struct cancellation_issued {
  static constexpr std::string_view stable_name = "cancellation_issued";
  heading head;

  bool operator==(const cancellation_issued&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("head", head));
  }
};

/// The first event of an invoice that corrects the accounts; its prices may be negative.
struct adjustment_issued {
  static constexpr std::string_view stable_name = "adjustment_issued";
  heading head;

  bool operator==(const adjustment_issued&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("head", head));
  }
};

/// One line of an invoice. It says all that a read model needs, its own heading included: within an
/// invoice the times differ by a minute now and then.
struct line_booked {
  static constexpr std::string_view stable_name = "line_booked";
  invoice_kind kind{};
  heading head;
  line what;

  bool operator==(const line_booked&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("kind", kind),
                  cairn::field("head", head),
                  cairn::field("line", what));
  }
};

struct shipped {
  static constexpr std::string_view stable_name = "shipped";
  business_time time{};

  bool operator==(const shipped&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("time", time));
  }
};

struct delivered {
  static constexpr std::string_view stable_name = "delivered";
  business_time time{};

  bool operator==(const delivered&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("time", time));
  }
};

/// Called off before it was shipped. A reversal_requested follows.
struct cancelled {
  static constexpr std::string_view stable_name = "cancelled";
  business_time time{};

  bool operator==(const cancelled&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("time", time));
  }
};

/// Sent back after it was shipped. A reversal_requested follows.
struct returned {
  static constexpr std::string_view stable_name = "returned";
  business_time time{};

  bool operator==(const returned&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("time", time));
  }
};

}  // namespace shop
