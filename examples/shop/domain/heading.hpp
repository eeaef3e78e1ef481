#pragma once

#include "cairn/fields.hpp"

#include <chrono>
#include <string>

namespace shop {

/// What the shop's own clock showed, without a time zone.
using business_time = std::chrono::local_seconds;

/// Who an invoice, or a line of it, belongs to, and when it was written.
struct heading {
  /// Empty when the customer is not known.
  std::string customer;
  std::string country;
  business_time time{};

  bool operator==(const heading&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("customer", customer),
                  cairn::field("country", country),
                  cairn::field("time", time));
  }
};

}  // namespace shop
