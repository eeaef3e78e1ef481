#include "support/program.hpp"

#include "support/values.hpp"

#include <cstdlib>
#include <iostream>
#include <optional>
#include <system_error>
#include <utility>

namespace support {

namespace {

constexpr const char* footer =
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 malformed input, 4 the domain said no,\n"
    "5 not found, 128 + n ended by signal n.";

exit_code print_report(const cairn::runtime& app, std::string_view name) {
  const auto found = app.verify();
  if (!found) return report_failure(name, found.error());
  std::cout << "the journal is whole: " << found->blocks << " blocks, " << found->commits
            << " commits, " << found->events << " events\n";
  return exit_code::done;
}

constexpr const char* store_variable = "CAIRN_STORE_PATH";

/// As if the environment named this store. Settings are checked as a whole when they are loaded, so
/// it must be there by then.
cairn::result<cairn::config> load_with_store(const std::filesystem::path& file,
                                             const std::filesystem::path& store) {
  const char* const before = std::getenv(store_variable);
  const std::optional<std::string> kept =
      before != nullptr ? std::optional<std::string>{before} : std::nullopt;
  setenv(store_variable, store.c_str(), 1);
  auto loaded = cairn::config::load(file);
  if (kept) {
    setenv(store_variable, kept->c_str(), 1);
  } else {
    unsetenv(store_variable);
  }
  return loaded;
}

}  // namespace

program::program(std::string name, const std::string& description)
    : name_(std::move(name)), app_(description, name_), settings_{.store = "data/" + name_} {
  app_.footer(footer);
  app_.require_subcommand(0, 1);
  // So that `--store` may stand behind the subcommand as well.
  app_.fallthrough();
  app_.add_option("--store", store_, "The folder of the store (default data/" + name_ + ")")
      ->check(not_empty());
  app_.add_option("--config",
                  config_file_,
                  "Settings of Cairn, as TOML; CAIRN_* variables win, also without it");
  app_.add_flag("--print-config", print_config_, "Print all settings as they are, and end");
}

CLI::App* program::subcommand(const std::string& name,
                              const std::string& what,
                              std::function<exit_code()> run) {
  CLI::App* const command = app_.add_subcommand(name, what);
  command->callback([this, run = std::move(run)] { chosen_ = run; });
  return command;
}

void program::add_import(const std::string& what,
                         std::function<exit_code(const import_options& options)> run) {
  auto* const command = subcommand("import", what, [this, run = std::move(run)] {
    import_.malformed = skip_malformed_ ? if_malformed::skip : if_malformed::stop;
    import_.progress_every = std::chrono::milliseconds{progress_ms_};
    return run(import_);
  });
  command->add_option("FILE", import_.file, "A CSV file")->required();
  command->add_option("--batch", import_.batch, "Rows sent at once")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command->add_flag("--skip-malformed", skip_malformed_, "Leave malformed rows out; exit with 3");
  command
      ->add_option("--progress-ms", progress_ms_, "Between two lines, when stderr is no terminal")
      ->check(CLI::Range(0, 3'600'000))
      ->capture_default_str();
}

void program::add_verify(std::function<cairn::result<cairn::runtime>()> open) {
  subcommand(
      "verify", "Check the journal: checksums, hash chain, gaps", [this, open = std::move(open)] {
        auto app = open();
        if (!app) return report_failure(name_, app.error());
        const exit_code found = print_report(*app, name_);
        const auto stopped = app->stop();
        return stopped ? found : report_failure(name_, stopped.error());
      });
}

int program::run(int argument_count, char** arguments) {
  try {
    app_.parse(argument_count, arguments);
    if (auto loaded = load_settings(); !loaded) {
      return static_cast<int>(report_failure(name_, loaded.error()));
    }
    if (print_config_) {
      std::cout << cairn::to_toml(settings_);
      return static_cast<int>(exit_code::done);
    }
    if (!chosen_) throw CLI::RequiredError("A subcommand");
    return static_cast<int>(chosen_());
  } catch (const CLI::ParseError& why) {
    // Zero when help was asked for.
    return app_.exit(why) == 0 ? 0 : static_cast<int>(exit_code::usage);
  }
}

/// From the file, if one is given, the environment and --store: each is stronger than what is
/// before it, and the folder of the program stands for a store that none of them names.
cairn::result<void> program::load_settings() {
  const auto file = config_file_.empty() ? std::filesystem::path{"/dev/null"} : config_file_;
  auto loaded = store_.empty() ? cairn::config::load(file) : load_with_store(file, store_);
  // Only the store may be left out: whatever else is wrong will be so again.
  const bool names_none = store_.empty() && std::getenv(store_variable) == nullptr;
  if (!loaded && names_none) loaded = load_with_store(file, settings_.store);
  if (!loaded) return loaded.error();
  settings_ = *std::move(loaded);
  return {};
}

std::chrono::local_days day_argument(const std::string& text) {
  const auto day = parse_day(text);
  if (!day) throw CLI::ValidationError(text, "is no day of the form YYYY-MM-DD");
  return *day;
}

CLI::Validator not_empty() {
  return {[](const std::string& text) {
            return text.empty() ? std::string{"must not be empty"} : std::string{};
          },
          ""};
}

cairn::result<void> prepare_folder(std::string_view program,
                                   const std::filesystem::path& folder,
                                   if_absent then) {
  std::error_code trouble;
  if (then == if_absent::refuse && !std::filesystem::exists(folder, trouble)) {
    return cairn::error{cairn::error::code::not_found,
                        "no store in " + folder.string() + "; `" + std::string{program} +
                            " import` makes one, for example"};
  }
  std::filesystem::create_directories(folder, trouble);
  if (!trouble) return {};
  return cairn::error{cairn::error::code::io_failed,
                      "cannot make " + folder.string() + ": " + trouble.message()};
}

exit_code report_failure(std::string_view program, const cairn::error& why) {
  std::cerr << program << ": " << cairn::describe(why) << '\n';
  return why.what == cairn::error::code::not_found ? exit_code::not_found : exit_code::failed;
}

}  // namespace support
