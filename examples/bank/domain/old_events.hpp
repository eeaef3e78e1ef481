#pragma once

#include "bank/domain/money.hpp"

#include "cairn/fields.hpp"

#include <cstdint>
#include <string_view>

// Events that this program no longer writes, but that older versions of it have stored.

namespace bank {

/// Version 1: what was paid in, or paid out if negative. Today `deposited` and `withdrawn`.
struct moved {
  static constexpr std::string_view stable_name = "moved";
  std::int64_t cents = 0;
  business_day date{};

  bool operator==(const moved&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("cents", cents), cairn::field("date", date));
  }
};

}  // namespace bank
