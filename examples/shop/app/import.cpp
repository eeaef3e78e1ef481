#include "shop/app/import.hpp"

#include "shop/app/batch_reader.hpp"
#include "shop/app/payments.hpp"
#include "shop/app/rejections.hpp"
#include "shop/app/store.hpp"
#include "shop/domain/account.hpp"
#include "shop/text/values.hpp"
#include "support/importer.hpp"
#include "support/send.hpp"

#include <iostream>

namespace shop {

namespace {

class importer {
 public:
  importer(cairn::runtime& app, const import_options& options)
      : app_(app), options_(options), reader_(options.file, options.batch, options.malformed) {}

  exit_code run() {
    return support::run_import(
        "shop",
        options_,
        reader_,
        [this](const batch& some, support::import_tally& count) { return send(some, count); },
        [this] { return "of " + format_count(static_cast<std::int64_t>(accounts_)) + " accounts"; },
        [this](support::progress& shown) { return await_payments(shown); });
  }

 private:
  exit_code send(const batch& some, support::import_tally& count) {
    if (const auto opened = open_accounts(some); opened != exit_code::done) return opened;
    const auto outcomes = support::send_all(app_, some.lines);
    if (!outcomes) return report_failure(outcomes.error());
    for (std::size_t i = 0; i < outcomes->size(); ++i) {
      const cairn::outcome<order>& one = (*outcomes)[i];
      if (const auto* why = one.rejected()) {
        std::cerr << "shop: line " << some.file_lines[i] << ", invoice " << some.lines[i].id.text()
                  << ": " << to_text(*why) << '\n';
        return exit_code::rejected;
      }
      ++count.rows;
      if (one.accepted()->repeated) ++count.rows_known_before;
    }
    return request_payments(some);
  }

  /// Whoever stands in the log has been given credit for it.
  exit_code open_accounts(const batch& some) {
    std::vector<cairn::addressed<account>> commands;
    for (const auto& id : some.new_accounts) {
      commands.push_back({.id = id,
                          .wish = agree_credit{account::amount_mils_max},
                          .options = {.command_id = "credit/" + id}});
    }
    const auto outcomes = support::send_all(app_, commands);
    if (!outcomes) return report_failure(outcomes.error());
    accounts_ += commands.size();
    return exit_code::done;
  }

  /// Repeated, it asks for nothing: no ids.
  exit_code request_payments(const batch& some) {
    std::vector<cairn::addressed<order>> commands;
    for (const auto& invoice : some.ended_invoices)
      commands.push_back({.id = invoice, .wish = request_payment{}, .options = {}});
    const auto outcomes = support::send_all(app_, commands);
    if (!outcomes) return report_failure(outcomes.error());
    for (std::size_t i = 0; i < outcomes->size(); ++i) {
      const auto* why = (*outcomes)[i].rejected();
      if (why == nullptr) continue;
      std::cerr << "shop: payment of invoice " << some.ended_invoices[i] << ": " << to_text(*why)
                << '\n';
      return exit_code::rejected;
    }
    return exit_code::done;
  }

  exit_code await_payments(support::progress& shown) {
    const auto settled = settle_payments(
        app_, [&shown](std::uint64_t steps) { shown.show_left(steps, "steps of payments"); });
    if (!settled) return report_failure(settled.error());
    if (*settled) return exit_code::done;
    std::cerr << "shop: interrupted; the payments go on when the store is opened again\n";
    return static_cast<exit_code>(static_cast<int>(exit_code::interrupted) +
                                  support::stop_signal());
  }

  cairn::runtime& app_;
  const import_options& options_;
  batch_reader reader_;
  std::uint64_t accounts_ = 0;
};

}  // namespace

exit_code import_file(const cairn::config& settings, const import_options& options) {
  auto app = open_store(settings, if_absent::create);
  if (!app) return report_failure(app.error());
  return close_store(*app, importer{*app, options}.run());
}

}  // namespace shop
