#include "shop/app/clerk.hpp"
#include "shop/app/orders.hpp"
#include "shop/app/rejections.hpp"
#include "shop/app/store.hpp"
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

/// Whether the books are still to be looked after, because the step was done by a program that may
/// have been killed before it came to them.
bool was_done_before(order_step step, order::rejection why) {
  return (step == order_step::cancel && why == order::rejection::already_cancelled) ||
         (step == order_step::send_back && why == order::rejection::already_returned);
}

exit_code look_after_the_books(cairn::runtime& app, const std::string& invoice) {
  const auto now = app.aggregate<order>(invoice).state();
  if (!now) return report_failure(now.error());
  const auto number = take_off_the_books(app, invoice, now->state);
  if (!number) return report_failure(number.error());
  std::cout << "taken off the books by cancellation " << *number << '\n';
  return exit_code::done;
}

exit_code step_of(cairn::runtime& app, const std::string& invoice, order_step step) {
  const auto done = ask(app, invoice, step);
  if (const auto* why = done.failed()) return report_failure(*why);
  const auto* rejection = done.rejected();
  if (rejection != nullptr && !was_done_before(step, *rejection)) {
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
