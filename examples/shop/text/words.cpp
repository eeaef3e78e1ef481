#include "shop/text/words.hpp"

namespace shop {

std::string_view to_text(order_stage stage) noexcept {
  switch (stage) {
    case order_stage::none: return "none";
    case order_stage::placed: return "placed";
    case order_stage::confirmed: return "confirmed";
    case order_stage::shipped: return "shipped";
    case order_stage::delivered: return "delivered";
    case order_stage::cancelled: return "cancelled";
    case order_stage::returned: return "returned";
  }
  return "unknown";
}

std::string_view to_text(invoice_kind kind) noexcept {
  switch (kind) {
    case invoice_kind::order: return "order";
    case invoice_kind::cancellation: return "cancellation";
    case invoice_kind::adjustment: return "adjustment";
  }
  return "unknown";
}

std::string_view to_text(payment_refusal why) noexcept {
  switch (why) {
    case payment_refusal::overdrawn: return "the balance and the credit line do not suffice";
    case payment_refusal::no_account: return "there is no such account";
    case payment_refusal::amount_too_large: return "the amount is too large";
    case payment_refusal::too_late: return "it was not paid in time";
  }
  return "unknown";
}

}  // namespace shop
