#include "bank/app/command_line.hpp"

#include "bank/app/counter.hpp"
#include "bank/app/export.hpp"
#include "bank/app/import.hpp"
#include "bank/app/statement.hpp"
#include "bank/app/transfer.hpp"
#include "support/program.hpp"
#include "support/values.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace bank {

namespace {

constexpr const char* description =
    "A bank on Cairn: accounts as aggregates, the ledger and the turnover as read models, and the\n"
    "balance of any account at any date.";

std::int64_t amount_argument(const std::string& text) {
  const auto cents = support::parse_cents(text);
  if (!cents) throw CLI::ValidationError(text, "is no amount such as 12.50");
  return *cents;
}

/// A name of an account that can be printed in a line.
CLI::Validator account_name() {
  return {[](const std::string& text) -> std::string {
            if (auto good = cairn::check_aggregate_id(text); !good) return good.error().detail;
            const bool is_plain = std::none_of(text.begin(), text.end(), [](unsigned char byte) {
              return std::iscntrl(byte) != 0;
            });
            return is_plain ? "" : "an account's number must not have control characters";
          },
          ""};
}

/// Beside it, the ids of commands have a prefix.
CLI::Validator wish_id() {
  constexpr std::size_t longest = 100;
  return support::not_empty() &
         CLI::Validator{[](const std::string& text) -> std::string {
                          if (text.size() <= longest) return "";
                          return "an id has at most " + std::to_string(longest) + " bytes";
                        },
                        ""};
}

/// The subcommands, with the places that their arguments go to. Lives as long as the parsing.
class command_line {
 public:
  command_line() {
    program_.add_import(
        "Import a bank's log: one row, one command. May be repeated",
        [this](const support::import_options& options) { return import_file(settings_, options); });
    add_export();
    add_counter("open", "Open an account, with an overdraft limit", "LIMIT", open);
    add_counter("deposit", "Pay into an account", "AMOUNT", pay_in);
    add_counter("withdraw", "Pay out of an account, down to its limit", "AMOUNT", pay_out);
    add_counter("limit", "Set an account's overdraft limit", "LIMIT", change_limit);
    add_transfer();
    add_statement();
    add_balance();
    program_.add_verify([this] { return open_store(settings_, if_absent::refuse); });
  }

  int run(int argument_count, char** arguments) { return program_.run(argument_count, arguments); }

 private:
  void add_export() {
    auto* const command = program_.subcommand("export", "Write six tables as CSV files", [this] {
      std::set<business_day> days;
      for (const auto& text : days_)
        days.insert(support::day_argument(text));
      return export_tables(settings_, folder_, days);
    });
    command->add_option("FOLDER", folder_, "Where to")->required();
    command->add_option("--asof", days_, "A day of bank_asof.csv, YYYY-MM-DD; may be repeated");
  }

  using counter = exit_code(const cairn::config&, const counter_options&);

  void add_counter(const std::string& name,
                   const std::string& what,
                   const std::string& amount,
                   counter& serve) {
    auto* const command = program_.subcommand(name, what, [this, &serve] {
      read_counter_options();
      return serve(settings_, counter_);
    });
    command->add_option("ACCOUNT", counter_.account, "The account's number")
        ->required()
        ->check(account_name());
    auto* const cents = command->add_option(amount, amount_, "Such as 12.50");
    // Without a limit an account has none.
    if (name != "open") cents->required();
    if (name != "limit") command->add_option("--date", date_, "YYYY-MM-DD (default today)");
    command->add_option("--id", counter_.command_id, "Repeated with it, the wish counts once")
        ->check(wish_id());
  }

  void read_counter_options() {
    counter_.cents = amount_argument(amount_);
    counter_.date = date_.empty() ? today() : support::day_argument(date_);
  }

  void add_transfer() {
    auto* const command = program_.subcommand(
        "transfer", "Move money from one account to another, all or nothing", [this] {
          read_counter_options();
          return transfer(
              settings_,
              {counter_.account, to_, counter_.cents, counter_.date, counter_.command_id});
        });
    command->add_option("FROM", counter_.account, "The account to take from")
        ->required()
        ->check(account_name());
    command->add_option("TO", to_, "The account to give to")->required()->check(account_name());
    command->add_option("AMOUNT", amount_, "Such as 12.50")->required();
    command->add_option("--date", date_, "YYYY-MM-DD (default today)");
    command->add_option("--id", counter_.command_id, "Repeated with it, the transfer counts once")
        ->check(wish_id());
  }

  void add_statement() {
    auto* const command = program_.subcommand("statement", "Print an account's movements", [this] {
      if (!from_.empty()) statement_.from = support::day_argument(from_);
      if (!until_.empty()) statement_.until = support::day_argument(until_);
      if (statement_.from && statement_.until && *statement_.from > *statement_.until) {
        throw CLI::ValidationError("--from", "lies behind --to");
      }
      return print_statement(settings_, statement_);
    });
    command->add_option("ACCOUNT", statement_.account, "The account's number")
        ->required()
        ->check(account_name());
    command->add_option("--from", from_, "The first day, YYYY-MM-DD");
    command->add_option("--to", until_, "The last day, YYYY-MM-DD");
  }

  void add_balance() {
    auto* const command = program_.subcommand("balance", "Print an account's balance", [this] {
      if (date_.empty()) return print_balance(settings_, counter_.account, {});
      return print_balance(settings_, counter_.account, support::day_argument(date_));
    });
    command->add_option("ACCOUNT", counter_.account, "The account's number")
        ->required()
        ->check(account_name());
    command->add_option("--at", date_, "At the end of this day, YYYY-MM-DD");
  }

  support::program program_{"bank", description};
  const cairn::config& settings_ = program_.settings();
  std::filesystem::path folder_;
  std::vector<std::string> days_;
  std::string to_;
  std::string amount_ = "0";
  std::string date_;
  std::string from_;
  std::string until_;
  counter_options counter_;
  statement_options statement_;
};

}  // namespace

int run_command_line(int argument_count, char** arguments) {
  return command_line{}.run(argument_count, arguments);
}

}  // namespace bank
