#include "shop/app/buy.hpp"

#include "shop/app/clerk.hpp"
#include "shop/app/payments.hpp"
#include "shop/app/rejections.hpp"
#include "shop/app/store.hpp"
#include "shop/domain/account.hpp"
#include "shop/domain/cart.hpp"
#include "shop/domain/order.hpp"
#include "shop/process_managers/checkout.hpp"
#include "shop/process_managers/payment.hpp"
#include "shop/text/values.hpp"
#include "shop/text/words.hpp"
#include "support/text_table.hpp"

#include <iostream>

namespace shop {

namespace {

/// A customer at the counter. Each step returns exit_code::done, or has said why not.
class counter {
 public:
  counter(cairn::runtime& app, const buy_options& options) : app_(app), options_(options) {}

  exit_code run() {
    for (const auto step : {&counter::open, &counter::fill, &counter::show_cart}) {
      if (const auto done = (this->*step)(); done != exit_code::done) return done;
    }
    if (!options_.check_out) return exit_code::done;
    for (const auto step : {&counter::check_out, &counter::await_payment}) {
      if (const auto done = (this->*step)(); done != exit_code::done) return done;
    }
    return exit_code::done;
  }

 private:
  template <class A> exit_code judge(const cairn::outcome<A>& answer) const {
    if (const auto* why = answer.failed()) return report_failure(*why);
    if (const auto* why = answer.rejected()) {
      std::cerr << "shop: " << to_text(*why) << '\n';
      return exit_code::rejected;
    }
    return exit_code::done;
  }

  exit_code open() {
    const auto opened =
        app_.aggregate<account>(options_.customer)
            .ask(open_account{first_credit_line_mils},
                 {.command_id = open_command_id(options_.customer), .timeout = answer_timeout});
    const auto* why = opened.failed();
    return why != nullptr ? report_failure(*why) : exit_code::done;
  }

  exit_code fill() {
    const auto mine = app_.aggregate<cart>(options_.customer);
    for (const auto& [stock_code, quantity, price] : options_.add) {
      const auto added =
          judge(mine.ask(add_item{stock_code, quantity, price}, {.timeout = answer_timeout}));
      if (added != exit_code::done) return added;
    }
    for (const auto& [stock_code, quantity, price] : options_.remove) {
      const auto removed =
          judge(mine.ask(remove_item{stock_code, quantity}, {.timeout = answer_timeout}));
      if (removed != exit_code::done) return removed;
    }
    return exit_code::done;
  }

  exit_code show_cart() {
    const auto now = app_.aggregate<cart>(options_.customer).state();
    if (!now) return report_failure(now.error());
    support::text_table table{
        {{"stock code", support::text_table::align::left}, {"quantity"}, {"price"}, {"total"}}};
    for (const auto& [stock_code, one] : now->state.items) {
      table.row({stock_code,
                 format_count(one.quantity),
                 format_money(one.unit_price_mils),
                 format_money(one.quantity * one.unit_price_mils)});
    }
    std::cout << "cart of customer " << options_.customer << '\n';
    table.print(std::cout);
    return exit_code::done;
  }

  exit_code check_out() {
    const auto mine = app_.aggregate<cart>(options_.customer);
    const auto done = judge(
        mine.ask(shop::check_out{options_.country, shop_time()}, {.timeout = answer_timeout}));
    if (done != exit_code::done) return done;
    const auto now = mine.state();
    if (!now) return report_failure(now.error());
    number_ = web_order_number(options_.customer, now->state.checkouts);
    return exit_code::done;
  }

  /// Process managers place the order and have it paid; here they are waited for.
  exit_code await_payment() {
    if (const auto settled = settle_payments(app_); !settled) {
      return report_failure(settled.error());
    }
    const auto found = app_.aggregate<order>(number_).state();
    if (!found) return report_failure(found.error());
    const order::state& now = found->state;
    const std::string text =
        "order " + number_ + " is " + std::string{to_text(now.stage)} + ": " + payment_text(now);
    if (now.stage != order_stage::cancelled) {
      std::cout << text << '\n';
      return exit_code::done;
    }
    std::cerr << "shop: " << text << ". It is off the books by " << reversal_number(number_)
              << '\n';
    return exit_code::rejected;
  }

  cairn::runtime& app_;
  const buy_options& options_;
  std::string number_;
};

}  // namespace

std::optional<cart_item> parse_item(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos) return std::nullopt;
  const auto quantity = parse_integer(text.substr(colon + 1));
  if (!quantity) return std::nullopt;
  return cart_item{std::string{text.substr(0, colon)}, *quantity, 0};
}

std::optional<cart_item> parse_priced_item(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto item = parse_item(text.substr(0, colon));
  const auto price = parse_mils(text.substr(colon + 1));
  if (!item || !price) return std::nullopt;
  item->unit_price_mils = *price;
  return item;
}

exit_code buy(const cairn::config& settings, const buy_options& options) {
  auto app = open_store(settings, if_absent::create);
  if (!app) return report_failure(app.error());
  return close_store(*app, counter{*app, options}.run());
}

}  // namespace shop
