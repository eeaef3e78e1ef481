#pragma once

#include "support/batches.hpp"
#include "support/exit_code.hpp"

#include <CLI/CLI.hpp>
#include <cairn/cairn.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace support {

/// What the command lines of all examples have: subcommands that run after everything is parsed,
/// --store, --config, --print-config, and exit codes that the help lists. One thread; lives as long
/// as the parsing.
class program {
 public:
  /// @param name also what its messages begin with, and the folder of its store in data/
  program(std::string name, const std::string& description);
  program(const program&) = delete;
  program& operator=(const program&) = delete;

  /// Adds a subcommand; its arguments are added to what this returns. `run` may throw
  /// CLI::ParseError for an argument that is none.
  CLI::App* subcommand(const std::string& name,
                       const std::string& what,
                       std::function<exit_code()> run);

  /// The subcommand that imports a file: FILE, --batch, --skip-malformed, --progress-ms.
  void add_import(const std::string& what,
                  std::function<exit_code(const import_options& options)> run);

  /// The subcommand that reads every byte of the journal, and says what it found.
  void add_verify(std::function<cairn::result<cairn::runtime>()> open);

  /// From --config, the environment and --store, each stronger than the one before; complete when a
  /// subcommand runs.
  [[nodiscard]] const cairn::config& settings() const { return settings_; }

  /// Parses, and runs the subcommand. Returns what the process should end with.
  [[nodiscard]] int run(int argument_count, char** arguments);

 private:
  [[nodiscard]] cairn::result<void> load_settings();

  std::string name_;
  CLI::App app_;
  std::function<exit_code()> chosen_;
  cairn::config settings_;
  std::filesystem::path store_;
  std::filesystem::path config_file_;
  bool print_config_ = false;
  import_options import_;
  std::int64_t progress_ms_ = 2'000;
  bool skip_malformed_ = false;
};

/// A day of the command line. Throws CLI::ValidationError, as the parser does.
[[nodiscard]] std::chrono::local_days day_argument(const std::string& text);

/// For options whose empty value would mean that they were not given.
[[nodiscard]] CLI::Validator not_empty();

enum class if_absent : std::uint8_t { create, refuse };

/// Makes the store's folder if need be. not_found when there is none and none shall be made;
/// io_failed.
[[nodiscard]] cairn::result<void> prepare_folder(std::string_view program,
                                                 const std::filesystem::path& folder,
                                                 if_absent then);

/// Says on stderr what went wrong.
[[nodiscard]] exit_code report_failure(std::string_view program, const cairn::error& why);

}  // namespace support
