#include "lmdb/lmdb_tables.hpp"

#include <utility>

namespace cairn::persistence::lmdb {
namespace {

/// A walk from a bound on. LMDB visits in the order of memcmp, with shorter keys first: the order
/// of the encoded keys.
class row_cursor : public detail::table_store::cursor {
 public:
  row_cursor(detail::table_store& store, lmdb::cursor at, byte_view bound)
      : at_(std::move(at)), bound_(bound.begin(), bound.end()), store_(store) {}

  bool next(byte_view& key, byte_view& value) final {
    if (ended_) return false;
    const auto found = std::exchange(started_, true) ? step(key, value) : begin(key, value);
    if (!found) store_.fail(found.error());
    ended_ = !found || !*found;
    return !ended_;
  }

 protected:
  virtual result<bool> begin(byte_view& key, byte_view& value) = 0;
  virtual result<bool> step(byte_view& key, byte_view& value) = 0;

  lmdb::cursor at_;
  const std::vector<std::byte> bound_;

 private:
  detail::table_store& store_;
  bool started_ = false;
  bool ended_ = false;
};

class ascending_cursor final : public row_cursor {
 public:
  using row_cursor::row_cursor;

 private:
  result<bool> begin(byte_view& key, byte_view& value) override {
    if (bound_.empty()) return at_.move(MDB_FIRST, key, value);
    return at_.seek(bound_, key, value);
  }
  result<bool> step(byte_view& key, byte_view& value) override {
    return at_.move(MDB_NEXT, key, value);
  }
};

class descending_cursor final : public row_cursor {
 public:
  using row_cursor::row_cursor;

 private:
  result<bool> begin(byte_view& key, byte_view& value) override {
    if (bound_.empty()) return at_.move(MDB_LAST, key, value);
    const auto beyond = at_.seek(bound_, key, value);
    if (!beyond) return beyond.error();
    return at_.move(*beyond ? MDB_PREV : MDB_LAST, key, value);
  }
  result<bool> step(byte_view& key, byte_view& value) override {
    return at_.move(MDB_PREV, key, value);
  }
};

class empty_cursor final : public detail::table_store::cursor {
 public:
  bool next(byte_view& /*key*/, byte_view& /*value*/) override { return false; }
};

}  // namespace

lmdb::cursor* lmdb_tables::place_in(std::size_t which) {
  auto& place = places_.at(which);
  if (!place) {
    auto opened = lmdb::cursor::open(*txn_, set_.rows[which]);
    if (!opened) {
      fail(opened.error());
      return nullptr;
    }
    place.emplace(*std::move(opened));
  }
  return &*place;
}

std::optional<byte_view> lmdb_tables::get(std::size_t which, byte_view key) {
  // LMDB takes no empty key, not even to say that it is not there.
  if (failed() || key.empty()) return std::nullopt;
  auto* const place = place_in(which);
  if (place == nullptr) return std::nullopt;
  const auto found = place->get(key);
  if (found) return *found;
  fail(found.error());
  return std::nullopt;
}

void lmdb_tables::put(std::size_t which, byte_view key, byte_view value) {
  if (failed()) return;
  if (auto good = check_key(set_.settings, which, key); !good) return fail(good.error());
  auto* const place = place_in(which);
  if (place == nullptr) return;
  if (auto done = place->put(key, value); !done) fail(done.error());
}

void lmdb_tables::erase(std::size_t which, byte_view key) {
  if (failed() || key.empty()) return;
  auto* const place = place_in(which);
  if (place == nullptr) return;
  if (auto done = place->erase(key); !done) fail(done.error());
}

std::uint64_t lmdb_tables::count(std::size_t which) {
  if (failed()) return 0;
  const auto counted = txn_->count(set_.rows.at(which));
  if (counted) return *counted;
  fail(counted.error());
  return 0;
}

template <class Rows>
std::unique_ptr<detail::table_store::cursor> lmdb_tables::open_cursor(std::size_t which,
                                                                      byte_view bound) {
  if (failed()) return std::make_unique<empty_cursor>();
  auto at = lmdb::cursor::open(*txn_, set_.rows.at(which));
  if (at) return std::make_unique<Rows>(*this, *std::move(at), bound);
  fail(at.error());
  return std::make_unique<empty_cursor>();
}

std::unique_ptr<detail::table_store::cursor> lmdb_tables::walk(std::size_t which, byte_view first) {
  return open_cursor<ascending_cursor>(which, first);
}

std::unique_ptr<detail::table_store::cursor> lmdb_tables::walk_back(std::size_t which,
                                                                    byte_view end) {
  return open_cursor<descending_cursor>(which, end);
}

}  // namespace cairn::persistence::lmdb
