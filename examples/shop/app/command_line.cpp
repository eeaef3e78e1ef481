#include "shop/app/command_line.hpp"

#include "shop/app/accounts.hpp"
#include "shop/app/buy.hpp"
#include "shop/app/exit_code.hpp"
#include "shop/app/generate_file.hpp"
#include "shop/app/import.hpp"
#include "shop/app/orders.hpp"
#include "shop/app/report.hpp"
#include "shop/app/second_opinion.hpp"
#include "shop/app/store.hpp"
#include "shop/text/values.hpp"
#include "support/program.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace shop {

using support::day_argument;

namespace {

constexpr const char* description =
    "An online shop on Cairn: carts, orders and accounts as aggregates; sales, top products,\n"
    "customers and the status of orders as read models.";

std::set<std::chrono::local_days> days_of(const std::vector<std::string>& texts) {
  std::set<std::chrono::local_days> days;
  for (const auto& text : texts)
    days.insert(day_argument(text));
  return days;
}

template <class Parse>
std::vector<cart_item> items_of(const std::vector<std::string>& texts, Parse parse) {
  std::vector<cart_item> items;
  for (const auto& text : texts) {
    auto item = parse(text);
    if (!item) throw CLI::ValidationError(text, "is no item of the form CODE:QUANTITY[:PRICE]");
    items.push_back(*std::move(item));
  }
  return items;
}

/// The subcommands, with the places that their arguments go to. Lives as long as the parsing.
class command_line {
 public:
  command_line() {
    program_.add_import(
        "Import a retail log: one row, one command. May be repeated",
        [this](const import_options& options) { return import_file(settings_, options); });
    add_report();
    add_export();
    add_orders();
    add_accounts();
    add_carts();
    add_generate();
    add_truth();
    program_.add_verify([this] { return open_store(settings_, if_absent::refuse); });
  }

  int run(int argument_count, char** arguments) { return program_.run(argument_count, arguments); }

 private:
  CLI::App* subcommand(const std::string& name,
                       const std::string& what,
                       std::function<exit_code()> run) {
    return program_.subcommand(name, what, std::move(run));
  }

  void add_as_of(CLI::App* command) {
    command->add_option("--asof", as_of_, "A day of the customers' figures; may be repeated");
  }

  void add_report() {
    auto* const command = subcommand("report", "Print the read models as tables", [this] {
      if (!as_of_.empty()) report_.as_of = day_argument(as_of_.back());
      return report(settings_, report_);
    });
    command->add_option("--asof", as_of_, "As known at the end of this day, YYYY-MM-DD")
        ->expected(1);
    command->add_option("--limit", report_.limit, "Rows of each table; 0: all")
        ->capture_default_str();
  }

  void add_export() {
    auto* const command = subcommand("export", "Write the read models as CSV files", [this] {
      return export_tables(settings_, folder_, days_of(as_of_));
    });
    command->add_option("FOLDER", folder_, "Where to")->required();
    add_as_of(command);
  }

  void add_orders() {
    auto* const show = subcommand("order", "Show an order", [this] {
      return show_order(
          settings_, name_, at_version_ == 0 ? std::nullopt : std::optional{at_version_});
    });
    show->add_option("NUMBER", name_, "Its invoice number")->required();
    show->add_option("--at-version", at_version_, "As it was after so many events")
        ->check(CLI::PositiveNumber);
    auto* const events = subcommand(
        "events", "Show all events of an order", [this] { return show_events(settings_, name_); });
    events->add_option("NUMBER", name_, "Its invoice number")->required();
    add_step("ship", "Ship an order", order_step::ship);
    add_step("deliver", "Deliver a shipped order", order_step::deliver);
    add_step("cancel", "Cancel an order that is not shipped", order_step::cancel);
    add_step("return", "Take a shipped order back", order_step::send_back);
  }

  void add_step(const std::string& name, const std::string& what, order_step step) {
    auto* const command =
        subcommand(name, what, [this, step] { return take_step(settings_, name_, step); });
    command->add_option("NUMBER", name_, "The order's invoice number")->required();
  }

  void add_accounts() {
    auto* const show = subcommand(
        "account", "Show a customer's balance", [this] { return show_account(settings_, name_); });
    show->add_option("CUSTOMER", name_, "The customer's id")->required();
    auto* const open = subcommand("open", "Open a customer's account", [this] {
      const auto credit_line = parse_mils(credit_line_);
      if (!credit_line) throw CLI::ValidationError(credit_line_, "is no amount");
      return open_account_of(settings_, name_, *credit_line);
    });
    open->add_option("CUSTOMER", name_, "The customer's id")->required();
    open->add_option("--credit-line", credit_line_, "What may be owed")->capture_default_str();
    auto* const pay = subcommand("credit", "Pay into a customer's account", [this] {
      const auto amount = parse_mils(amount_);
      if (!amount) throw CLI::ValidationError(amount_, "is no amount");
      return pay_in(settings_, name_, *amount);
    });
    pay->add_option("CUSTOMER", name_, "The customer's id")->required();
    pay->add_option("AMOUNT", amount_, "Such as 12.50")->required();
  }

  void add_carts() {
    const std::string items = "Such as 85123A:6:2.55, which is stock code, quantity and price";
    auto* const fill = subcommand("cart", "Show or change a customer's cart", [this] {
      buy_.check_out = false;
      return run_buy();
    });
    fill->add_option("--customer", buy_.customer, "The customer's id")->required();
    fill->add_option("--add", add_, items);
    fill->add_option("--remove", remove_, "Such as 85123A:2");
    auto* const command = subcommand(
        "buy", "Check a customer's cart out: place an order, and pay it by the account", [this] {
          return run_buy();
        });
    command->add_option("--customer", buy_.customer, "The customer's id")->required();
    command->add_option("--country", buy_.country, "Where to")->capture_default_str();
    command->add_option("ITEM", add_, "Put into the cart first. " + items);
  }

  exit_code run_buy() {
    buy_.add = items_of(add_, parse_priced_item);
    buy_.remove = items_of(remove_, parse_item);
    return buy(settings_, buy_);
  }

  void add_generate() {
    auto* const command = subcommand("generate",
                                     "Write a made-up log to try the shop with",
                                     [this] { return generate_file(file_, generate_); });
    command->add_option("--rows", generate_.rows, "How many")->capture_default_str();
    command->add_option("--seed", generate_.seed, "Another seed, another log")
        ->capture_default_str();
    command->add_option("--output", file_, "A file instead of the standard output");
  }

  void add_truth() {
    auto* const command =
        subcommand("truth", "Compute the report from the rows, without Cairn, to compare", [this] {
          if (!folder_.empty()) return write_truth(truth_, folder_, days_of(as_of_));
          if (!as_of_.empty()) report_.as_of = day_argument(as_of_.back());
          return print_truth(truth_, report_);
        });
    command->add_option("FILE", truth_.file, "A CSV file")->required();
    command->add_option("--csv", folder_, "Write CSV files into this folder, as export does");
    command->add_option("--limit", report_.limit, "Rows of each table; 0: all")
        ->capture_default_str();
    command->add_flag(
        "--skip-malformed", truth_.skip_malformed, "Leave malformed rows out; exit with 3");
    add_as_of(command);
  }

  support::program program_{"shop", description};
  const cairn::config& settings_ = program_.settings();
  std::filesystem::path file_;
  std::filesystem::path folder_;
  std::string name_;
  std::string amount_;
  std::string credit_line_ = "1000.00";
  std::vector<std::string> as_of_;
  std::vector<std::string> add_;
  std::vector<std::string> remove_;
  std::uint64_t at_version_ = 0;
  report_options report_;
  second_opinion_options truth_;
  buy_options buy_{.customer = {}, .country = "United Kingdom", .add = {}, .remove = {}};
  generate_options generate_;
};

}  // namespace

int run_command_line(int argument_count, char** arguments) {
  return command_line{}.run(argument_count, arguments);
}

}  // namespace shop
