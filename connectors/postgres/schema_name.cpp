#include "schema_name.hpp"

#include <array>
#include <charconv>

namespace cairn::postgres {

using persistence::view_place;

namespace {

/// Of 63 bytes that a name may have in PostgreSQL, "_v" and ten digits are for the version, "_" and
/// ten digits for the copy.
constexpr std::size_t base_max = 40;
constexpr std::size_t number_digits = 8;

/// FNV-1a.
std::uint32_t number_of(std::string_view text) {
  std::uint32_t number = 0x811C9DC5U;
  for (const char letter : text) {
    number = (number ^ static_cast<unsigned char>(letter)) * 0x01000193U;
  }
  return number;
}

/// In what PostgreSQL takes without quotes.
std::string base_of(std::string_view prefix, std::string_view read_model) {
  std::string base{prefix};
  base += '_';
  for (const char letter : read_model) {
    const bool is_capital = letter >= 'A' && letter <= 'Z';
    const bool is_plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    base += is_capital ? static_cast<char>(letter - 'A' + 'a') : is_plain ? letter : '_';
  }
  if (base.size() <= base_max) return base;
  constexpr std::string_view digits = "0123456789abcdef";
  std::uint32_t number = number_of(read_model);
  base.resize(base_max - number_digits);
  for (std::size_t i = 0; i < number_digits; ++i, number >>= 4U) {
    base += digits[number & 0xFU];
  }
  return base;
}

/// The number at the beginning of the text, which is cut off.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [stopped_at, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stopped_at - text.data()));
  return number;
}

}  // namespace

std::string schema_name(std::string_view prefix, std::string_view read_model, view_place place) {
  std::string name = base_of(prefix, read_model) + "_v" + std::to_string(place.version);
  if (place.copy > 1) name += "_" + std::to_string(place.copy);
  return name;
}

std::optional<view_place> place_of_schema(std::string_view schema,
                                          std::string_view prefix,
                                          std::string_view read_model) {
  const std::string start = base_of(prefix, read_model) + "_v";
  if (!schema.starts_with(start)) return std::nullopt;
  schema.remove_prefix(start.size());
  const auto version = take_number(schema);
  if (!version) return std::nullopt;
  if (schema.empty()) return view_place{.version = *version};
  if (!schema.starts_with('_')) return std::nullopt;
  schema.remove_prefix(1);
  const auto copy = take_number(schema);
  if (!copy || *copy < 2 || !schema.empty()) return std::nullopt;
  return view_place{*version, *copy};
}

}  // namespace cairn::postgres
