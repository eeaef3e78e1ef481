#include "bank/app/transfer.hpp"

#include "bank/app/counter.hpp"

#include "cairn/assert.hpp"

#include <iostream>

namespace bank {

cairn::result<std::optional<transfer_refusal>> move_money(cairn::runtime& app,
                                                          const transfer_options& options) {
  CAIRN_ASSERT(options.from != options.to);
  const std::string id = options.command_id.empty() ? "" : "transfer/" + options.command_id;
  const auto from = app.aggregate<account>(options.from);
  const auto to = app.aggregate<account>(options.to);
  const auto done = app.ask_atomically(
      cairn::ask_options{.command_id = cairn::command_id{id}, .timeout = answer_timeout},
      from.part(withdraw{options.cents, options.date, options.to}),
      to.part(deposit{options.cents, options.date, options.from}));
  if (const auto* why = done.failed()) return *why;
  if (const auto* why = done.rejected()) {
    // Both parts are accounts, so there is a reason.
    return std::optional{
        transfer_refusal{why->part == 0 ? options.from : options.to, why->as<account>().value()}};
  }
  return std::optional<transfer_refusal>{};
}

exit_code transfer(const cairn::config& settings, const transfer_options& options) {
  if (options.from == options.to) {
    std::cerr << program_name << ": a transfer needs two accounts\n";
    return exit_code::usage;
  }
  return with_store(settings, if_absent::refuse, [&options](cairn::runtime& app) {
    const auto refusal = move_money(app, options);
    if (!refusal) return report_failure(refusal.error());
    if (*refusal) return report_rejection((*refusal)->account, (*refusal)->why);
    const exit_code printed = print_account(app, options.from);
    return printed == exit_code::done ? print_account(app, options.to) : printed;
  });
}

}  // namespace bank
