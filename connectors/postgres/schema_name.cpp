#include "schema_name.hpp"

#include <array>
#include <charconv>

namespace cairn::postgres {
namespace {

/// Of 63 bytes that a name may have in PostgreSQL, "_v" and ten digits are for the version.
constexpr std::size_t base_max = 51;
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

std::string schema_name(std::string_view prefix,
                        std::string_view read_model,
                        std::uint32_t version) {
  return base_of(prefix, read_model) + "_v" + std::to_string(version);
}

std::optional<std::uint32_t> version_of_schema(std::string_view schema,
                                               std::string_view prefix,
                                               std::string_view read_model) {
  const std::string start = base_of(prefix, read_model) + "_v";
  if (!schema.starts_with(start)) return std::nullopt;
  schema.remove_prefix(start.size());
  std::uint32_t version = 0;
  const char* const end = schema.data() + schema.size();
  const auto [stopped_at, failed] = std::from_chars(schema.data(), end, version);
  if (failed != std::errc{} || stopped_at != end) return std::nullopt;
  return version;
}

}  // namespace cairn::postgres
