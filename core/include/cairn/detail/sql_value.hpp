#pragma once

#include "cairn/bytes.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// What goes into a statement of SQL and comes out of it, in the types that all databases share.

namespace cairn::detail {

/// A parameter or a column. Texts and bytes are borrowed. Nothing: NULL.
using sql_value =
    std::variant<std::monostate, std::int64_t, double, bool, std::string_view, byte_view>;

template <class T> inline constexpr bool is_sql_optional = false;
template <class T> inline constexpr bool is_sql_optional<std::optional<T>> = true;

template <class T>
concept sql_bytes = std::same_as<T, byte_view> || std::same_as<T, std::vector<std::byte>>;

template <class T> consteval bool check_sql_type() {
  static_assert(!std::is_same_v<T, T>,
                "cairn: a parameter or column of SQL is an integer, a double, a bool, text, bytes "
                "(std::vector<std::byte>), or a std::optional of one of these");
  return false;
}

/// Databases have no whole numbers beyond std::int64_t.
template <class T> [[nodiscard]] bool fits_sql(const T& value) {
  if constexpr (is_sql_optional<T>) {
    return !value || fits_sql(*value);
  } else if constexpr (std::integral<T> && !std::same_as<T, bool>) {
    return std::in_range<std::int64_t>(value);
  } else {
    return true;
  }
}

/// The value as a parameter; borrows texts and bytes. @pre fits_sql(value)
template <class T> [[nodiscard]] sql_value to_sql(const T& value) {
  if constexpr (is_sql_optional<T>) {
    return value ? to_sql(*value) : sql_value{};
  } else if constexpr (std::same_as<T, bool> || std::same_as<T, double>) {
    return sql_value{value};
  } else if constexpr (std::floating_point<T>) {
    return sql_value{static_cast<double>(value)};
  } else if constexpr (std::integral<T>) {
    return sql_value{static_cast<std::int64_t>(value)};
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    return sql_value{std::string_view{value}};
  } else if constexpr (sql_bytes<T>) {
    return sql_value{byte_view{value}};
  } else {
    static_assert(check_sql_type<T>());
  }
}

/// The column as a `T`. Nothing: it is of another type, NULL, or beyond a `T`. A database without
/// bools has 0 and 1 for them, and one that has a whole number where a double is asked for gives
/// it.
template <class T> [[nodiscard]] std::optional<T> from_sql(const sql_value& from) {
  if constexpr (is_sql_optional<T>) {
    if (std::holds_alternative<std::monostate>(from)) return std::optional<T>{std::in_place};
    auto value = from_sql<typename T::value_type>(from);
    if (!value) return std::nullopt;
    return std::optional<T>{std::in_place, *std::move(value)};
  } else if constexpr (std::same_as<T, bool>) {
    if (const auto* truth = std::get_if<bool>(&from)) return *truth;
    const auto* number = std::get_if<std::int64_t>(&from);
    if (number == nullptr || (*number != 0 && *number != 1)) return std::nullopt;
    return *number == 1;
  } else if constexpr (std::floating_point<T>) {
    if (const auto* real = std::get_if<double>(&from)) return static_cast<T>(*real);
    if (const auto* number = std::get_if<std::int64_t>(&from)) return static_cast<T>(*number);
    return std::nullopt;
  } else if constexpr (std::integral<T>) {
    const auto* number = std::get_if<std::int64_t>(&from);
    if (number == nullptr || !std::in_range<T>(*number)) return std::nullopt;
    return static_cast<T>(*number);
  } else if constexpr (std::same_as<T, std::string>) {
    const auto* text = std::get_if<std::string_view>(&from);
    if (text == nullptr) return std::nullopt;
    return std::string{*text};
  } else if constexpr (std::same_as<T, std::vector<std::byte>>) {
    const auto* bytes = std::get_if<byte_view>(&from);
    if (bytes == nullptr) return std::nullopt;
    return std::vector<std::byte>(bytes->begin(), bytes->end());
  } else {
    static_assert(check_sql_type<T>());
  }
}

/// "a text", "a whole number", ...: what a column holds, for messages.
[[nodiscard]] std::string_view sql_kind(const sql_value& value) noexcept;

}  // namespace cairn::detail
