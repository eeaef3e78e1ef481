#pragma once

#include "words.hpp"

#include "cairn/config.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// One row per setting drives reading, environment names, checking and printing.

namespace cairn::settings {

using member = std::variant<std::filesystem::path config::*,
                            bool config::*,
                            config::durability_mode config::*,
                            config::replacement_policy config::*,
                            std::uint16_t config::*,
                            std::uint32_t config::*,
                            std::uint64_t config::*,
                            std::chrono::seconds config::*,
                            std::chrono::milliseconds config::*>;

struct setting {
  std::string_view section;
  std::string_view key;
  member where;
  /// For numbers: what they count, the least and the largest value, and a divisor they must have.
  unit measured_in = unit::count;
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  std::uint64_t multiple_of = 1;
  std::string_view sentence;
};

/// What a value looks like from outside.
enum class kind : std::uint8_t { path, flag, choice, number };

[[nodiscard]] kind kind_of(const setting& each);

struct section {
  std::string_view name;
  std::string_view sentence;
};

/// In the order in which they are printed; the settings of a section stand together.
[[nodiscard]] std::span<const section> all_sections();
[[nodiscard]] std::span<const setting> all_settings();

/// "store.path".
[[nodiscard]] std::string name_of(const setting& each);
/// "CAIRN_STORE_PATH".
[[nodiscard]] std::string variable_of(const setting& each);
/// "1 to 1024".
[[nodiscard]] std::string range_of(const setting& each);

/// The names of the values of an enumeration, in their order. @pre kind_of(each) == kind::choice
[[nodiscard]] std::span<const std::string_view> names_of(const setting& each);
/// "\"sync\" or \"relaxed\"". @pre kind_of(each) == kind::choice
[[nodiscard]] std::string choices_of(const setting& each);
/// Which of the names; beyond them when code has filled in what is no value.
/// @pre kind_of(each) == kind::choice
[[nodiscard]] std::size_t get_choice(const config& from, const setting& each);

/// @pre kind_of(each) == kind::number
[[nodiscard]] std::uint64_t get_number(const config& from, const setting& each);
/// @pre kind_of(each) == kind::number, and `value` lies in its range.
void set_number(config& to, const setting& each, std::uint64_t value);

/// Empty when `value` lies in the range of `each`; otherwise one sentence. Written as people do.
[[nodiscard]] std::string complaint_about(const setting& each, std::uint64_t value);

/// Collects what is wrong, and where each value came from.
class fault_list {
 public:
  fault_list();

  /// Remembers that the value of `which` came from `place`: "bank.toml:7" or a variable's name.
  void came_from(const setting& which, std::string place);
  /// Where the value came from; empty when it is a default or was filled in by code.
  [[nodiscard]] const std::string& place_of(const setting& which) const;

  /// A fault that belongs to no setting. An empty place is left out.
  void add(std::string_view place, std::string_view sentence);
  /// A fault of the value of `which`, at the place it came from.
  void add(const setting& which, std::string_view sentence);
  /// Whether `which` has a fault already: then its value in the config says nothing.
  [[nodiscard]] bool is_faulty(const setting& which) const;

  /// Success, or error::code::bad_config with one line for each fault.
  [[nodiscard]] result<void> verdict() const;

 private:
  struct origin {
    std::string place;
    bool faulty = false;
  };
  [[nodiscard]] static std::size_t index_of(const setting& which);

  std::vector<origin> origins_;
  std::string lines_;
};

/// Adds what is wrong with each value, and with values that do not go together. Settings that are
/// faulty already are left out.
void check_into(fault_list& faults, const config& settings);

/// Overrides `settings` by the environment variables of this process.
void read_environment(config& settings, fault_list& faults);

/// Sets a path, flag or choice from its text. Returns one sentence if it cannot.
[[nodiscard]] std::string set_word(config& to, const setting& each, std::string_view text);
/// Sets a number after checking its range. Returns one sentence if it cannot.
[[nodiscard]] std::string set_checked(config& to, const setting& each, const reading& found);

}  // namespace cairn::settings
