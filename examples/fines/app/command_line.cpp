#include "fines/app/command_line.hpp"

#include "fines/app/books.hpp"
#include "fines/app/deadlines.hpp"
#include "fines/app/desk.hpp"
#include "fines/app/export.hpp"
#include "fines/app/import.hpp"
#include "fines/app/show.hpp"
#include "fines/figures/csv_tables.hpp"
#include "support/program.hpp"
#include "support/values.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fines {

namespace {

constexpr const char* description =
    "Road traffic fines on Cairn: cases as aggregates, figures by month, article, activity and\n"
    "variant as read models, and what was outstanding in any case at any date.";

const std::map<std::string, appeal_step> step_names{
    {"dated", appeal_step::dated},
    {"sent", appeal_step::sent},
    {"result-received", appeal_step::result_received},
    {"result-notified", appeal_step::result_notified},
    {"to-judge", appeal_step::to_judge},
};

std::int64_t amount_argument(const std::string& text) {
  const auto cents = support::parse_cents(text);
  if (!cents) throw CLI::ValidationError(text, "is no amount such as 31.30");
  return *cents;
}

/// The subcommands, with the places that their arguments go to. Lives as long as the parsing.
class command_line {
 public:
  command_line() {
    program_.add_import(
        "Import a log of fines: one row, one command. May be repeated",
        [this](const support::import_options& options) { return import_file(settings_, options); });
    add_export();
    add_case();
    add_outstanding();
    add_deadlines();
    add_desk();
    program_.add_verify([this] {
      return open_store(settings_, if_absent::refuse, std::make_shared<town_clock>());
    });
  }

  int run(int argument_count, char** arguments) { return program_.run(argument_count, arguments); }

 private:
  void add_export() {
    auto* const command = program_.subcommand("export", "Write tables as CSV files", [this] {
      for (const auto& text : days_)
        export_.as_of.insert(support::day_argument(text));
      export_.tables = {tables_.begin(), tables_.end()};
      return export_tables(settings_, export_);
    });
    command->add_option("FOLDER", export_.folder, "Where to")->required();
    command->add_option("--asof", days_, "A day of fines_asof.csv, YYYY-MM-DD; may be repeated");
    command->add_option("--tables", tables_, "Only these, separated by commas (default all)")
        ->delimiter(',')
        ->check(CLI::IsMember(tables_));
  }

  void add_case() {
    auto* const command = program_.subcommand(
        "case", "Print a case", [this] { return show_case(settings_, id_, day_if_given()); });
    command->add_option("ID", id_, "The case")->required();
    command->add_option("--at", date_, "At the end of this day, YYYY-MM-DD");
  }

  void add_outstanding() {
    auto* const command =
        program_.subcommand("outstanding", "Print the cases that owe the most", [this] {
          return show_outstanding(settings_, day_if_given(), top_);
        });
    command->add_option("--at", date_, "At the end of this day, YYYY-MM-DD");
    command->add_option("--top", top_, "How many")->capture_default_str();
  }

  void add_deadlines() {
    auto* const close = program_.subcommand(
        "close", "Everything until the end of a day is in: let its deadlines pass", [this] {
          return close_day_of(settings_, support::day_argument(date_));
        });
    close->add_option("DATE", date_, "YYYY-MM-DD")->required();
    auto* const due = program_.subcommand("due", "Print the cases whose deadline passes", [this] {
      if (!date_.empty()) due_.from = due_.until = support::day_argument(date_);
      if (!from_.empty()) due_.from = support::day_argument(from_);
      if (!until_.empty()) due_.until = support::day_argument(until_);
      return show_due(settings_, due_);
    });
    due->add_option("--on", date_, "On this day, YYYY-MM-DD");
    due->add_option("--from", from_, "From this day on");
    due->add_option("--until", until_, "Until this day");
    due->add_option("--top", due_.top, "How many")->capture_default_str();
    auto* const penalties = program_.subcommand(
        "penalties", "Compare what was due with the penalties of the log", [this] {
          return show_penalties(settings_, std::chrono::days{within_days_});
        });
    penalties->add_option("--within", within_days_, "Days that a penalty may be late")
        ->check(CLI::Range(0, 100'000))
        ->capture_default_str();
  }

  void add_desk() {
    auto* command = add_step("create", "Open a case with a fine", if_absent::create, [this] {
      return create_fine{cents(), article_, vehicle_class_, day()};
    });
    add_amount(command);
    command->add_option("--article", article_, "Of the traffic code");
    command->add_option("--vehicle", vehicle_class_, "The vehicle's class");
    add_amount(
        add_step("send", "Send the fine by post, with its expense", if_absent::refuse, [this] {
          return send_fine{cents(), day()};
        }));
    add_step("notify", "The offender was notified", if_absent::refuse, [this] {
      return insert_notification{day()};
    });
    add_amount(add_step("penalty",
                        "Owe this amount from now on: 60 days after the notification",
                        if_absent::refuse,
                        [this] {
                          return add_penalty{cents(), day()};
                        }));
    add_amount(add_step("pay", "Pay, not more than is outstanding", if_absent::refuse, [this] {
      return pay{cents(), day()};
    }));
    add_step("appeal",
             "The next step of an appeal",
             if_absent::refuse,
             [this] {
               return appeal{step_, day()};
             })
        ->add_option("STEP", step_, "Which")
        ->required()
        ->transform(CLI::CheckedTransformer(step_names));
    add_step("collect", "Send the case for credit collection", if_absent::refuse, [this] {
      return send_to_collection{day()};
    });
  }

  /// A subcommand that sends what `make` makes of the arguments to a case.
  CLI::App* add_step(const std::string& name,
                     const std::string& what,
                     if_absent then,
                     std::function<fine_case::command()> make) {
    auto* const command = program_.subcommand(name, what, [this, then, make = std::move(make)] {
      return serve(settings_, then, id_, make(), command_id_);
    });
    command->add_option("CASE", id_, "The case")->required();
    command->add_option("--date", date_, "YYYY-MM-DD (default today)");
    command->add_option("--id", command_id_, "Repeated with it, the command counts once");
    return command;
  }

  void add_amount(CLI::App* command) {
    command->add_option("AMOUNT", amount_, "Such as 31.30")->required();
  }

  [[nodiscard]] std::int64_t cents() const { return amount_argument(amount_); }
  [[nodiscard]] calendar_day day() const { return day_if_given().value_or(today()); }
  [[nodiscard]] std::optional<calendar_day> day_if_given() const {
    if (date_.empty()) return std::nullopt;
    return support::day_argument(date_);
  }

  support::program program_{"fines", description};
  const cairn::config& settings_ = program_.settings();
  export_options export_;
  std::vector<std::string> tables_{table_names.begin(), table_names.end()};
  std::vector<std::string> days_;
  std::string id_;
  std::string date_;
  std::string from_;
  std::string until_;
  due_options due_;
  int within_days_ = 0;
  std::string amount_;
  std::string article_;
  std::string vehicle_class_;
  std::string command_id_;
  appeal_step step_{};
  std::size_t top_ = 10;
};

}  // namespace

int run_command_line(int argument_count, char** arguments) {
  return command_line{}.run(argument_count, arguments);
}

}  // namespace fines
