#include "support/values.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace support {

namespace {

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

bool all_digits(std::string_view text) {
  for (const char letter : text) {
    if (!is_digit(letter)) return false;
  }
  return !text.empty();
}

/// A number of a fixed width, as in dates. Nothing but digits.
std::optional<unsigned> parse_part(std::string_view text) {
  if (!all_digits(text)) return std::nullopt;
  unsigned value = 0;
  for (const char letter : text)
    value = value * 10 + static_cast<unsigned>(letter - '0');
  return value;
}

void append_part(std::string& out, unsigned value, unsigned width) {
  std::array<char, 10> digits{};
  for (unsigned i = width; i > 0; --i) {
    digits.at(i - 1) = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out.append(digits.data(), width);
}

std::uint64_t magnitude(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return value < 0 ? ~bits + 1 : bits;
}

std::string with_commas(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3; at -= 3)
    text.insert(at - 3, ",");
  return text;
}

/// A number as a multiple of its smallest part, of which `decimals` digits make a whole.
std::optional<std::int64_t> parse_decimal(std::string_view text, std::size_t decimals) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::int64_t parts_per_unit = 1;
  for (std::size_t i = 0; i < decimals; ++i)
    parts_per_unit *= 10;
  const auto point = text.find('.');
  const auto whole_text = text.substr(0, point);
  if (!all_digits(whole_text)) return std::nullopt;
  const auto whole = parse_integer(whole_text);
  const auto most = std::numeric_limits<std::int64_t>::max() / parts_per_unit - 1;
  if (!whole || *whole > most) return std::nullopt;
  std::int64_t parts = 0;
  if (point != std::string_view::npos) {
    std::string digits{text.substr(point + 1)};
    if (!all_digits(digits)) return std::nullopt;
    while (digits.size() > decimals && digits.back() == '0')
      digits.pop_back();
    if (digits.size() > decimals) return std::nullopt;
    digits.append(decimals - digits.size(), '0');
    parts = static_cast<std::int64_t>(parse_part(digits).value_or(0));
  }
  const std::int64_t all = *whole * parts_per_unit + parts;
  return negative ? -all : all;
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, trouble] = std::from_chars(text.data(), end, value);
  if (trouble != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_mils(std::string_view text) {
  return parse_decimal(text, 3);
}

std::optional<std::int64_t> parse_cents(std::string_view text) {
  return parse_decimal(text, 2);
}

std::optional<std::chrono::local_days> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = parse_part(text.substr(0, 4));
  const auto month = parse_part(text.substr(5, 2));
  const auto day = parse_part(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                         std::chrono::month{*month},
                                         std::chrono::day{*day}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::local_days{date};
}

std::optional<std::chrono::local_seconds> parse_time(std::string_view text) {
  if (text.size() != 19 || text[10] != ' ' || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const auto day = parse_day(text.substr(0, 10));
  const auto hour = parse_part(text.substr(11, 2));
  const auto minute = parse_part(text.substr(14, 2));
  const auto second = parse_part(text.substr(17, 2));
  if (!day || !hour || !minute || !second) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return *day + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second};
}

std::string format_day(std::chrono::local_days day) {
  const std::chrono::year_month_day date{day};
  std::string text;
  append_part(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  text += '-';
  append_part(text, static_cast<unsigned>(date.month()), 2);
  text += '-';
  append_part(text, static_cast<unsigned>(date.day()), 2);
  return text;
}

std::string format_time(std::chrono::local_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::hh_mm_ss clock{time - day};
  std::string text = format_day(day);
  text += ' ';
  append_part(text, static_cast<unsigned>(clock.hours().count()), 2);
  text += ':';
  append_part(text, static_cast<unsigned>(clock.minutes().count()), 2);
  text += ':';
  append_part(text, static_cast<unsigned>(clock.seconds().count()), 2);
  return text;
}

std::string format_money(std::int64_t mils) {
  const std::uint64_t size = magnitude(mils);
  std::string text = mils < 0 ? "-" : "";
  text += with_commas(size / 1000);
  text += '.';
  append_part(text, static_cast<unsigned>(size % 1000), 3);
  if (text.back() == '0') text.pop_back();
  return text;
}

std::string format_cents(std::int64_t cents) {
  const std::uint64_t size = magnitude(cents);
  std::string text = cents < 0 ? "-" : "";
  text += with_commas(size / 100);
  text += '.';
  append_part(text, static_cast<unsigned>(size % 100), 2);
  return text;
}

std::string format_count(std::int64_t count) {
  return (count < 0 ? "-" : "") + with_commas(magnitude(count));
}

}  // namespace support
