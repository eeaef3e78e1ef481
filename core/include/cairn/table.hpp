#pragma once

#include "cairn/assert.hpp"
#include "cairn/codec.hpp"
#include "cairn/detail/ordered_key.hpp"
#include "cairn/detail/table_store.hpp"
#include "cairn/fields.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace cairn {

namespace detail {
class table_binder;
}

/// A table of a read model: rows of `Value` in ascending order of `Key`, on disk.
///
/// Usable inside `apply` (all of it) and `query` (what is const) only. One thread. Trouble with the
/// disk does not show here: the whole batch is then undone, and the read model reports it.
/// A key has at most about 500 bytes once encoded; a longer one stops the read model (too_large).
template <class Key, class Value> class table {
 public:
  [[nodiscard]] std::optional<Value> get(const Key& key) const {
    const auto found = store().get(place_, encoded(key));
    if (!found) return std::nullopt;
    return read_value(*found);
  }

  [[nodiscard]] bool contains(const Key& key) const {
    return store().get(place_, encoded(key)).has_value();
  }

  /// Inserts or replaces the row.
  void put(const Key& key, const Value& value) {
    value_bytes_.clear();
    encode(value, value_bytes_);
    store().put(place_, encoded(key), value_bytes_.view());
  }

  /// Without effect when there is no such row.
  void erase(const Key& key) { store().erase(place_, encoded(key)); }

  /// Calls `change(Value&)` on the row, or on a new default value, and stores what it leaves.
  template <std::invocable<Value&> Change> void update(const Key& key, Change&& change) {
    Value value = get(key).value_or(Value{});
    std::forward<Change>(change)(value);
    put(key, value);
  }

  /// Number of rows; takes no longer for many.
  [[nodiscard]] std::uint64_t size() const { return store().count(place_); }

  /// Calls `visit(const Key&, const Value&)` for each row in ascending order of keys. A visit that
  /// returns bool ends the walk by returning false. The table must not change meanwhile.
  template <class Visit> void each(Visit&& visit) const { walk({}, std::forward<Visit>(visit)); }

  /// The same, from the first row whose key is not less than `first`.
  template <class Visit> void each_from(const Key& first, Visit&& visit) const {
    byte_buffer from;
    detail::ordered_key<Key>::append(from, first);
    walk(from.view(), std::forward<Visit>(visit));
  }

 private:
  friend detail::table_binder;

  [[nodiscard]] detail::table_store& store() const {
    CAIRN_ASSERT(store_ != nullptr);
    return *store_;
  }

  [[nodiscard]] byte_view encoded(const Key& key) const {
    key_bytes_.clear();
    detail::ordered_key<Key>::append(key_bytes_, key);
    return key_bytes_.view();
  }

  [[nodiscard]] std::optional<Value> read_value(byte_view bytes) const {
    auto value = decode<Value>(bytes);
    if (value) return *std::move(value);
    store().fail(value.error());
    return std::nullopt;
  }

  template <class Visit> void walk(byte_view first, Visit&& visit) const {
    const auto rows = store().walk(place_, first);
    byte_view key_bytes;
    byte_view value_bytes;
    while (rows->next(key_bytes, value_bytes)) {
      byte_reader key_reader{key_bytes};
      const Key key = detail::ordered_key<Key>::read(key_reader);
      if (key_reader.failed() || key_reader.left() != 0) {
        return store().fail({error::code::corrupt, "a key of a table cannot be read"});
      }
      const auto value = read_value(value_bytes);
      if (!value) return;
      if constexpr (std::is_same_v<std::invoke_result_t<Visit&, const Key&, const Value&>, bool>) {
        if (!visit(key, *value)) return;
      } else {
        visit(key, *value);
      }
    }
  }

  detail::table_store* store_ = nullptr;
  std::size_t place_ = 0;
  // Reused, so that a row costs no allocation.
  mutable byte_buffer key_bytes_;
  byte_buffer value_bytes_;
};

namespace detail {

/// Goes through the `serialize` of a read model's tables to name them and to tie them to a store.
class table_binder {
 public:
  /// `store` null: only the names are collected.
  explicit table_binder(table_store* store) : store_(store) {}

  template <class Key, class Value> table_binder& operator&(named_field<table<Key, Value>> named) {
    named.value.store_ = store_;
    named.value.place_ = names_.size();
    names_.emplace_back(named.name);
    return *this;
  }

  template <class T> table_binder& operator&(T&& /*field*/) {
    static_assert(!std::is_same_v<T, T>,
                  "cairn: the fields of `tables` are tables with names: "
                  "`cairn::fields(ar, cairn::field(\"by_day\", by_day));`");
    return *this;
  }

  [[nodiscard]] std::vector<std::string> names() && { return std::move(names_); }

 private:
  table_store* store_;
  std::vector<std::string> names_;
};

/// Ties all tables of a read model to `store`. @pre `store` outlives the use of `tables`
template <class Tables> void bind_tables(Tables& tables, table_store& store) {
  table_binder binder{&store};
  tables.serialize(binder, 0U);
}

/// The tables' names, in their order.
template <class Tables> [[nodiscard]] std::vector<std::string> table_names() {
  Tables tables{};
  table_binder binder{nullptr};
  tables.serialize(binder, 0U);
  return std::move(binder).names();
}

}  // namespace detail

}  // namespace cairn
