#pragma once

#include "shop/domain/invoice_kind.hpp"
#include "shop/domain/order_stage.hpp"
#include "shop/domain/payment_events.hpp"

#include <string_view>

namespace shop {

/// For people.
[[nodiscard]] std::string_view to_text(order_stage stage) noexcept;
[[nodiscard]] std::string_view to_text(invoice_kind kind) noexcept;
[[nodiscard]] std::string_view to_text(payment_refusal why) noexcept;

}  // namespace shop
