#pragma once

#include "lmdb/environment.hpp"

#include "cairn/persistence/stream_index.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace cairn::persistence::lmdb {

/// The rows of an index that say where the commits of streams stand:
///
///   stream key, NUL, base version of the row (big-endian)  →  for each commit varint(offset - the
///   one before), varint(events); at most 128 commits
///
/// Changes: one thread.
class stream_table {
 public:
  explicit stream_table(table rows) : rows_(rows) {}

  /// The version up to which the table knows the stream; 0 when it does not.
  [[nodiscard]] result<std::uint64_t> head(const transaction& txn,
                                           std::string_view stream_key) const;

  /// Appends to `out` the places of commits that end behind version `after`, in order.
  [[nodiscard]] result<void> places(const transaction& txn,
                                    std::string_view stream_key,
                                    std::uint64_t after,
                                    std::vector<commit_place>& out) const;

  /// Appends those places that are behind what the table has already: to write again what a flush
  /// that did not end has written does no harm. @pre they are in order
  [[nodiscard]] result<void> append(transaction& txn,
                                    std::string_view stream_key,
                                    std::span<const commit_place> fresh);

  [[nodiscard]] result<void> clear(transaction& txn) const { return txn.clear_table(rows_); }

 private:
  struct chunk;

  [[nodiscard]] result<chunk> newest(const transaction& txn, std::string_view stream_key) const;
  [[nodiscard]] result<void> put(transaction& txn, std::string_view stream_key, const chunk& what);

  table rows_;
  byte_buffer value_;
};

}  // namespace cairn::persistence::lmdb
