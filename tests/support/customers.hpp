#pragma once

#include "cairn/fields.hpp"
#include "cairn/table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

// Tables with indexes, for tests.

namespace cairn::tests {

struct customer {
  std::string country;
  std::int64_t spent_cents = 0;
  /// Nobody has to have one.
  std::optional<std::string> email;
  bool operator==(const customer&) const = default;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    cairn::fields(ar,
                  cairn::field("country", country),
                  cairn::field("spent_cents", spent_cents),
                  cairn::field("email", email));
  }
};

/// Of key and row: first letter of the id, and what was spent.
inline std::pair<std::string, std::int64_t> letter_and_spent(const std::string& id,
                                                             const customer& row) {
  return {id.substr(0, 1), row.spent_cents};
}

struct customer_tables {
  using line_key = std::tuple<std::string, std::int32_t, std::uint8_t>;

  cairn::table<std::string,
               customer,
               cairn::indexed_by<"country", &customer::country>,
               cairn::indexed_by<"spent", &customer::spent_cents>,
               cairn::indexed_by<"email", &customer::email>,
               cairn::indexed_by<"letter", &letter_and_spent>>
      customers;
  cairn::table<line_key, std::string> lines;

  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    cairn::fields(ar, cairn::field("customers", customers), cairn::field("lines", lines));
  }
};

}  // namespace cairn::tests
