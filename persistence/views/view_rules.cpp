#include "cairn/detail/hidden_tables.hpp"
#include "cairn/persistence/views.hpp"

#include <algorithm>
#include <charconv>

// What all storages of read models have in common.

namespace cairn::persistence {
namespace {

std::optional<std::uint32_t> number_from(std::string_view text) {
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped_at, failed] = std::from_chars(text.data(), end, number);
  if (failed != std::errc{} || stopped_at != end) return std::nullopt;
  return number;
}

}  // namespace

std::string view_identity(const view_options& of) {
  std::string text = "format 1\njournal " + of.journal_id;
  text += "\npartitions " + std::to_string(of.partitions);
  for (const std::string& name : of.tables) {
    if (!detail::is_hidden_table(name)) text += "\ntable " + name;
  }
  if (of.create_schema) text += "\nsql";
  return text;
}

std::string view_label(const view_options& of) {
  std::string label = "read model " + of.name + ", version " + std::to_string(of.version);
  if (of.copy > 1) label += ", copy " + std::to_string(of.copy);
  return label;
}

std::string view_folder(std::string_view name) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string folder;
  for (const char letter : name) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                       (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' ||
                       (letter == '.' && !folder.empty());
    if (plain) {
      folder += letter;
      continue;
    }
    const auto byte = static_cast<unsigned char>(letter);
    folder += '%';
    folder += digits[byte / digits.size()];
    folder += digits[byte % digits.size()];
  }
  return folder;
}

std::string place_text(view_place place, char separator) {
  std::string text = std::to_string(place.version);
  if (place.copy > 1) text += separator + std::to_string(place.copy);
  return text;
}

std::optional<view_place> place_from(std::string_view text, char separator) {
  const std::size_t version_ends = std::min(text.find(separator), text.size());
  const auto version = number_from(text.substr(0, version_ends));
  const auto copy = version_ends == text.size() ? 1U : number_from(text.substr(version_ends + 1));
  if (!version || !copy) return std::nullopt;
  const view_place place{*version, *copy};
  // "017" and "17.1" are read as numbers, and are no names of ours.
  if (place_text(place, separator) != text) return std::nullopt;
  return place;
}

result<void> check_tables(const view_options& of) {
  std::vector<std::string> names = of.tables;
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return {};
  return error{error::code::bad_config,
               "read model " + of.name + " has two tables named \"" + *twice + "\""};
}

result<void> check_key(const view_options& of, std::size_t table, byte_view key) {
  if (!key.empty() && key.size() <= table_key_max_bytes) return {};
  std::string detail = "a key of " + std::to_string(key.size()) + " bytes for table \"" +
                       of.tables.at(table) + "\" of read model " + of.name;
  if (key.empty()) return error{error::code::bad_input, std::move(detail)};
  detail += "; at most " + std::to_string(table_key_max_bytes) + " are possible";
  return error{error::code::too_large, std::move(detail)};
}

}  // namespace cairn::persistence
