#include "lmdb/stream_table.hpp"

#include "cairn/detail/ordered_key.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace cairn::persistence::lmdb {
namespace {

constexpr std::size_t chunk_commits_max = 128;

std::string chunk_key(std::string_view stream_key, std::uint64_t base) {
  byte_buffer key;
  key.append(stream_key);
  key.append_little('\0');
  detail::append_big(key, base);
  return std::string{key.text()};
}

/// The base version in a chunk's key, when the chunk is one of this stream.
std::optional<std::uint64_t> base_in(byte_view key, std::string_view stream_key) {
  if (key.size() != stream_key.size() + 1 + sizeof(std::uint64_t)) return std::nullopt;
  if (!as_text(key).starts_with(stream_key)) return std::nullopt;
  byte_reader in{key.subspan(stream_key.size() + 1)};
  return detail::read_big<std::uint64_t>(in);
}

}  // namespace

/// One row.
struct stream_table::chunk {
  std::uint64_t base = 0;
  std::vector<commit_place> places;

  [[nodiscard]] std::uint64_t head() const {
    return places.empty() ? base : places.back().base + places.back().events;
  }

  void encode(byte_buffer& out) const {
    out.clear();
    std::uint64_t offset = 0;
    for (const commit_place& place : places) {
      out.append_varint(place.offset - offset);
      out.append_varint(place.events);
      offset = place.offset;
    }
  }

  static result<chunk> decode(std::uint64_t base, byte_view bytes) {
    chunk made{base, {}};
    byte_reader in{bytes};
    std::uint64_t offset = 0;
    while (in.left() > 0) {
      offset += in.read_varint();
      const std::uint64_t events = in.read_varint();
      if (in.failed() || events > UINT32_MAX) {
        return error{error::code::corrupt, "a row of the index cannot be read; delete the index"};
      }
      made.places.push_back({offset, made.head(), static_cast<std::uint32_t>(events)});
    }
    return made;
  }
};

result<std::uint64_t> stream_table::head(const transaction& txn,
                                         std::string_view stream_key) const {
  const auto last = newest(txn, stream_key);
  if (!last) return last.error();
  return last->head();
}

result<void> stream_table::places(const transaction& txn,
                                  std::string_view stream_key,
                                  std::uint64_t after,
                                  std::vector<commit_place>& out) const {
  auto rows = cursor::open(txn, rows_);
  if (!rows) return rows.error();
  byte_view key;
  byte_view value;
  // The chunk that has version `after` + 1 is the last one whose base is not beyond `after`.
  const std::string from = chunk_key(stream_key, after + 1);
  auto found = rows->seek(as_bytes(from), key, value);
  if (!found) return found.error();
  found = rows->move(*found ? MDB_PREV : MDB_LAST, key, value);
  if (!found) return found.error();
  if (!*found || !base_in(key, stream_key)) {
    found = rows->move(*found ? MDB_NEXT : MDB_FIRST, key, value);
  }
  for (; found && *found; found = rows->move(MDB_NEXT, key, value)) {
    const auto base = base_in(key, stream_key);
    if (!base) break;
    const auto part = chunk::decode(*base, value);
    if (!part) return part.error();
    for (const commit_place& place : part->places) {
      if (place.base + place.events > after) out.push_back(place);
    }
  }
  return found ? result<void>{} : found.error();
}

result<void> stream_table::append(transaction& txn,
                                  std::string_view stream_key,
                                  std::span<const commit_place> fresh) {
  auto last = newest(txn, stream_key);
  if (!last) return last.error();
  bool changed = false;
  for (const commit_place& place : fresh) {
    // Already there, from a flush that did not end. A version that comes twice is another matter:
    // it is kept, so that whoever reads the stream is told.
    if (!last->places.empty() && place.offset <= last->places.back().offset) continue;
    if (last->places.size() >= chunk_commits_max) {
      if (changed) {
        if (auto done = put(txn, stream_key, *last); !done) return done;
      }
      // Never below: that would be the row of an earlier chunk.
      *last = chunk{std::max(place.base, last->head()), {}};
    } else if (last->places.empty()) {
      last->base = place.base;
    }
    last->places.push_back(place);
    changed = true;
  }
  return changed ? put(txn, stream_key, *last) : result<void>{};
}

result<void> stream_table::put(transaction& txn, std::string_view stream_key, const chunk& what) {
  what.encode(value_);
  return txn.put(rows_, as_bytes(chunk_key(stream_key, what.base)), value_.view());
}

result<stream_table::chunk> stream_table::newest(const transaction& txn,
                                                 std::string_view stream_key) const {
  auto rows = cursor::open(txn, rows_);
  if (!rows) return rows.error();
  byte_view key;
  byte_view value;
  const std::string beyond = chunk_key(stream_key, UINT64_MAX);
  auto found = rows->seek(as_bytes(beyond), key, value);
  if (!found) return found.error();
  found = rows->move(*found ? MDB_PREV : MDB_LAST, key, value);
  if (!found) return found.error();
  const auto base = *found ? base_in(key, stream_key) : std::nullopt;
  if (!base) return chunk{};
  return chunk::decode(*base, value);
}

}  // namespace cairn::persistence::lmdb
