#include "shop/app/accounts.hpp"

#include "shop/app/rejections.hpp"
#include "shop/app/store.hpp"
#include "shop/domain/account.hpp"
#include "shop/text/values.hpp"

#include <iostream>

namespace shop {

namespace {

std::string credit_line_text(std::int64_t credit_line_mils) {
  if (credit_line_mils == account::amount_mils_max) return "unlimited";
  return format_money(credit_line_mils);
}

exit_code print_account(cairn::runtime& app, const std::string& customer) {
  const auto found = app.aggregate<account>(customer).state();
  if (!found) return report_failure(found.error());
  if (!found->state.is_open) {
    std::cerr << "shop: customer " << customer << " has no account\n";
    return exit_code::not_found;
  }
  std::cout << "account of customer " << customer << ", version " << found->version.value << '\n'
            << "  balance      " << format_money(found->state.balance_mils) << '\n'
            << "  credit line  " << credit_line_text(found->state.credit_line_mils) << '\n';
  return exit_code::done;
}

exit_code credit_account(cairn::runtime& app,
                         const std::string& customer,
                         std::int64_t amount_mils) {
  const auto paid = app.aggregate<account>(customer).ask(credit{amount_mils, "paid in"},
                                                         {.timeout = answer_timeout});
  if (const auto* why = paid.failed()) return report_failure(*why);
  if (const auto* why = paid.rejected()) {
    std::cerr << "shop: account of customer " << customer << ": " << to_text(*why) << '\n';
    return exit_code::rejected;
  }
  return print_account(app, customer);
}

exit_code open_new(cairn::runtime& app,
                   const std::string& customer,
                   std::int64_t credit_line_mils) {
  const auto opened = app.aggregate<account>(customer).ask(open_account{credit_line_mils},
                                                           {.timeout = answer_timeout});
  if (const auto* why = opened.failed()) return report_failure(*why);
  if (const auto* why = opened.rejected()) {
    std::cerr << "shop: account of customer " << customer << ": " << to_text(*why) << '\n';
    return exit_code::rejected;
  }
  return print_account(app, customer);
}

}  // namespace

exit_code open_account_of(const cairn::config& settings,
                          const std::string& customer,
                          std::int64_t credit_line_mils) {
  auto app = open_store(settings, if_absent::create);
  if (!app) return report_failure(app.error());
  return close_store(*app, open_new(*app, customer, credit_line_mils));
}

exit_code show_account(const cairn::config& settings, const std::string& customer) {
  auto app = open_store(settings, if_absent::refuse);
  if (!app) return report_failure(app.error());
  return close_store(*app, print_account(*app, customer));
}

exit_code pay_in(const cairn::config& settings,
                 const std::string& customer,
                 std::int64_t amount_mils) {
  auto app = open_store(settings, if_absent::refuse);
  if (!app) return report_failure(app.error());
  return close_store(*app, credit_account(*app, customer, amount_mils));
}

}  // namespace shop
