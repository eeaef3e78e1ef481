#pragma once

#include "shop/domain/account.hpp"
#include "shop/domain/cart.hpp"
#include "shop/domain/order.hpp"

#include <string_view>

namespace shop {

/// For people: "the order has been shipped already".
[[nodiscard]] std::string_view to_text(order::rejection why) noexcept;
[[nodiscard]] std::string_view to_text(account::rejection why) noexcept;
[[nodiscard]] std::string_view to_text(cart::rejection why) noexcept;

}  // namespace shop
