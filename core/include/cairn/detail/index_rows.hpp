#pragma once

#include "cairn/bytes.hpp"
#include "cairn/codec.hpp"
#include "cairn/detail/ordered_key.hpp"
#include "cairn/detail/table_store.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// What is stored for the indexes of a table: for each index a table of its own, which has for each
// row that is indexed the index key followed by the row's key, and an empty value.

namespace cairn::detail {

/// The value of a row; nothing, and a failed store, when its bytes cannot be read.
template <class Value>
[[nodiscard]] std::optional<Value> read_row(table_store& store, byte_view bytes) {
  auto value = decode<Value>(bytes);
  if (value) return *std::move(value);
  store.fail(value.error());
  return std::nullopt;
}

template <class Made> struct index_key_of { using type = Made; };
template <class Made> struct index_key_of<std::optional<Made>> : index_key_of<Made> {};
template <> struct index_key_of<std::string_view> { using type = std::string; };

/// What `Of` makes of a row. A reference for a member.
template <auto Of, class Key, class Value>
[[nodiscard]] decltype(auto) made_of(const Key& key, const Value& value) {
  if constexpr (std::invocable<decltype(Of), const Value&>) {
    return std::invoke(Of, value);
  } else {
    static_assert(std::invocable<decltype(Of), const Key&, const Value&>,
                  "cairn: indexed_by needs a member of the row, or a function of `const Value&` or "
                  "of `const Key&, const Value&`");
    return std::invoke(Of, key, value);
  }
}

template <auto Of, class Key, class Value>
using index_made = std::remove_cvref_t<decltype(made_of<Of>(std::declval<const Key&>(),
                                                            std::declval<const Value&>()))>;

/// The key under which an index keeps a row.
template <auto Of, class Key, class Value>
using index_key = typename index_key_of<index_made<Of, Key, Value>>::type;

/// The keys of one row in the indexes `Of...` of its table. Reused, so that a row costs no
/// allocation. One thread.
template <class Key, class Value, auto... Of> class index_rows {
 public:
  static constexpr std::size_t count = sizeof...(Of);

  /// Of no row.
  void clear() noexcept {
    bytes_.clear();
    ends_ = {};
  }

  /// @param key_bytes the encoded key
  void make(const Key& key, byte_view key_bytes, const Value& value) {
    bytes_.clear();
    std::size_t which = 0;
    ((append<Of>(key, key_bytes, value), ends_[which++] = bytes_.size()), ...);
  }

  /// Empty when the index does not have the row.
  [[nodiscard]] byte_view at(std::size_t which) const {
    const std::size_t begin = which == 0 ? 0 : ends_[which - 1];
    return bytes_.view(begin, ends_[which] - begin);
  }

 private:
  template <auto One> void append(const Key& key, byte_view key_bytes, const Value& value) {
    using ordered = ordered_key<index_key<One, Key, Value>>;
    const auto& made = made_of<One>(key, value);
    if constexpr (requires { made.has_value(); }) {
      if (!made.has_value()) return;
      ordered::append(bytes_, *made);
    } else {
      ordered::append(bytes_, made);
    }
    bytes_.append(key_bytes);
  }

  byte_buffer bytes_;
  std::array<std::size_t, count> ends_{};
};

/// Turns the entries `before` of a row into those `after` a change. `first`: the table of the first
/// index; the others follow it.
template <class Rows>
void change_indexes(table_store& store, std::size_t first, const Rows& before, const Rows& after) {
  for (std::size_t i = 0; i < Rows::count; ++i) {
    const byte_view old_entry = before.at(i);
    const byte_view new_entry = after.at(i);
    if (as_text(old_entry) == as_text(new_entry)) continue;
    if (!old_entry.empty()) store.erase(first + i, old_entry);
    if (!new_entry.empty()) store.put(first + i, new_entry, {});
  }
}

}  // namespace cairn::detail
