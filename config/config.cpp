#include "cairn/config.hpp"

#include "settings.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

// Inlined here, so that those who install Cairn need no TOML library. Without exceptions it lives
// in an inline namespace of its own and does not meet a copy that the host may use.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace cairn {
namespace settings {
namespace {

constexpr std::size_t file_bytes_max = 1 * mib;

std::string place(std::string_view source, const toml::source_region& where) {
  return std::string{source} + ":" + std::to_string(where.begin.line);
}

std::string_view type_name(const toml::node& value) {
  switch (value.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a text";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a number with a fraction";
    case toml::node_type::boolean: return "a truth value";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time: return "a date or time";
    case toml::node_type::none: break;
  }
  return "nothing";
}

std::string expected_type(const setting& each) {
  switch (kind_of(each)) {
    case kind::path: return "a text";
    case kind::flag: return "true or false";
    case kind::choice: return choices_of(each);
    case kind::number: break;
  }
  switch (each.measured_in) {
    case unit::count: return "an integer";
    case unit::bytes: return "an integer (bytes) or a size such as \"64 MiB\"";
    case unit::milliseconds:
    case unit::seconds:
      return "a duration with its unit, in quotes, such as \"250 ms\", \"2 s\" or \"5 min\"";
  }
  CAIRN_UNREACHABLE();
}

/// Sets `each` from `value`; returns one sentence if it cannot.
std::string set(config& to, const setting& each, const toml::node& value) {
  const auto wrong_type =
      "expected " + expected_type(each) + ", found " + std::string{type_name(value)};
  const auto* text = value.as_string();
  const bool is_time = each.measured_in == unit::milliseconds || each.measured_in == unit::seconds;
  switch (kind_of(each)) {
    case kind::path:
    case kind::choice: return text != nullptr ? set_word(to, each, text->get()) : wrong_type;
    case kind::flag: {
      const auto* flag = value.as_boolean();
      return flag != nullptr ? set_word(to, each, flag->get() ? "true" : "false") : wrong_type;
    }
    case kind::number: break;
  }
  if (text != nullptr && each.measured_in != unit::count) {
    return set_checked(to, each, read_quantity(text->get(), each.measured_in));
  }
  const auto* number = value.as_integer();
  if (number == nullptr) return wrong_type;
  if (is_time) {
    return std::to_string(number->get()) + " has no unit; expected " + expected_type(each);
  }
  if (number->get() < 0) {
    return std::to_string(number->get()) + " is out of range; it must be " + range_of(each);
  }
  return set_checked(to, each, {static_cast<std::uint64_t>(number->get()), {}});
}

const setting* find(std::string_view section, std::string_view key) {
  for (const setting& each : all_settings()) {
    if (each.section == section && each.key == key) return &each;
  }
  return nullptr;
}

const section* find_section(std::string_view name) {
  for (const section& each : all_sections()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

/// " Did you mean ...?" for a key that its section does not have: a slip, or another section's.
std::string guess_key(std::string_view section, std::string_view key) {
  std::vector<std::string_view> here;
  std::vector<std::string_view> anywhere;
  for (const setting& each : all_settings()) {
    (each.section == section ? here : anywhere).push_back(each.key);
  }
  const auto exact = std::find(anywhere.begin(), anywhere.end(), key) != anywhere.end();
  auto meant = exact ? std::string_view{} : nearest(key, here);
  if (!meant.empty()) return "; did you mean " + std::string{meant} + "?";
  meant = nearest(key, anywhere);
  for (const setting& each : all_settings()) {
    if (each.key == meant && each.section != section) {
      return "; did you mean " + std::string{meant} + " in [" + std::string{each.section} + "]?";
    }
  }
  return {};
}

std::string guess_section(std::string_view name) {
  std::vector<std::string_view> names;
  for (const section& each : all_sections()) {
    names.push_back(each.name);
  }
  const auto meant = nearest(name, names);
  return meant.empty() ? std::string{} : "; did you mean [" + std::string{meant} + "]?";
}

struct entry {
  const toml::key* key;
  const toml::node* value;
};

/// The entries of a table from top to bottom, so that faults come in the order of the file.
std::vector<entry> in_file_order(const toml::table& from) {
  std::vector<entry> out;
  for (auto&& [key, value] : from) {
    out.push_back({&key, &value});
  }
  std::stable_sort(out.begin(), out.end(), [](const entry& left, const entry& right) {
    return left.key->source().begin.line < right.key->source().begin.line;
  });
  return out;
}

struct reader {
  config& to;
  fault_list& faults;
  std::string_view source;

  void read_section(const section& group, const toml::table& entries) const {
    for (const auto& [key_found, value] : in_file_order(entries)) {
      const toml::key& key = *key_found;
      const setting* each = find(group.name, key.str());
      if (each == nullptr) {
        faults.add(place(source, key.source()),
                   std::string{group.name} + "." + std::string{key.str()} + ": no such setting" +
                       guess_key(group.name, key.str()));
        continue;
      }
      faults.came_from(*each, place(source, key.source()));
      const auto complaint = set(to, *each, *value);
      if (!complaint.empty()) faults.add(*each, complaint);
    }
  }

  void read_root(const toml::table& root) const {
    for (const auto& [key, value] : in_file_order(root)) {
      const auto where = place(source, key->source());
      const std::string name{key->str()};
      const section* group = find_section(name);
      const toml::table* entries = value->as_table();
      if (group != nullptr && entries != nullptr) {
        read_section(*group, *entries);
      } else if (group != nullptr) {
        faults.add(
            where,
            name + ": expected a section [" + name + "], found " + std::string{type_name(*value)});
      } else if (entries != nullptr) {
        faults.add(where, "[" + name + "]: no such section" + guess_section(name));
      } else {
        faults.add(where, name + ": stands in no section" + guess_key({}, name));
      }
    }
  }
};

/// False when the text is no TOML; then `faults` says why.
bool read_text(config& to, fault_list& faults, std::string_view text, std::string_view source) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    faults.add(place(source, parsed.error().source()), parsed.error().description());
    return false;
  }
  reader{to, faults, source}.read_root(parsed.table());
  return true;
}

/// False when the text could not be read; then `faults` says why.
bool read_file(std::string& text, fault_list& faults, const std::filesystem::path& file) {
  std::error_code fault;
  const auto kind = std::filesystem::status(file, fault).type();
  if (kind == std::filesystem::file_type::directory) {
    faults.add(file.native(), "is a directory");
    return false;
  }
  errno = 0;
  std::ifstream in{file, std::ios::binary};
  const int reason = errno;
  if (!in) {
    faults.add(file.native(),
               "cannot be opened: " + std::error_code{reason, std::generic_category()}.message());
    return false;
  }
  // One byte more than allowed shows that there is more, whatever the file says about its size.
  text.resize(file_bytes_max + 1);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) {
    faults.add(file.native(), "cannot be read");
    return false;
  }
  if (text.size() > file_bytes_max) {
    faults.add(file.native(), "is longer than 1 MiB");
    return false;
  }
  return true;
}

result<config> checked(config settings, fault_list& faults) {
  check_into(faults, settings);
  if (const auto verdict = faults.verdict(); !verdict) return verdict.error();
  return settings;
}

}  // namespace
}  // namespace settings

result<config> config::load(const std::filesystem::path& file) {
  config out;
  settings::fault_list faults;
  std::string text;
  // Without the file, every other fault would be about a value that nobody chose.
  if (!settings::read_file(text, faults, file)) return faults.verdict().error();
  if (!settings::read_text(out, faults, text, file.native())) return faults.verdict().error();
  settings::read_environment(out, faults);
  return settings::checked(std::move(out), faults);
}

result<config> config::parse(std::string_view toml, std::string_view source_name) {
  config out;
  settings::fault_list faults;
  if (!settings::read_text(out, faults, toml, source_name)) return faults.verdict().error();
  return settings::checked(std::move(out), faults);
}

}  // namespace cairn
