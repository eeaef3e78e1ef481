#pragma once

#include "cairn/assert.hpp"
#include "cairn/codec.hpp"
#include "cairn/detail/index_rows.hpp"
#include "cairn/detail/ordered_key.hpp"
#include "cairn/detail/range_reads.hpp"
#include "cairn/detail/table_store.hpp"
#include "cairn/fields.hpp"
#include "cairn/sql.hpp"
#include "cairn/table_index.hpp"
#include "cairn/walk_options.hpp"

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace cairn {

namespace detail {
class table_binder;
}

/// A table of a read model: rows of `Value` in ascending order of `Key`, on disk; with indexes
/// (table_index.hpp) they are also found by what is in them.
///
/// Usable inside `apply` (all of it) and `query` (what is const) only. One thread. Trouble with the
/// disk does not show here: the whole batch is then undone, and the read model reports it.
/// A key has at most about 500 bytes once encoded, for an index together with the index key; a
/// longer one stops the read model (too_large).
///
/// each_from, each_before, each_between, each_prefix, first and last: see detail::range_reads.
template <class Key, class Value, class... Indexes>
class table : public detail::range_reads<table<Key, Value, Indexes...>, Key, Key, Value> {
 public:
  [[nodiscard]] std::optional<Value> get(const Key& key) const { return value_at(encoded(key)); }

  [[nodiscard]] bool contains(const Key& key) const {
    return store().get(place_, encoded(key)).has_value();
  }

  /// Inserts or replaces the row. With indexes it reads the row first.
  void put(const Key& key, const Value& value) {
    CAIRN_ASSERT(!changing_);
    const byte_view at = encoded(key);
    if constexpr (is_indexed) note_before(key, at, value_at(at));
    put_noted(key, at, value);
  }

  /// Without effect when there is no such row.
  void erase(const Key& key) {
    CAIRN_ASSERT(!changing_);
    const byte_view at = encoded(key);
    if constexpr (is_indexed) {
      note_before(key, at, value_at(at));
      after_.clear();
      detail::change_indexes(store(), place_ + 1, before_, after_);
    }
    store().erase(place_, at);
  }

  /// Calls `change(Value&)` on the row, or on a new default value, and stores what it leaves.
  /// @pre when the table has indexes, `change` does not change the table itself
  template <std::invocable<Value&> Change> void update(const Key& key, Change&& change) {
    CAIRN_ASSERT(!changing_);
    auto found = get(key);
    if constexpr (is_indexed) note_before(key, key_bytes_.view(), found);
    Value value = found ? *std::move(found) : Value{};
    {
      const busy now{changing_};
      std::forward<Change>(change)(value);
    }
    // `change` may have read other rows.
    put_noted(key, encoded(key), value);
  }

  /// Number of rows; takes no longer for many.
  [[nodiscard]] std::uint64_t size() const { return store().count(place_); }

  /// Calls `visit(const Key&, const Value&)` for each row; as each_from from the first row on.
  template <class Visit> void each(Visit&& visit, walk_options how = {}) const {
    walk({}, how, visit);
  }

  /// The rows as the index of this name has them.
  template <detail::fixed_text Name> [[nodiscard]] auto by() const {
    constexpr std::size_t which = index_named(Name.view());
    static_assert(which < sizeof...(Indexes), "cairn: this table has no index of that name");
    using index = std::tuple_element_t<which, std::tuple<Indexes...>>;
    return index_reader<Key, Value, detail::index_key<index::of, Key, Value>>{
        store(), place_, place_ + 1 + which};
  }

 private:
  friend detail::table_binder;
  friend detail::range_reads<table, Key, Key, Value>;

  static constexpr bool is_indexed = sizeof...(Indexes) > 0;

  /// Refuses changes while it exists. Without indexes they do no harm and are not refused.
  class busy {
   public:
    explicit busy(bool& flag) : flag_(flag) { flag_ = is_indexed; }
    busy(const busy&) = delete;
    busy& operator=(const busy&) = delete;
    ~busy() { flag_ = false; }

   private:
    bool& flag_;
  };

  /// The number of indexes when there is none of this name.
  [[nodiscard]] static constexpr std::size_t index_named(std::string_view name) {
    std::size_t which = 0;
    for (const std::string_view one :
         std::array<std::string_view, sizeof...(Indexes)>{Indexes::name.view()...}) {
      if (one == name) break;
      ++which;
    }
    return which;
  }

  [[nodiscard]] detail::table_store& store() const {
    CAIRN_ASSERT(store_ != nullptr);
    return *store_;
  }

  [[nodiscard]] byte_view encoded(const Key& key) const {
    key_bytes_.clear();
    detail::ordered_key<Key>::append(key_bytes_, key);
    return key_bytes_.view();
  }

  [[nodiscard]] std::optional<Value> value_at(byte_view key_bytes) const {
    const auto found = store().get(place_, key_bytes);
    if (!found) return std::nullopt;
    return detail::read_row<Value>(store(), *found);
  }

  void note_before(const Key& key, byte_view at, const std::optional<Value>& row) {
    if (row) {
      before_.make(key, at, *row);
    } else {
      before_.clear();
    }
  }

  /// @pre before_ has the row's entries in the indexes
  void put_noted(const Key& key, byte_view at, const Value& value) {
    value_bytes_.clear();
    encode(value, value_bytes_);
    if constexpr (is_indexed) {
      after_.make(key, at, value);
      detail::change_indexes(store(), place_ + 1, before_, after_);
    }
    store().put(place_, at, value_bytes_.view());
  }

  template <class Visit>
  void walk(const detail::key_range& range, const walk_options& how, Visit& visit) const {
    detail::walk_rows(store(), place_, range, how, [&](byte_view key_bytes, byte_view row) {
      byte_reader in{key_bytes};
      const Key key = detail::ordered_key<Key>::read(in);
      if (in.failed() || in.left() != 0) {
        store().fail({error::code::corrupt, "a key of a table cannot be read"});
        return false;
      }
      const auto value = detail::read_row<Value>(store(), row);
      return value && detail::visit_row(visit, key, *value);
    });
  }

  detail::table_store* store_ = nullptr;
  // Those of the indexes follow.
  std::size_t place_ = 0;
  bool changing_ = false;
  // Reused, so that a row costs no allocation.
  mutable byte_buffer key_bytes_;
  byte_buffer value_bytes_;
  using entries = detail::index_rows<Key, Value, Indexes::of...>;
  entries before_;
  entries after_;
};

namespace detail {

/// Goes through the `serialize` of a read model's tables to name them and to tie them to a store.
class table_binder {
 public:
  /// `store` null: only the names are collected.
  explicit table_binder(table_store* store) : store_(store) {}

  template <class Key, class Value, class... Indexes>
  table_binder& operator&(named_field<table<Key, Value, Indexes...>> named) {
    named.value.store_ = store_;
    named.value.place_ = names_.size();
    names_.emplace_back(named.name);
    (add_index(named.name, Indexes::name.view()), ...);
    return *this;
  }

  table_binder& operator&(named_field<sql> named) {
    named.value.store_ = store_;
    has_sql_ = true;
    return *this;
  }

  template <class T> table_binder& operator&(T&& /*field*/) {
    static_assert(!std::is_same_v<T, T>,
                  "cairn: the fields of `tables` are tables (or a cairn::sql) with names: "
                  "`cairn::fields(ar, cairn::field(\"by_day\", by_day));`");
    return *this;
  }

  [[nodiscard]] std::vector<std::string> names() && { return std::move(names_); }
  [[nodiscard]] bool has_sql() const noexcept { return has_sql_; }

 private:
  void add_index(std::string_view table, std::string_view index) {
    names_.emplace_back(table).append("#").append(index);
  }

  table_store* store_;
  std::vector<std::string> names_;
  bool has_sql_ = false;
};

/// Ties all tables of a read model to `store`. @pre `store` outlives the use of `tables`
template <class Tables> void bind_tables(Tables& tables, table_store& store) {
  table_binder binder{&store};
  tables.serialize(binder, 0U);
}

/// The tables' names, in their order; each is followed by those of its indexes, "TABLE#INDEX".
template <class Tables> [[nodiscard]] std::vector<std::string> table_names() {
  Tables tables{};
  table_binder binder{nullptr};
  tables.serialize(binder, 0U);
  return std::move(binder).names();
}

/// Whether a `cairn::sql` is among them.
template <class Tables> [[nodiscard]] bool has_sql() {
  Tables tables{};
  table_binder binder{nullptr};
  tables.serialize(binder, 0U);
  return binder.has_sql();
}

/// Calls `use(sql&)` with SQL in the transaction of `store`.
template <class Use> void use_sql(table_store& store, Use&& use) {
  sql at_hand;
  table_binder{&store} & field("sql", at_hand);
  std::forward<Use>(use)(at_hand);
}

}  // namespace detail

}  // namespace cairn
