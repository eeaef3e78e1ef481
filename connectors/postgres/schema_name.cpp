#include "schema_name.hpp"

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

}  // namespace

std::string schema_name(std::string_view prefix, std::string_view read_model, view_place place) {
  return base_of(prefix, read_model) + "_v" + persistence::place_text(place, '_');
}

std::optional<view_place> place_of_schema(std::string_view schema,
                                          std::string_view prefix,
                                          std::string_view read_model) {
  const std::string start = base_of(prefix, read_model) + "_v";
  if (!schema.starts_with(start)) return std::nullopt;
  return persistence::place_from(schema.substr(start.size()), '_');
}

}  // namespace cairn::postgres
