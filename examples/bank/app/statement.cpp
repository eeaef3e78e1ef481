#include "bank/app/statement.hpp"

#include "bank/app/ask.hpp"
#include "bank/app/collect.hpp"
#include "bank/app/counter.hpp"
#include "bank/read_models/ledger.hpp"
#include "support/text_table.hpp"
#include "support/values.hpp"

#include <iostream>

namespace bank {

namespace {

using align = support::text_table::align;

void print_page(const std::string& number, const statement::page& page) {
  support::text_table table{{{"seq"},
                             {"date", align::left},
                             {"kind", align::left},
                             {"operation", align::left},
                             {"symbol", align::left},
                             {"partner", align::left},
                             {"amount"},
                             {"balance"}}};
  table.row({"", "", "before", "", "", "", "", support::format_cents(page.balance_cents_before)});
  for (const log_entry& line : page.lines) {
    const bool has_bank = !line.partner_bank.empty();
    table.row({std::to_string(line.seq),
               support::format_day(line.date),
               line.kind,
               line.operation,
               line.symbol,
               has_bank ? line.partner_account + '/' + line.partner_bank : line.partner_account,
               support::format_cents(line.change_cents()),
               support::format_cents(line.balance_cents)});
  }
  std::cout << "statement of account " << number << '\n';
  table.print(std::cout);
}

/// Whether there is such an account; not_found if not.
exit_code look_for(cairn::runtime& app, const std::string& number) {
  const auto found = app.aggregate<account>(number).state();
  if (!found) return report_failure(found.error());
  return found->state.is_open ? exit_code::done : report_no_account(number);
}

exit_code print_past(cairn::runtime& app, const std::string& number, business_day at) {
  if (const auto is_there = look_for(app, number); is_there != exit_code::done) return is_there;
  const auto then = accounts_as_of(app, at, number);
  if (!then) return report_failure(then.error());
  const past_figures past = then->empty() ? past_figures{number} : then->front();
  std::cout << "account " << number << ", at the end of " << support::format_day(at) << '\n'
            << "  balance          " << support::format_cents(past.balance_cents) << '\n'
            << "  movements        " << past.movements << '\n';
  return exit_code::done;
}

}  // namespace

exit_code print_statement(const cairn::config& settings, const statement_options& options) {
  return with_store(settings, if_absent::refuse, [&options](cairn::runtime& app) {
    const std::string& number = options.account;
    if (const auto is_there = look_for(app, number); is_there != exit_code::done) return is_there;
    statement question{.account = number};
    if (options.from) question.from = *options.from;
    if (options.until) question.until = *options.until;
    const auto page = ask<ledger>(app, question);
    if (!page) return report_failure(page.error());
    print_page(number, *page);
    return exit_code::done;
  });
}

exit_code print_balance(const cairn::config& settings,
                        const std::string& number,
                        std::optional<business_day> at) {
  return with_store(settings, if_absent::refuse, [&](cairn::runtime& app) {
    return at ? print_past(app, number, *at) : print_account(app, number);
  });
}

}  // namespace bank
