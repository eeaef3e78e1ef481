#include "bank/app/transfer.hpp"

#include "bank/app/counter.hpp"

#include "cairn/assert.hpp"

#include <iostream>

namespace bank {

namespace {

/// Apart from the ids of imported rows, and from those of transfers between other accounts.
std::string id_of(const transfer_options& options) {
  if (options.command_id.empty()) return {};
  return "transfer/" + options.from + '/' + options.to + '/' + options.command_id;
}

}  // namespace

cairn::result<transfer_result> move_money(cairn::runtime& app, const transfer_options& options) {
  CAIRN_ASSERT(options.from != options.to);
  const auto from = app.aggregate<account>(options.from);
  const auto to = app.aggregate<account>(options.to);
  const auto done =
      app.ask_atomically(cairn::ask_options{.command_id = cairn::command_id{id_of(options)},
                                            .timeout = answer_timeout},
                         from.part(withdraw{options.cents, options.date, options.to}),
                         to.part(deposit{options.cents, options.date, options.from}));
  if (const auto* why = done.failed()) return *why;
  if (const auto* why = done.rejected()) {
    // Both parts are accounts, so there is a reason.
    return transfer_result{
        transfer_refusal{why->part == 0 ? options.from : options.to, why->as<account>().value()}};
  }
  return transfer_result{.repeated = done.accepted()->repeated};
}

exit_code transfer(const cairn::config& settings, const transfer_options& options) {
  if (options.from == options.to) {
    std::cerr << program_name << ": a transfer needs two accounts\n";
    return exit_code::usage;
  }
  if (id_of(options).size() > cairn::message_id_max_bytes) {
    std::cerr << program_name << ": the id and the two accounts are too long together\n";
    return exit_code::usage;
  }
  return with_store(settings, if_absent::refuse, [&options](cairn::runtime& app) {
    const auto moved = move_money(app, options);
    if (!moved) return report_failure(moved.error());
    if (moved->refused) return report_rejection(moved->refused->account, moved->refused->why);
    if (moved->repeated) print_counted_before();
    const exit_code printed = print_account(app, options.from);
    return printed == exit_code::done ? print_account(app, options.to) : printed;
  });
}

}  // namespace bank
