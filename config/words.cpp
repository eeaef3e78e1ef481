#include "words.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <numeric>
#include <system_error>
#include <vector>

namespace cairn::settings {
namespace {

struct scale {
  std::string_view name;
  std::uint64_t factor;
};

// From small to large, so that the last one that divides a value writes it shortest.
constexpr std::array sizes{scale{"B", 1},
                           scale{"KiB", 1ULL << 10U},
                           scale{"MiB", 1ULL << 20U},
                           scale{"GiB", 1ULL << 30U},
                           scale{"TiB", 1ULL << 40U}};
constexpr std::array times{
    scale{"ms", 1}, scale{"s", 1'000}, scale{"min", 60'000}, scale{"h", 3'600'000}};

constexpr std::uint64_t ms_per_s = 1'000;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Digits, which may be grouped by single underscores as in TOML.
std::optional<std::uint64_t> read_digits(std::string_view text) {
  if (text.empty() || text.front() == '_' || text.back() == '_') return std::nullopt;
  if (text.find("__") != std::string_view::npos) return std::nullopt;
  std::string digits{text};
  std::erase(digits, '_');
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, fault] = std::from_chars(digits.data(), end, value);
  if (fault != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::string expected_form(unit in) {
  switch (in) {
    case unit::count: return "expected a whole number such as 1000";
    case unit::bytes: return "expected bytes as a number, or a size such as \"64 MiB\"";
    case unit::milliseconds:
    case unit::seconds:
      return "expected a duration with a unit such as \"250 ms\", \"2 s\" or \"5 min\"";
  }
  CAIRN_UNREACHABLE();
}

std::string known_units(std::span<const scale> scales) {
  std::string out;
  for (const scale& each : scales) {
    if (!out.empty()) out += ", ";
    out += each.name;
  }
  return out;
}

reading in_seconds(reading found) {
  if (!found.value) return found;
  if (*found.value % ms_per_s != 0) return {std::nullopt, "must be whole seconds"};
  return {*found.value / ms_per_s, {}};
}

reading read_scaled(std::string_view text, unit in, std::span<const scale> scales) {
  const auto number_end = std::min(text.find_first_not_of("0123456789_"), text.size());
  const auto number = read_digits(text.substr(0, number_end));
  const auto name = trimmed(text.substr(number_end));
  if (!number) return {std::nullopt, in_quotes(text) + ": " + expected_form(in)};
  if (name.empty() && in == unit::bytes) return {number, {}};
  if (name.empty()) return {std::nullopt, in_quotes(text) + " has no unit: " + expected_form(in)};
  const auto found = std::find_if(
      scales.begin(), scales.end(), [name](const scale& each) { return each.name == name; });
  if (found == scales.end()) {
    return {std::nullopt,
            in_quotes(text) + ": unknown unit " + in_quotes(name) + "; the units are " +
                known_units(scales)};
  }
  if (*number > std::numeric_limits<std::uint64_t>::max() / found->factor) {
    return {std::nullopt, in_quotes(text) + " is too large for any setting"};
  }
  return {*number * found->factor, {}};
}

std::string grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  constexpr std::size_t group = 3;
  constexpr std::size_t readable_without = 4;
  if (digits.size() <= readable_without) return digits;
  for (std::size_t at = digits.size() - group; at > 0; at -= std::min(at, group)) {
    digits.insert(at, 1, '_');
  }
  return digits;
}

std::string write_scaled(std::uint64_t value, std::span<const scale> scales) {
  const scale* best = scales.data();
  for (const scale& each : scales) {
    if (value != 0 && value % each.factor == 0) best = &each;
  }
  return std::to_string(value / best->factor) + " " + std::string{best->name};
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> older(to.size() + 1);
  std::vector<std::size_t> above(to.size() + 1);
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) row[j] = std::min(row[j], older[j - 2] + 1);
    }
    older.swap(above);
    above.swap(row);
  }
  return above[to.size()];
}

}  // namespace

reading read_quantity(std::string_view text, unit in) {
  const auto inner = trimmed(text);
  switch (in) {
    case unit::count: {
      const auto value = read_digits(inner);
      if (!value) return {std::nullopt, in_quotes(inner) + ": " + expected_form(in)};
      return {value, {}};
    }
    case unit::bytes: return read_scaled(inner, in, sizes);
    case unit::milliseconds: return read_scaled(inner, in, times);
    case unit::seconds: return in_seconds(read_scaled(inner, in, times));
  }
  CAIRN_UNREACHABLE();
}

std::string write_quantity(std::uint64_t value, unit in) {
  switch (in) {
    case unit::count: return grouped(value);
    case unit::bytes: return write_scaled(value, sizes);
    case unit::milliseconds: return write_scaled(value, times);
    case unit::seconds: {
      // Only a value far beyond any range overflows; it must still be printed in a complaint.
      if (value > std::numeric_limits<std::uint64_t>::max() / ms_per_s) {
        return std::to_string(value) + " s";
      }
      return write_scaled(value * ms_per_s, std::span{times}.subspan(value == 0 ? 1 : 0));
    }
  }
  CAIRN_UNREACHABLE();
}

std::string in_quotes(std::string_view text) {
  // Not `"\"" + std::string{...}`, of which GCC 12 wrongly thinks that it copies over itself.
  std::string out;
  out += '"';
  out += text;
  out += '"';
  return out;
}

std::string_view nearest(std::string_view text, std::span<const std::string_view> candidates) {
  // A third of the letters may be wrong, and two in a short word; beyond, a guess would mislead.
  constexpr std::size_t length_max = 64;
  if (text.size() > length_max) return {};
  std::size_t least = std::max<std::size_t>(2, text.size() / 3) + 1;
  std::string_view best;
  for (const std::string_view candidate : candidates) {
    const std::size_t steps = distance(text, candidate);
    if (steps >= least) continue;
    least = steps;
    best = candidate;
  }
  return best;
}

}  // namespace cairn::settings
