#pragma once

#include "shop/app/exit_code.hpp"

#include <cairn/config.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shop {

struct cart_item {
  std::string stock_code;
  std::int64_t quantity = 0;
  std::int64_t unit_price_mils = 0;
};

/// "85123A:6:2.55"
[[nodiscard]] std::optional<cart_item> parse_priced_item(std::string_view text);

/// "85123A:6"; the price is 0.
[[nodiscard]] std::optional<cart_item> parse_item(std::string_view text);

struct buy_options {
  std::string customer;
  std::string country;
  std::vector<cart_item> add;
  /// Their prices do not matter.
  std::vector<cart_item> remove;
  /// Otherwise the cart is only filled and shown.
  bool check_out = true;
};

/// Fills the customer's cart and checks it out: places an order, and waits until it is paid. When
/// the account would be overdrawn, the order is cancelled again.
[[nodiscard]] exit_code buy(const cairn::config& settings, const buy_options& options);

}  // namespace shop
