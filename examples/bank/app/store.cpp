#include "bank/app/store.hpp"

#include "bank/read_models/kinds.hpp"
#include "bank/read_models/ledger.hpp"
#include "bank/read_models/months.hpp"

#include <iostream>

namespace bank {

namespace {

std::string_view to_text(account::rejection why) {
  switch (why) {
    case account::rejection::already_open: return "the account is open already";
    case account::rejection::not_open: return "the account is not open";
    case account::rejection::limit_out_of_range:
      return "an overdraft limit must not be negative, nor too large";
    case account::rejection::amount_not_positive: return "the amount must be positive";
    case account::rejection::amount_out_of_range: return "the amount is too large";
    case account::rejection::date_before_last: return "the account has a later movement already";
    case account::rejection::overdrawn: return "the balance and the overdraft limit do not suffice";
  }
  return "unknown";
}

}  // namespace

cairn::result<cairn::runtime> open_store(const cairn::config& settings, if_absent then) {
  if (auto ready = support::prepare_folder(program_name, settings.store, then); !ready) {
    return ready.error();
  }
  return cairn::builder{settings}
      .log(cairn::stderr_log(cairn::log_level::warning))
      .add<account>({.snapshot_every = 100})
      .add_read_model<ledger>()
      .add_read_model<months>()
      .add_read_model<kinds>()
      .start();
}

exit_code with_store(const cairn::config& settings,
                     if_absent then,
                     const std::function<exit_code(cairn::runtime& app)>& use) {
  auto app = open_store(settings, then);
  if (!app) return report_failure(app.error());
  const exit_code so_far = use(*app);
  const auto stopped = app->stop();
  return stopped ? so_far : report_failure(stopped.error());
}

exit_code report_failure(const cairn::error& why) {
  return support::report_failure(program_name, why);
}

exit_code report_rejection(const std::string& number, account::rejection why) {
  if (why == account::rejection::not_open) return report_no_account(number);
  std::cerr << program_name << ": account " << number << ": " << to_text(why) << '\n';
  return exit_code::rejected;
}

exit_code report_no_account(const std::string& number) {
  std::cerr << program_name << ": there is no account " << number << '\n';
  return exit_code::not_found;
}

}  // namespace bank
