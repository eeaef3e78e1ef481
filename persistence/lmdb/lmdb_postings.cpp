#include "lmdb/lmdb_postings.hpp"

#include "cairn/assert.hpp"
#include "cairn/detail/ordered_key.hpp"

#include <optional>
#include <string>

namespace cairn::persistence::lmdb {
namespace {

/// What the keys of all rows of a term begin with.
std::string prefix_of(posting_key key) {
  CAIRN_ASSERT(key.term.size() <= UINT8_MAX);
  std::string prefix;
  prefix += static_cast<char>(key.kind);
  prefix += static_cast<char>(static_cast<std::uint8_t>(key.term.size()));
  prefix += key.term;
  return prefix;
}

byte_buffer row_key(std::string_view prefix, std::uint64_t first) {
  byte_buffer key;
  key.append(prefix);
  detail::append_big(key, first);
  return key;
}

/// The first offset in a row's key, when the row is one of this term.
std::optional<std::uint64_t> first_in(byte_view key, std::string_view prefix) {
  if (key.size() != prefix.size() + sizeof(std::uint64_t)) return std::nullopt;
  if (!as_text(key).starts_with(prefix)) return std::nullopt;
  byte_reader in{key.subspan(prefix.size())};
  return detail::read_big<std::uint64_t>(in);
}

/// Replaces `offsets` by those of the row.
result<void> decode_row(std::uint64_t first, byte_view row, std::vector<std::uint64_t>& offsets) {
  offsets.assign(1, first);
  byte_reader in{row};
  while (in.left() > 0) {
    const std::uint64_t step = in.read_varint();
    // Offsets that do not rise would be read for ever.
    if (in.failed() || step == 0 || step > UINT64_MAX - offsets.back()) {
      return error{error::code::corrupt, "a row of the index cannot be read; delete the index"};
    }
    offsets.push_back(offsets.back() + step);
  }
  return {};
}

/// Moves to the last row of the term that begins at or before `offset`, or else to the row behind
/// that place. False when there is no row at all behind it.
result<bool> seek_row(
    cursor& rows, std::string_view prefix, std::uint64_t offset, byte_view& key, byte_view& value) {
  const byte_buffer wanted = row_key(prefix, offset);
  auto found = rows.seek(wanted.view(), key, value);
  if (!found) return found;
  if (*found && as_text(key) == wanted.text()) return true;
  const bool is_last = !*found;
  found = rows.move(is_last ? MDB_LAST : MDB_PREV, key, value);
  if (!found) return found;
  if (*found && first_in(key, prefix)) return true;
  if (is_last) return false;
  return rows.move(*found ? MDB_NEXT : MDB_FIRST, key, value);
}

}  // namespace

result<void> append_postings(transaction& txn,
                             table postings,
                             posting_key key,
                             std::span<const std::uint64_t> offsets) {
  const std::string prefix = prefix_of(key);
  std::vector<std::uint64_t> row;
  byte_buffer bytes;
  {
    auto rows = cursor::open(txn, postings);
    if (!rows) return rows.error();
    byte_view at;
    byte_view value;
    const auto found = seek_row(*rows, prefix, UINT64_MAX, at, value);
    if (!found) return found.error();
    const auto first = *found ? first_in(at, prefix) : std::nullopt;
    if (first) {
      if (auto read = decode_row(*first, value, row); !read) return read;
      bytes.append(value);
    }
  }
  const auto put = [&] {
    return txn.put(postings, row_key(prefix, row.front()).view(), bytes.view());
  };
  bool changed = false;
  for (const std::uint64_t offset : offsets) {
    if (!row.empty() && offset <= row.back()) continue;
    if (row.size() >= posting_row_offsets_max) {
      if (changed) {
        if (auto done = put(); !done) return done;
      }
      row.clear();
      bytes.clear();
    }
    if (!row.empty()) bytes.append_varint(offset - row.back());
    row.push_back(offset);
    changed = true;
  }
  return changed ? put() : result<void>{};
}

result<void> find_postings(const transaction& txn,
                           table postings,
                           posting_key key,
                           const posting_range& range,
                           std::vector<std::uint64_t>& out) {
  const std::string prefix = prefix_of(key);
  auto rows = cursor::open(txn, postings);
  if (!rows) return rows.error();
  const bool backwards = range.direction == read_direction::backwards;
  byte_view at;
  byte_view value;
  posting_range left = range;
  std::vector<std::uint64_t> row;
  auto found = seek_row(*rows, prefix, range.from, at, value);
  for (; found && *found && left.max > 0;
       found = rows->move(backwards ? MDB_PREV : MDB_NEXT, at, value)) {
    const auto first = first_in(at, prefix);
    if (!first) break;
    if (auto read = decode_row(*first, value, row); !read) return read;
    const std::size_t before = out.size();
    append_range(row, left, out);
    left.max -= out.size() - before;
  }
  return found ? result<void>{} : found.error();
}

}  // namespace cairn::persistence::lmdb
