#pragma once

#include "cairn/bytes.hpp"
#include "cairn/detail/ordered_key.hpp"
#include "cairn/detail/table_store.hpp"
#include "cairn/walk_options.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

// Which rows a walk visits: encoded keys from one to another. All ranges of keys, and all keys that
// begin with the same parts, are ranges of bytes, since the bytes have the order of the keys.

namespace cairn::detail {

/// Encoded keys that are not less than `first` and less than `end`. Empty: without that bound.
struct key_range {
  byte_buffer first;
  byte_buffer end;
};

template <class Key> [[nodiscard]] byte_buffer key_bytes(const Key& key) {
  byte_buffer out;
  ordered_key<Key>::append(out, key);
  return out;
}

/// The least bytes that are greater than all that begin with `prefix`; empty when there are none.
[[nodiscard]] inline byte_buffer end_of_prefix(byte_view prefix) {
  while (!prefix.empty() && prefix.back() == std::byte{0xFF})
    prefix = prefix.first(prefix.size() - 1);
  byte_buffer end;
  if (prefix.empty()) return end;
  end.append(prefix);
  end.data()[end.size() - 1] =
      static_cast<std::byte>(std::to_integer<unsigned>(prefix.back()) + 1U);
  return end;
}

template <class Key>
concept composite_key = requires {
  std::tuple_size<Key>::value;
};

template <class Key, class Leading> struct first_part : std::false_type {};
template <composite_key Key, class Leading>
struct first_part<Key, Leading>
    : std::is_convertible<const Leading&, std::tuple_element_t<0, Key>> {};

template <composite_key Key, class Leading, std::size_t... Is>
void append_parts(byte_buffer& out, const Leading& parts, std::index_sequence<Is...> /*all*/) {
  (ordered_key<std::tuple_element_t<Is, Key>>::append(out, std::get<Is>(parts)), ...);
}

/// Appends the leading parts of a composite key: one value, or a pair or tuple of values. Of a key
/// that is text: its first letters.
template <class Key, class Leading> void append_prefix(byte_buffer& out, const Leading& leading) {
  if constexpr (std::same_as<Key, std::string>) {
    ordered_key<std::string>::append_letters(out, leading);
  } else if constexpr (first_part<Key, Leading>::value) {
    ordered_key<std::tuple_element_t<0, Key>>::append(out, leading);
  } else {
    static_assert(composite_key<Key> && composite_key<Leading>,
                  "cairn: each_prefix takes the first part of a key that is a pair or tuple, a "
                  "tuple of its first parts, or the first letters of a key that is text");
    constexpr std::size_t parts = std::tuple_size_v<Leading>;
    static_assert(parts <= std::tuple_size_v<Key>, "cairn: the key has fewer parts");
    append_parts<Key>(out, leading, std::make_index_sequence<parts>{});
  }
}

/// Calls `visit(byte_view key, byte_view value)` for the rows of `range`, until it returns false.
template <class Visit>
void walk_rows(table_store& store,
               std::size_t table,
               const key_range& range,
               const walk_options& how,
               Visit&& visit) {
  if (how.limit == 0) return;
  const auto rows = how.descending ? store.walk_back(table, range.end.view())
                                   : store.walk(table, range.first.view());
  const std::string_view first = range.first.text();
  const std::string_view end = range.end.text();
  byte_view key;
  byte_view value;
  for (std::uint64_t left = how.limit; left > 0 && rows->next(key, value); --left) {
    // It begins at one bound: only the other one can be passed.
    const bool passed = how.descending ? as_text(key) < first : !end.empty() && as_text(key) >= end;
    if (passed || !visit(key, value)) return;
  }
}

/// Calls `visit(key, value)`; false if it returned bool and said false.
template <class Visit, class Key, class Value>
[[nodiscard]] bool visit_row(Visit& visit, const Key& key, const Value& value) {
  if constexpr (std::is_same_v<std::invoke_result_t<Visit&, const Key&, const Value&>, bool>) {
    return visit(key, value);
  } else {
    visit(key, value);
    return true;
  }
}

}  // namespace cairn::detail
