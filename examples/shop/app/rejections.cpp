#include "shop/app/rejections.hpp"

namespace shop {

std::string_view to_text(order::rejection why) noexcept {
  switch (why) {
    case order::rejection::already_placed: return "there is an order of this number already";
    case order::rejection::no_lines: return "an order needs a line";
    case order::rejection::line_out_of_range: return "the quantity or the price is too large";
    case order::rejection::quantity_not_positive: return "the quantity must be positive";
    case order::rejection::price_negative: return "the price must not be negative";
    case order::rejection::kind_differs: return "the invoice is of another kind";
    case order::rejection::not_a_sale: return "this invoice is no sale";
    case order::rejection::not_placed: return "there is no such order";
    case order::rejection::not_paid: return "the order has not been paid";
    case order::rejection::not_asked_for: return "no payment is awaited";
    case order::rejection::already_shipped: return "the order has been shipped already";
    case order::rejection::not_shipped: return "the order has not been shipped yet";
    case order::rejection::already_delivered: return "the order has been delivered already";
    case order::rejection::already_cancelled: return "the order has been cancelled";
    case order::rejection::already_returned: return "the order has been returned";
  }
  return "unknown";
}

std::string_view to_text(account::rejection why) noexcept {
  switch (why) {
    case account::rejection::already_open: return "the account is open already";
    case account::rejection::not_open: return "there is no such account";
    case account::rejection::credit_line_negative: return "a credit line must not be negative";
    case account::rejection::amount_not_positive: return "the amount must be positive";
    case account::rejection::amount_too_large: return "the amount is too large";
    case account::rejection::overdrawn: return "the balance and the credit line do not suffice";
  }
  return "unknown";
}

std::string_view to_text(cart::rejection why) noexcept {
  switch (why) {
    case cart::rejection::no_stock_code: return "an item needs a stock code";
    case cart::rejection::quantity_not_positive: return "the quantity must be positive";
    case cart::rejection::price_negative: return "the price must not be negative";
    case cart::rejection::price_differs: return "the cart has this item at another price";
    case cart::rejection::too_much: return "the quantity or the price is too large";
    case cart::rejection::not_in_cart: return "the cart has no such item";
    case cart::rejection::empty: return "the cart is empty";
  }
  return "unknown";
}

}  // namespace shop
