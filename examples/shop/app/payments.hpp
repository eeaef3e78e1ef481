#pragma once

#include "shop/domain/order.hpp"

#include <cairn/cairn.hpp>
#include <cstdint>
#include <functional>
#include <string>

namespace shop {

/// Blocks until every cart that was checked out is an order, and every order that has asked for its
/// payment is confirmed or refused, unless the account cannot be asked at present. As
/// support::settle.
[[nodiscard]] cairn::result<bool> settle_payments(
    cairn::runtime& app, const std::function<void(std::uint64_t steps)>& show = {});

/// For people: "28.05 paid by account 17850", "refused: it was not paid in time".
[[nodiscard]] std::string payment_text(const order::state& now);

}  // namespace shop
