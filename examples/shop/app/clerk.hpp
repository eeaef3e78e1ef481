#pragma once

#include "shop/domain/account.hpp"
#include "shop/domain/order.hpp"

#include <cairn/cairn.hpp>
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

/// Orders that came out of a cart have numbers that begin with W, and are debited.
[[nodiscard]] std::string web_order_number(const std::string& customer, std::uint64_t checkout);

/// Debits the customer for the order, once however often it is called.
[[nodiscard]] cairn::outcome<account> debit_for(cairn::runtime& app,
                                                const std::string& invoice,
                                                const order::state& placed);

/// Takes an order that was cancelled or sent back off the books: the same lines with negative
/// quantities on the invoice C-NUMBER; and pays it back if it was debited. Once, however often it
/// is called. Returns the number of that invoice.
[[nodiscard]] cairn::result<std::string> take_off_the_books(cairn::runtime& app,
                                                            const std::string& invoice,
                                                            const order::state& undone);

}  // namespace shop
