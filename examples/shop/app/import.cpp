#include "shop/app/import.hpp"

#include "shop/app/batch_reader.hpp"
#include "shop/app/clerk.hpp"
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
        [this] {
          return "of " + format_count(static_cast<std::int64_t>(accounts_)) + " customers";
        });
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
    return exit_code::done;
  }

  exit_code open_accounts(const batch& some) {
    std::vector<cairn::addressed<account>> commands;
    for (const auto& customer : some.new_customers) {
      commands.push_back({.id = customer,
                          .wish = open_account{first_credit_line_mils},
                          .options = {.command_id = open_command_id(customer)}});
    }
    // An account that `shop buy` has opened is as good.
    const auto outcomes = support::send_all(app_, commands);
    if (!outcomes) return report_failure(outcomes.error());
    accounts_ += commands.size();
    return exit_code::done;
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
