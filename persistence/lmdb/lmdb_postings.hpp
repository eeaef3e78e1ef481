#pragma once

#include "lmdb/environment.hpp"

#include "cairn/persistence/postings.hpp"

#include <cstdint>
#include <span>
#include <vector>

// The rows of the table `postings`:
//
//   kind u8, term as text8, first offset (big-endian)  →  for each further offset varint(offset -
//   the one before); at most 512 offsets
//
// The length stands before the term, since tags and command ids may contain any byte: so the rows
// of a term stand next to each other, and no term's rows are taken for another's.

namespace cairn::persistence::lmdb {

inline constexpr std::size_t posting_row_offsets_max = 512;

/// Appends those offsets that are behind what the table has already: to write again what a flush
/// that did not end has written does no harm. @pre `offsets` are in order
[[nodiscard]] result<void> append_postings(transaction& txn,
                                           table postings,
                                           posting_key key,
                                           std::span<const std::uint64_t> offsets);

/// Appends to `out` what the table has of the range. corrupt: a row cannot be read.
[[nodiscard]] result<void> find_postings(const transaction& txn,
                                         table postings,
                                         posting_key key,
                                         const posting_range& range,
                                         std::vector<std::uint64_t>& out);

}  // namespace cairn::persistence::lmdb
