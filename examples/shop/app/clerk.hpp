#pragma once

#include "shop/domain/heading.hpp"

#include <cstdint>
#include <string>

namespace shop {

/// What a new customer may owe, until somebody decides otherwise: 1,000.00
inline constexpr std::int64_t first_credit_line_mils = 1'000'000;

/// The id under which an account is opened, by whoever comes first.
[[nodiscard]] inline std::string open_command_id(const std::string& customer) {
  return "open/" + customer;
}

/// What the clock in the shop shows.
[[nodiscard]] business_time shop_time();

}  // namespace shop
