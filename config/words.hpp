#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// How values are written by people: "64 MiB", "250 ms", 65_536.

namespace cairn::settings {

/// What a number counts.
enum class unit : std::uint8_t { count, bytes, milliseconds, seconds };

/// A number, or one sentence about why the text is none.
struct reading {
  std::optional<std::uint64_t> value;
  std::string complaint;
};

/// Reads "64 MiB", "2 s", or plain digits where `in` allows that. The value is in the unit `in`.
[[nodiscard]] reading read_quantity(std::string_view text, unit in);

/// The shortest text that reads back as `value`: "64 MiB", "1500 ms", "65_536".
[[nodiscard]] std::string write_quantity(std::uint64_t value, unit in);

/// The text between double quotes, for complaints about it.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// The candidate that `text` is probably a slip of, or an empty view if none is close.
[[nodiscard]] std::string_view nearest(std::string_view text,
                                       std::span<const std::string_view> candidates);

}  // namespace cairn::settings
