#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Numbers, money and dates as text, and back. Reading is strict: what is not exactly of the form is
// nothing. Money is counted in whole mils (thousandths) or cents, never in floating
// point.

namespace support {

/// "-12". No blanks, no plus sign, nothing behind it; nothing beyond 64 bits.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

/// "2.55" is 2550, "-11062.06" is -11062060. At most three decimals, apart from zeros behind them.
[[nodiscard]] std::optional<std::int64_t> parse_mils(std::string_view text);

/// "2.5" is 250, "-0.01" is -1. At most two decimals, apart from zeros behind them.
[[nodiscard]] std::optional<std::int64_t> parse_cents(std::string_view text);

/// "2010-12-01", a day that exists.
[[nodiscard]] std::optional<std::chrono::local_days> parse_day(std::string_view text);

/// "2010-12-01 08:26:00"
[[nodiscard]] std::optional<std::chrono::local_seconds> parse_time(std::string_view text);

/// @pre the year has four digits
[[nodiscard]] std::string format_day(std::chrono::local_days day);

/// @pre the year has four digits
[[nodiscard]] std::string format_time(std::chrono::local_seconds time);

/// For people: mils, so 1234567890 is "1,234,567.89"; a third decimal is shown when it is not zero.
[[nodiscard]] std::string format_money(std::int64_t mils);

/// For people: cents, so 1234567890 is "12,345,678.90".
[[nodiscard]] std::string format_cents(std::int64_t cents);

/// For people: 270959 is "270,959".
[[nodiscard]] std::string format_count(std::int64_t count);

}  // namespace support
