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
  lmdb_tables(transaction txn, const table_set& set) : txn_(std::move(txn)), set_(set) {}

  [[nodiscard]] std::optional<byte_view> get(std::size_t which, byte_view key) override;
  void put(std::size_t which, byte_view key, byte_view value) override;
  void erase(std::size_t which, byte_view key) override;
  [[nodiscard]] std::uint64_t count(std::size_t which) override;
  [[nodiscard]] std::unique_ptr<cursor> walk(std::size_t which, byte_view first) override;

  /// @pre give_up() was not called
  [[nodiscard]] transaction& txn() noexcept { return *txn_; }
  /// Ends the transaction without storing anything. Nothing can be done here afterwards.
  void give_up() { txn_.reset(); }

 private:
  std::optional<transaction> txn_;
  const table_set& set_;
};

}  // namespace cairn::persistence::lmdb
