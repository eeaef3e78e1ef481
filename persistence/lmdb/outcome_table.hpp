#pragma once

#include "lmdb/environment.hpp"

#include "cairn/persistence/stream_index.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace cairn::persistence::lmdb {

/// The rows of an index that say what commands with ids came to.
///
/// Ids that may be forgotten have a second row each, under the number that counts the ids of their
/// stream: so the oldest are found and counted without looking at the others. Numbers of a stream
/// have no gap, since only the oldest are removed. Other ids cost nothing more. Changes: one
/// thread.
class outcome_table {
 public:
  /// Creates the tables where they are missing.
  [[nodiscard]] static result<outcome_table> open(transaction& txn);

  [[nodiscard]] result<std::optional<stored_outcome>> find(const transaction& txn,
                                                           std::string_view outcome_key) const;
  [[nodiscard]] result<bool> has_any_of(const transaction& txn, std::string_view stream_key) const;

  /// Writing the same outcome twice does no harm. Another one under the same id replaces it.
  /// @param forgettable it is the newest of its stream, and may be forgotten some day
  [[nodiscard]] result<void> put(transaction& txn,
                                 std::string_view outcome_key,
                                 const stored_outcome& what,
                                 bool forgettable);

  /// Removes the oldest ids of the stream that may be forgotten, `rows_max` at most; returns how
  /// many. Those that were put when they were not forgettable stay.
  [[nodiscard]] result<std::uint64_t> forget(transaction& txn,
                                             std::string_view stream_key,
                                             const outcome_retention& kept,
                                             timestamp now,
                                             std::uint64_t rows_max);

  [[nodiscard]] result<void> clear(transaction& txn);

 private:
  struct row {
    stored_outcome what;
    /// 0: not forgettable.
    std::uint64_t number = 0;
  };

  outcome_table(table outcomes, table order) : outcomes_(outcomes), order_(order) {}

  [[nodiscard]] result<std::optional<row>> find_row(const transaction& txn, byte_view key) const;
  /// Of the stream's oldest and newest forgettable ids; both 0 when it has none.
  struct numbers {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
  };
  [[nodiscard]] result<numbers> numbers_of(const transaction& txn,
                                           std::string_view stream_key) const;

  table outcomes_;
  table order_;
  byte_buffer value_;
};

/// The stream key at the beginning of an outcome key.
[[nodiscard]] std::string_view stream_key_of(std::string_view outcome_key) noexcept;

}  // namespace cairn::persistence::lmdb
