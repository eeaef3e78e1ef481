#pragma once

#include "shop/domain/heading.hpp"
#include "shop/domain/invoice_kind.hpp"
#include "shop/domain/line.hpp"

#include "cairn/fields.hpp"

#include <chrono>
#include <string_view>
#include <vector>

namespace shop {

/// Books a line of an invoice that was written elsewhere. The first one begins the invoice.
struct book_line {
  static constexpr std::string_view stable_name = "book_line";
  invoice_kind kind{};
  heading head;
  line what;

  bool operator==(const book_line&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("kind", kind),
                  cairn::field("head", head),
                  cairn::field("line", what));
  }
};

/// Places a new order with all its lines, as a cart has them at check-out, and asks for its
/// payment.
struct place {
  static constexpr std::string_view stable_name = "place";
  heading head;
  std::vector<line> lines;
  /// As payment_requested::within.
  std::chrono::seconds pay_within{0};

  bool operator==(const place&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("head", head),
                  cairn::field("lines", lines),
                  cairn::field("pay_within", pay_within));
  }
};

struct ship {
  static constexpr std::string_view stable_name = "ship";
  business_time time{};

  bool operator==(const ship&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("time", time));
  }
};

struct deliver {
  static constexpr std::string_view stable_name = "deliver";
  business_time time{};

  bool operator==(const deliver&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("time", time));
  }
};

struct cancel {
  static constexpr std::string_view stable_name = "cancel";
  business_time time{};

  bool operator==(const cancel&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("time", time));
  }
};

/// The customer sends the goods back.
struct send_back {
  static constexpr std::string_view stable_name = "send_back";
  business_time time{};

  bool operator==(const send_back&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("time", time));
  }
};

}  // namespace shop
