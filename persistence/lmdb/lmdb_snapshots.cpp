#include "lmdb/lmdb_snapshots.hpp"

#include "lmdb/environment.hpp"

#include "cairn/detail/ordered_key.hpp"

#include <string>
#include <utility>
#include <xxhash.h>

// Table "snapshots": stream key, NUL, version (big-endian)  →  u64 XXH3 of what follows, with that
// of the key as its seed, i64 time, u32 schema version, state.

namespace cairn::persistence::lmdb {
namespace {

constexpr std::size_t check_bytes = 8;

std::string row_key(stream_name stream, std::uint64_t version) {
  std::string stream_key;
  make_stream_key(stream_key, stream);
  byte_buffer key;
  key.append(stream_key);
  key.append_little('\0');
  detail::append_big(key, version);
  return std::string{key.text()};
}

std::uint64_t version_in(byte_view key) {
  byte_reader in{key.last(sizeof(std::uint64_t))};
  return detail::read_big<std::uint64_t>(in);
}

bool same_stream(byte_view key, std::string_view like) {
  if (key.size() != like.size()) return false;
  const std::size_t prefix = like.size() - sizeof(std::uint64_t);
  return as_text(key).substr(0, prefix) == like.substr(0, prefix);
}

/// Also of the key, since a version that is not that of the state would be worse than no snapshot.
std::uint64_t check_of(byte_view key, byte_view row) noexcept {
  const std::uint64_t seed = XXH3_64bits(key.data(), key.size());
  return XXH3_64bits_withSeed(row.data() + check_bytes, row.size() - check_bytes, seed);
}

std::optional<snapshot> decode_row(byte_view key, byte_view row) {
  byte_reader in{row};
  const auto check = in.read_little<std::uint64_t>();
  snapshot made;
  made.version = {version_in(key)};
  made.time = timestamp{std::chrono::nanoseconds{in.read_little<std::int64_t>()}};
  made.schema_version = in.read_little<std::uint32_t>();
  const byte_view state = in.read_bytes(in.left());
  if (in.failed()) return std::nullopt;
  if (check_of(key, row) != check) return std::nullopt;
  made.state.assign(state.begin(), state.end());
  return made;
}

class lmdb_snapshots final : public snapshot_store {
 public:
  lmdb_snapshots(environment env, table rows) : env_(std::move(env)), rows_(rows) {}

  result<void> store(const std::vector<item>& items) override {
    auto txn = transaction::begin(env_, transaction::mode::write);
    if (!txn) return txn.error();
    byte_buffer row;
    for (const item& one : items) {
      const stream_name stream{one.type, one.id};
      row.clear();
      row.append_little(std::uint64_t{0});
      row.append_little(std::int64_t{one.what.time.time_since_epoch().count()});
      row.append_little(one.what.schema_version);
      row.append(one.what.state);
      const std::string key = row_key(stream, one.what.version.value);
      row.patch_little(0, check_of(as_bytes(key), row.view()));
      if (auto put = txn->put(rows_, as_bytes(key), row.view()); !put) return put;
      if (!one.erase_up_to || one.hide_up_to) continue;
      if (auto done = erase_rows(*txn, stream, {0}, *one.erase_up_to); !done) return done;
    }
    return txn->commit();
  }

  result<void> erase(stream_name stream, version after, version up_to) override {
    auto txn = transaction::begin(env_, transaction::mode::write);
    if (!txn) return txn.error();
    if (auto done = erase_rows(*txn, stream, after, up_to); !done) return done;
    return txn->commit();
  }

  result<std::vector<snapshot>> find(stream_name stream,
                                     version up_to,
                                     std::size_t most,
                                     std::optional<version>& damaged) const override {
    std::vector<snapshot> found;
    std::size_t seen_so_far = 0;
    const auto txn = transaction::begin(env_, transaction::mode::read);
    if (!txn) return txn.error();
    const auto seen =
        each_back(*txn, row_key(stream, up_to.value), [&](byte_view key, byte_view value) {
          if (auto good = decode_row(key, value)) {
            found.push_back(*std::move(good));
          } else if (!damaged) {
            damaged = version{version_in(key)};
          }
          return ++seen_so_far < most;
        });
    if (!seen) return seen.error();
    return found;
  }

 private:
  /// Visits the rows of a stream from the version in `from` downwards, while `visit` says so.
  template <class Visit>
  result<void> each_back(const transaction& txn, const std::string& from, Visit visit) const {
    auto rows = cursor::open(txn, rows_);
    if (!rows) return rows.error();
    byte_view key;
    byte_view value;
    auto found = rows->seek(as_bytes(from), key, value);
    if (!found) return found.error();
    if (!*found) {
      found = rows->move(MDB_LAST, key, value);
    } else if (as_text(key) != from) {
      found = rows->move(MDB_PREV, key, value);
    }
    for (; found && *found && same_stream(key, from); found = rows->move(MDB_PREV, key, value)) {
      if (!visit(key, value)) break;
    }
    return found ? result<void>{} : found.error();
  }

  result<void> erase_rows(transaction& txn, stream_name stream, version after, version up_to) {
    std::vector<std::string> keys;
    const auto seen =
        each_back(txn, row_key(stream, up_to.value), [&](byte_view key, byte_view /*value*/) {
          if (version_in(key) <= after.value) return false;
          keys.emplace_back(as_text(key));
          return true;
        });
    if (!seen) return seen;
    for (const std::string& key : keys) {
      if (auto done = txn.erase(rows_, as_bytes(key)); !done) return done;
    }
    return {};
  }

  environment env_;
  table rows_;
};

}  // namespace

result<std::unique_ptr<snapshot_store>> open_snapshots(const std::filesystem::path& directory,
                                                       std::uint64_t map_bytes) {
  auto env = environment::open(directory, {.map_bytes = map_bytes, .reads_pages_alone = true});
  if (!env) return env.error();
  auto txn = transaction::begin(*env, transaction::mode::write);
  if (!txn) return txn.error();
  const auto rows = txn->open_table("snapshots", MDB_CREATE);
  if (!rows) return rows.error();
  if (auto done = txn->commit(); !done) return done.error();
  return std::unique_ptr<snapshot_store>{std::make_unique<lmdb_snapshots>(*std::move(env), *rows)};
}

}  // namespace cairn::persistence::lmdb
