#include "bank/app/counter.hpp"

#include "support/values.hpp"

#include <ctime>
#include <iostream>
#include <utility>

namespace bank {

namespace {

/// Apart from the ids of imported rows.
std::string id_of(const counter_options& options) {
  return options.command_id.empty() ? std::string{} : "counter/" + options.command_id;
}

/// Sends one command, and prints the account.
exit_code serve(const cairn::config& settings,
                if_absent then,
                const counter_options& options,
                const account::command& wish) {
  return with_store(settings, then, [&](cairn::runtime& app) {
    const auto answer = app.aggregate<account>(options.account)
                            .ask(wish, {.command_id = id_of(options), .timeout = answer_timeout});
    if (const auto* why = answer.failed()) return report_failure(*why);
    if (const auto* why = answer.rejected()) return report_rejection(options.account, *why);
    if (answer.accepted()->repeated) print_counted_before();
    return print_account(app, options.account);
  });
}

}  // namespace

void print_counted_before() {
  std::cout << "counted before, under this id\n";
}

business_day today() {
  const std::time_t now = std::time(nullptr);
  std::tm here{};
  localtime_r(&now, &here);
  return std::chrono::floor<std::chrono::days>(
      std::chrono::local_seconds{std::chrono::seconds{now + here.tm_gmtoff}});
}

exit_code open(const cairn::config& settings, const counter_options& options) {
  return serve(settings, if_absent::create, options, open_account{options.date, options.cents});
}

exit_code pay_in(const cairn::config& settings, const counter_options& options) {
  return serve(settings, if_absent::refuse, options, deposit{options.cents, options.date, {}});
}

exit_code pay_out(const cairn::config& settings, const counter_options& options) {
  return serve(settings, if_absent::refuse, options, withdraw{options.cents, options.date, {}});
}

exit_code change_limit(const cairn::config& settings, const counter_options& options) {
  return serve(settings, if_absent::refuse, options, set_limit{options.cents});
}

exit_code print_account(cairn::runtime& app, const std::string& number) {
  const auto found = app.aggregate<account>(number).state();
  if (!found) return report_failure(found.error());
  const account::state& now = found->state;
  if (!now.is_open) return report_no_account(number);
  std::cout << "account " << number << ", version " << found->version.value << '\n'
            << "  balance          " << support::format_cents(now.newest.balance_cents) << '\n'
            << "  overdraft limit  " << support::format_cents(now.limit_cents) << '\n'
            << "  movements        " << now.movements << '\n'
            << "  last date        " << support::format_day(now.newest.date) << '\n';
  return exit_code::done;
}

}  // namespace bank
