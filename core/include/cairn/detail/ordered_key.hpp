#pragma once

#include "cairn/bytes.hpp"
#include "cairn/ids.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

// Keys of tables as bytes whose order is the order of the values: tables are walked in key order.
//
//   unsigned, bool             big-endian
//   signed, durations, enums   big-endian, sign flipped
//   text                       each NUL byte as 00 FF, ended by 00 00, so that "a" comes before
//   "ab"
//                              also when another part follows
//   optional                   00; or 01 and the value
//   pair, tuple                part after part
//
// No key's bytes begin with those of another one of its type: so keys may follow each other.

namespace cairn::detail {

template <std::unsigned_integral T> void append_big(byte_buffer& out, T value) {
  for (unsigned shift = sizeof(T) * 8; shift > 0; shift -= 8) {
    out.append_little(static_cast<std::uint8_t>(value >> (shift - 8)));
  }
}

template <std::unsigned_integral T> [[nodiscard]] T read_big(byte_reader& in) noexcept {
  T value{};
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>((std::uint64_t{value} << 8U) | in.read_little<std::uint8_t>());
  }
  return value;
}

/// Maps a signed number to an unsigned one of the same order.
template <std::signed_integral T> [[nodiscard]] constexpr auto flip_sign(T value) noexcept {
  using bits = std::make_unsigned_t<T>;
  return static_cast<bits>(static_cast<bits>(value) ^ (bits{1} << (sizeof(T) * 8 - 1)));
}

template <class T> struct ordered_key {
  static_assert(std::is_enum_v<T>,
                "cairn: a table's key is made of integers, bool, enums, text, chrono durations and "
                "time points, cairn ids, and of pairs, tuples and optionals of these");
  using number = std::underlying_type_t<T>;
  static void append(byte_buffer& out, T key) {
    ordered_key<number>::append(out, static_cast<number>(key));
  }
  static T read(byte_reader& in) { return static_cast<T>(ordered_key<number>::read(in)); }
};

template <std::unsigned_integral T> struct ordered_key<T> {
  static void append(byte_buffer& out, T key) { append_big(out, key); }
  static T read(byte_reader& in) { return read_big<T>(in); }
};

template <> struct ordered_key<bool> {
  static void append(byte_buffer& out, bool key) { append_big(out, std::uint8_t{key}); }
  static bool read(byte_reader& in) { return read_big<std::uint8_t>(in) != 0; }
};

template <std::signed_integral T> struct ordered_key<T> {
  static void append(byte_buffer& out, T key) { append_big(out, flip_sign(key)); }
  static T read(byte_reader& in) {
    const auto bits = read_big<std::make_unsigned_t<T>>(in);
    return static_cast<T>(flip_sign(static_cast<T>(bits)));
  }
};

template <> struct ordered_key<std::string> {
  static void append(byte_buffer& out, std::string_view key) {
    append_letters(out, key);
    out.append_little(std::uint16_t{0});
  }
  /// What all keys begin with that begin with these letters.
  static void append_letters(byte_buffer& out, std::string_view letters) {
    for (const char letter : letters) {
      out.append_little(letter);
      if (letter == '\0') out.append_little(std::uint8_t{0xFF});
    }
  }
  static std::string read(byte_reader& in) {
    std::string key;
    while (!in.failed()) {
      const auto letter = in.read_little<char>();
      if (letter == '\0' && in.read_little<std::uint8_t>() == 0) return key;
      key += letter;
    }
    return {};
  }
};

template <class Tag> struct ordered_key<text_id<Tag>> {
  static void append(byte_buffer& out, const text_id<Tag>& key) {
    ordered_key<std::string>::append(out, key.text());
  }
  static text_id<Tag> read(byte_reader& in) { return {ordered_key<std::string>::read(in)}; }
};

template <class Rep, class Period> struct ordered_key<std::chrono::duration<Rep, Period>> {
  using duration = std::chrono::duration<Rep, Period>;
  static void append(byte_buffer& out, duration key) { ordered_key<Rep>::append(out, key.count()); }
  static duration read(byte_reader& in) { return duration{ordered_key<Rep>::read(in)}; }
};

template <class Clock, class Duration>
struct ordered_key<std::chrono::time_point<Clock, Duration>> {
  using time_point = std::chrono::time_point<Clock, Duration>;
  static void append(byte_buffer& out, time_point key) {
    ordered_key<Duration>::append(out, key.time_since_epoch());
  }
  static time_point read(byte_reader& in) { return time_point{ordered_key<Duration>::read(in)}; }
};

template <class T> struct ordered_key<std::optional<T>> {
  static void append(byte_buffer& out, const std::optional<T>& key) {
    ordered_key<bool>::append(out, key.has_value());
    if (key) ordered_key<T>::append(out, *key);
  }
  static std::optional<T> read(byte_reader& in) {
    if (!ordered_key<bool>::read(in)) return std::nullopt;
    return ordered_key<T>::read(in);
  }
};

template <class First, class Second> struct ordered_key<std::pair<First, Second>> {
  static void append(byte_buffer& out, const std::pair<First, Second>& key) {
    ordered_key<First>::append(out, key.first);
    ordered_key<Second>::append(out, key.second);
  }
  static std::pair<First, Second> read(byte_reader& in) {
    auto first = ordered_key<First>::read(in);
    return {std::move(first), ordered_key<Second>::read(in)};
  }
};

template <class... Parts> struct ordered_key<std::tuple<Parts...>> {
  static void append(byte_buffer& out, const std::tuple<Parts...>& key) {
    std::apply([&out](const Parts&... parts) { (ordered_key<Parts>::append(out, parts), ...); },
               key);
  }
  // Braces fix the order in which the parts are read.
  static std::tuple<Parts...> read(byte_reader& in) { return {ordered_key<Parts>::read(in)...}; }
};

}  // namespace cairn::detail
