#pragma once

#include "cairn/detail/fixed_text.hpp"
#include "cairn/detail/index_rows.hpp"
#include "cairn/detail/range_reads.hpp"

#include <cstddef>
#include <optional>
#include <utility>

// Secondary indexes of tables:
//
//   struct row { std::string country; std::int64_t spent_cents; ... };
//   cairn::table<std::string, row,
//                cairn::indexed_by<"country", &row::country>,
//                cairn::indexed_by<"spent", &row::spent_cents>> customers;
//
//   customers.by<"country">().each("France", visit);
//   customers.by<"spent">().all(visit, {.descending = true, .limit = 10});

namespace cairn {

/// An index of a table: its rows are also found, and walked in the order of, what `Of` makes of
/// them.
///
/// `Of` is a member of the row, or a function of the row, or of key and row. What it gives is
/// anything that can be the key of a table; several rows may have the same. A std::optional without
/// a value leaves the row out of the index. It must depend on nothing but key and row.
///
/// `Name` is stored: an index that is added, removed or renamed makes the read model be built anew,
/// as a table does. One that keeps its name and means something else needs another `version` of the
/// read model.
template <detail::fixed_text Name, auto Of> struct indexed_by {
  static constexpr auto name = Name;
  static constexpr auto of = Of;
};

/// The rows of a table in the order of an index; those with the same index key in the order of
/// their own keys. What is not in the index does not show.
///
/// Belongs to the table that gave it, and is used like that. Each row costs two look-ups.
template <class Key, class Value, class IndexKey>
class index_reader
    : public detail::range_reads<index_reader<Key, Value, IndexKey>, IndexKey, Key, Value> {
 public:
  /// Made by table::by. @pre `store` outlives it
  index_reader(detail::table_store& store, std::size_t rows, std::size_t index)
      : store_(store), rows_(rows), index_(index) {}

  /// The rows whose index key is `of`.
  template <class Visit> void each(const IndexKey& of, Visit&& visit, walk_options how = {}) const {
    walk(range_of(of), how, visit);
  }

  /// All rows that are in the index.
  template <class Visit> void all(Visit&& visit, walk_options how = {}) const {
    walk({}, how, visit);
  }

  /// The first of the rows whose index key is `of`; nothing when there is none.
  [[nodiscard]] std::optional<std::pair<Key, Value>> find(const IndexKey& of) const {
    return this->one(range_of(of), {.limit = 1});
  }

 private:
  friend detail::range_reads<index_reader, IndexKey, Key, Value>;

  [[nodiscard]] static detail::key_range range_of(const IndexKey& of) {
    detail::key_range range{detail::key_bytes(of), {}};
    range.end = detail::end_of_prefix(range.first.view());
    return range;
  }

  template <class Visit>
  void walk(const detail::key_range& range, const walk_options& how, Visit& visit) const {
    detail::walk_rows(store_, index_, range, how, [&](byte_view entry, byte_view /*nothing*/) {
      return show(entry, visit);
    });
  }

  template <class Visit> [[nodiscard]] bool show(byte_view entry, Visit& visit) const {
    byte_reader in{entry};
    (void)detail::ordered_key<IndexKey>::read(in);
    const byte_view key_bytes = entry.last(in.left());
    const Key key = detail::ordered_key<Key>::read(in);
    const bool readable = !in.failed() && in.left() == 0;
    const auto row = readable ? store_.get(rows_, key_bytes) : std::nullopt;
    if (!row) {
      store_.fail({error::code::corrupt, "an index of a table names a row that there is not"});
      return false;
    }
    const auto value = detail::read_row<Value>(store_, *row);
    return value && detail::visit_row(visit, key, *value);
  }

  detail::table_store& store_;
  std::size_t rows_;
  std::size_t index_;
};

}  // namespace cairn
