#include "shop/app/clerk.hpp"
#include "shop/app/orders.hpp"
#include "shop/app/payments.hpp"
#include "shop/app/rejections.hpp"
#include "shop/app/store.hpp"
#include "shop/process_managers/payment.hpp"
#include "shop/text/words.hpp"

#include "cairn/assert.hpp"

#include <iostream>

namespace shop {

namespace {

cairn::outcome<order> ask(cairn::runtime& app, const std::string& invoice, order_step step) {
  const auto one = app.aggregate<order>(invoice);
  const business_time now = shop_time();
  switch (step) {
    case order_step::ship: return one.ask(ship{now}, {.timeout = answer_timeout});
    case order_step::deliver: return one.ask(deliver{now}, {.timeout = answer_timeout});
    case order_step::cancel: return one.ask(cancel{now}, {.timeout = answer_timeout});
    case order_step::send_back: return one.ask(send_back{now}, {.timeout = answer_timeout});
  }
  CAIRN_UNREACHABLE();
}

/// Waits until it is taken off the books and paid back.
exit_code look_after_the_books(cairn::runtime& app, const std::string& invoice) {
  if (const auto settled = settle_payments(app); !settled) return report_failure(settled.error());
  const std::string number = reversal_number(invoice);
  const auto found = app.aggregate<order>(number).state();
  if (!found) return report_failure(found.error());
  std::cout << "taken off the books by cancellation " << number << ": "
            << payment_text(found->state) << '\n';
  return exit_code::done;
}

exit_code step_of(cairn::runtime& app, const std::string& invoice, order_step step) {
  const auto done = ask(app, invoice, step);
  if (const auto* why = done.failed()) return report_failure(*why);
  if (const auto* rejection = done.rejected()) {
    std::cerr << "shop: order " << invoice << ": " << to_text(*rejection) << '\n';
    const bool is_unknown = *rejection == order::rejection::not_placed;
    return is_unknown ? exit_code::not_found : exit_code::rejected;
  }
  const auto now = app.aggregate<order>(invoice).state();
  if (!now) return report_failure(now.error());
  std::cout << "order " << invoice << " is " << to_text(now->state.stage) << ", version "
            << now->version.value << '\n';
  const bool is_undone = step == order_step::cancel || step == order_step::send_back;
  return is_undone ? look_after_the_books(app, invoice) : exit_code::done;
}

}  // namespace

exit_code take_step(const cairn::config& settings, const std::string& invoice, order_step step) {
  auto app = open_store(settings, if_absent::refuse);
  if (!app) return report_failure(app.error());
  return close_store(*app, step_of(*app, invoice, step));
}

}  // namespace shop
