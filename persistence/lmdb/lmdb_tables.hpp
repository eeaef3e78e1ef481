#pragma once

#include "lmdb/environment.hpp"

#include "cairn/persistence/views.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace cairn::persistence::lmdb {

/// The open tables of a view. Fixed once the view is open.
struct table_set {
  view::options settings;
  table meta{};
  std::vector<table> rows;
};

/// A read model's tables within one transaction.
class lmdb_tables final : public detail::table_store {
 public:
  /// @pre `set` outlives this
  lmdb_tables(transaction txn, const table_set& set)
      : txn_(std::move(txn)), set_(set), places_(set.rows.size()) {}

  [[nodiscard]] std::optional<byte_view> get(std::size_t which, byte_view key) override;
  void put(std::size_t which, byte_view key, byte_view value) override;
  void erase(std::size_t which, byte_view key) override;
  [[nodiscard]] std::uint64_t count(std::size_t which) override;
  [[nodiscard]] std::unique_ptr<cursor> walk(std::size_t which, byte_view first) override;
  [[nodiscard]] std::unique_ptr<cursor> walk_back(std::size_t which, byte_view end) override;

  /// For what is not rows. Reading and changing rows is over. @pre give_up() was not called
  [[nodiscard]] transaction& finish() noexcept {
    places_.clear();
    return *txn_;
  }
  /// Ends the transaction without storing anything. Nothing can be done here afterwards.
  void give_up() {
    places_.clear();
    txn_.reset();
  }

 private:
  template <class Rows>
  [[nodiscard]] std::unique_ptr<cursor> open_cursor(std::size_t which, byte_view bound);

  /// Null, and a failed store, when there is no memory for it.
  [[nodiscard]] lmdb::cursor* place_in(std::size_t which);

  std::optional<transaction> txn_;
  const table_set& set_;
  // Where each table was last read or changed. LMDB frees them with the transaction of a batch:
  // they must be gone by then.
  std::vector<std::optional<lmdb::cursor>> places_;
};

}  // namespace cairn::persistence::lmdb
