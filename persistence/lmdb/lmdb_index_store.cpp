#include "lmdb/lmdb_index_store.hpp"

#include "lmdb/environment.hpp"
#include "lmdb/lmdb_postings.hpp"
#include "lmdb/outcome_table.hpp"
#include "lmdb/stream_table.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

// Tables:
//   streams   see stream_table.hpp
//   outcomes, outcome_order: see outcome_table.cpp
//   notes     stream key  →  note
//   postings  see lmdb_postings.hpp
//   meta      "format" → u16, "checkpoint" → next offset, next block, last block's offset, its
//   link;
//             "adding" → the same, of where rows will reach that are being added

namespace cairn::persistence::lmdb {
namespace {

constexpr std::uint16_t index_format = 2;
constexpr std::string_view format_key = "format";
constexpr std::string_view checkpoint_key = "checkpoint";
constexpr std::string_view adding_key = "adding";
// LMDB keeps the pages of a transaction in memory: so many rows, each on a page of its own at
// worst.
constexpr std::size_t rows_per_transaction = 20'000;
// Each takes a row out of two tables.
constexpr std::uint64_t removals_per_transaction = 10'000;

struct index_tables {
  stream_table& streams;
  outcome_table& outcomes;
  table notes;
  table postings;
  table meta;
};

result<void> put_format(transaction& txn, table meta) {
  byte_buffer format;
  format.append_little(index_format);
  return txn.put(meta, as_bytes(format_key), format.view());
}

result<void> empty(transaction& txn, const index_tables& tables) {
  for (const table each : {tables.notes, tables.postings, tables.meta}) {
    if (auto done = txn.clear_table(each); !done) return done;
  }
  if (auto done = tables.streams.clear(txn); !done) return done;
  if (auto done = tables.outcomes.clear(txn); !done) return done;
  return put_format(txn, tables.meta);
}

/// Empties an index of an older format, since its rows would be misread.
result<void> heed_format(transaction& txn, const index_tables& tables, const log_sink& log) {
  const auto found = txn.get(tables.meta, as_bytes(format_key));
  if (!found) return found.error();
  std::uint16_t format = 1;
  if (found->has_value()) {
    byte_reader in{**found};
    format = in.read_little<std::uint16_t>();
    if (in.failed() || format > index_format) {
      return error{error::code::newer_format, "the index has format " + std::to_string(format)};
    }
    if (format == index_format) return {};
  } else {
    // Either it is new, or it was emptied by a program that left format 1 unsaid afterwards.
    const auto rows = txn.count(tables.meta);
    if (!rows) return rows.error();
    if (*rows == 0) return put_format(txn, tables.meta);
  }
  log(log_level::info,
      "the index has format " + std::to_string(format) + " and is built anew in format " +
          std::to_string(index_format));
  return empty(txn, tables);
}

class lmdb_index_store final : public index_store {
 public:
  lmdb_index_store(environment env, const index_tables& tables)
      : env_(std::move(env)),
        streams_(std::move(tables.streams)),
        outcomes_(std::move(tables.outcomes)),
        notes_(tables.notes),
        postings_(tables.postings),
        meta_(tables.meta) {}

  result<index_checkpoint> checkpoint() const override {
    const auto stored = stored_checkpoint(checkpoint_key);
    if (!stored) return stored.error();
    return stored->value_or(index_checkpoint{});
  }

  result<std::optional<index_checkpoint>> unfinished() const override {
    return stored_checkpoint(adding_key);
  }

  result<void> add(const index_segment& segment, const index_checkpoint& reaching) override {
    if (auto done = add_streams(segment, reaching); !done) return done;
    if (auto done = add_outcomes(segment, reaching); !done) return done;
    if (auto done = add_notes(segment, reaching); !done) return done;
    return add_postings(segment, reaching);
  }

  result<void> finish(const index_checkpoint& reached) override {
    auto txn = transaction::begin(env_, transaction::mode::write);
    if (!txn) return txn.error();
    if (auto put = put_checkpoint(*txn, checkpoint_key, reached); !put) return put;
    if (auto done = txn->erase(meta_, as_bytes(adding_key)); !done) return done;
    return txn->commit();
  }

  result<void> clear() override {
    auto txn = transaction::begin(env_, transaction::mode::write);
    if (!txn) return txn.error();
    if (auto done = empty(*txn, {streams_, outcomes_, notes_, postings_, meta_}); !done)
      return done;
    return txn->commit();
  }

  result<std::uint64_t> head(std::string_view stream_key) const override {
    const auto txn = transaction::begin(env_, transaction::mode::read);
    if (!txn) return txn.error();
    return streams_.head(*txn, stream_key);
  }

  result<void> places(std::string_view stream_key,
                      std::uint64_t after,
                      std::vector<commit_place>& out) const override {
    const auto txn = transaction::begin(env_, transaction::mode::read);
    if (!txn) return txn.error();
    return streams_.places(*txn, stream_key, after, out);
  }

  result<std::optional<stored_outcome>> outcome(std::string_view outcome_key) const override {
    const auto txn = transaction::begin(env_, transaction::mode::read);
    if (!txn) return txn.error();
    return outcomes_.find(*txn, outcome_key);
  }

  result<bool> has_outcomes(std::string_view stream_key) const override {
    const auto txn = transaction::begin(env_, transaction::mode::read);
    if (!txn) return txn.error();
    return outcomes_.has_any_of(*txn, stream_key);
  }

  void keep_outcomes(const outcome_keeping& keeping) override { keeping_ = &keeping; }

  result<void> forget_outcomes(const index_segment& finished) override {
    if (keeping_ == nullptr || keeping_->by_type.empty()) return {};
    std::map<std::string_view, std::uint64_t> removals_left;
    for (const auto& one : finished.outcomes()) {
      if (kept_of(one.first) != nullptr) removals_left[stream_key_of(one.first)] += 2;
    }
    const timestamp now = keeping_->now();
    for (auto at = removals_left.begin(); at != removals_left.end();) {
      auto txn = transaction::begin(env_, transaction::mode::write);
      if (!txn) return txn.error();
      std::uint64_t room = removals_per_transaction;
      while (at != removals_left.end() && room > 0) {
        auto& [stream, left] = *at;
        const std::uint64_t rows_max = std::min(room, left);
        const auto gone = outcomes_.forget(*txn, stream, *kept_of(stream), now, rows_max);
        if (!gone) return gone.error();
        room -= *gone;
        left -= *gone;
        if (*gone < rows_max || left == 0) ++at;
      }
      if (auto done = txn->commit(); !done) return done;
    }
    return {};
  }

  result<std::optional<stream_note>> note(std::string_view stream_key) const override {
    const auto txn = transaction::begin(env_, transaction::mode::read);
    if (!txn) return txn.error();
    const auto found = txn->get(notes_, as_bytes(stream_key));
    if (!found) return found.error();
    if (!found->has_value()) return std::optional<stream_note>{};
    byte_reader in{**found};
    const auto note = layout::read_note(in);
    if (!note) {
      return error{error::code::corrupt, "a row of the index cannot be read; delete the index"};
    }
    return note;
  }

  result<bool> has_notes() const override {
    const auto txn = transaction::begin(env_, transaction::mode::read);
    if (!txn) return txn.error();
    const auto count = txn->count(notes_);
    if (!count) return count.error();
    return *count > 0;
  }

  result<void> postings(posting_key key,
                        const posting_range& range,
                        std::vector<std::uint64_t>& out) const override {
    const auto txn = transaction::begin(env_, transaction::mode::read);
    if (!txn) return txn.error();
    return find_postings(*txn, postings_, key, range, out);
  }

 private:
  template <class Map> static auto sorted(const Map& map) {
    std::vector<const typename Map::value_type*> rows;
    rows.reserve(map.size());
    for (const auto& row : map)
      rows.push_back(&row);
    std::sort(rows.begin(), rows.end(), [](auto* a, auto* b) { return a->first < b->first; });
    return rows;
  }

  [[nodiscard]] result<std::optional<index_checkpoint>> stored_checkpoint(
      std::string_view key) const {
    const auto txn = transaction::begin(env_, transaction::mode::read);
    if (!txn) return txn.error();
    const auto found = txn->get(meta_, as_bytes(key));
    if (!found) return found.error();
    if (!found->has_value()) return std::optional<index_checkpoint>{};
    index_checkpoint made;
    byte_reader in{**found};
    made.next_offset = in.read_little<std::uint64_t>();
    made.next_block = in.read_little<std::uint64_t>();
    made.last_block_offset = in.read_little<std::uint64_t>();
    const byte_view link = in.read_bytes(made.last_chain.size());
    if (in.failed()) {
      return error{error::code::corrupt, "a checkpoint of the index in " + env_.name()};
    }
    std::copy(link.begin(), link.end(), made.last_chain.begin());
    return std::optional{made};
  }

  result<void> put_checkpoint(transaction& txn,
                              std::string_view key,
                              const index_checkpoint& reached) {
    value_.clear();
    value_.append_little(reached.next_offset);
    value_.append_little(reached.next_block);
    value_.append_little(reached.last_block_offset);
    value_.append(byte_view{reached.last_chain});
    return txn.put(meta_, as_bytes(key), value_.view());
  }

  /// Writes rows one by one, in several transactions if they are many: rows are written in such a
  /// way that it does no harm to write them again.
  template <class Rows, class Write>
  result<void> in_bulk(const Rows& rows, const index_checkpoint& reaching, Write write) {
    for (std::size_t at = 0; at < rows.size();) {
      auto txn = transaction::begin(env_, transaction::mode::write);
      if (!txn) return txn.error();
      // In the same transaction as the first rows: they are of no use to a log that has lost its
      // end.
      if (auto done = put_checkpoint(*txn, adding_key, reaching); !done) return done;
      const std::size_t end = std::min(rows.size(), at + rows_per_transaction);
      for (; at < end; ++at) {
        if (auto done = write(*txn, rows[at]); !done) return done;
      }
      if (auto done = txn->commit(); !done) return done;
    }
    return {};
  }

  result<void> add_streams(const index_segment& segment, const index_checkpoint& reaching) {
    const auto write = [this](transaction& txn, const place_lists::sorted_rows::row& row) {
      return streams_.append(txn, row.stream_key, row.places);
    };
    return in_bulk(segment.streams().sorted(), reaching, write);
  }

  /// Null when ids of that stream are remembered for ever. @param key of a stream or an outcome
  [[nodiscard]] const outcome_retention* kept_of(std::string_view key) const noexcept {
    return keeping_ != nullptr ? keeping_->of(key.substr(0, key.find('\0'))) : nullptr;
  }

  using outcome_map = index_segment::text_map<index_segment::numbered_outcome>;

  /// Sorted by key, or where ids may be forgotten, by stream and age.
  [[nodiscard]] std::vector<const outcome_map::value_type*> in_order(
      const outcome_map& outcomes) const {
    auto rows = sorted(outcomes);
    if (keeping_ == nullptr || keeping_->by_type.empty()) return rows;
    for (auto first = rows.begin(); first != rows.end();) {
      const std::string_view stream = stream_key_of((*first)->first);
      const auto end = std::find_if(first, rows.end(), [stream](const auto* row) {
        return stream_key_of(row->first) != stream;
      });
      std::sort(first, end, [](const auto* a, const auto* b) {
        return a->second.number < b->second.number;
      });
      first = end;
    }
    return rows;
  }

  result<void> add_outcomes(const index_segment& segment, const index_checkpoint& reaching) {
    const auto write = [this](transaction& txn, const auto& row) {
      return outcomes_.put(txn, row->first, row->second.what, kept_of(row->first) != nullptr);
    };
    return in_bulk(in_order(segment.outcomes()), reaching, write);
  }

  result<void> add_notes(const index_segment& segment, const index_checkpoint& reaching) {
    return in_bulk(sorted(segment.notes()), reaching, [this](transaction& txn, const auto& row) {
      value_.clear();
      layout::append_note(value_, row->second);
      return txn.put(notes_, as_bytes(row->first), value_.view());
    });
  }

  /// Like in_bulk, but counts rows: a word may have many.
  result<void> add_postings(const index_segment& segment, const index_checkpoint& reaching) {
    std::optional<transaction> txn;
    std::size_t rows = 0;
    result<void> done;
    segment.postings().each([&](posting_key key, const std::vector<std::uint64_t>& offsets) {
      if (!txn) {
        auto begun = transaction::begin(env_, transaction::mode::write);
        done = begun ? result<void>{} : begun.error();
        if (!done) return false;
        txn = *std::move(begun);
        done = put_checkpoint(*txn, adding_key, reaching);
      }
      if (done) done = append_postings(*txn, postings_, key, offsets);
      rows += 1 + offsets.size() / posting_row_offsets_max;
      if (done && rows >= rows_per_transaction) {
        done = txn->commit();
        txn.reset();
        rows = 0;
      }
      return done.has_value();
    });
    return done && txn ? txn->commit() : done;
  }

  environment env_;
  stream_table streams_;
  outcome_table outcomes_;
  table notes_;
  table postings_;
  table meta_;
  const outcome_keeping* keeping_ = nullptr;
  byte_buffer value_;
};

}  // namespace

result<std::unique_ptr<index_store>> open_index_store(const std::filesystem::path& directory,
                                                      std::uint64_t map_bytes,
                                                      const log_sink& log) {
  auto env = environment::open(directory, {.map_bytes = map_bytes, .reads_pages_alone = true});
  if (!env) return env.error();
  auto txn = transaction::begin(*env, transaction::mode::write);
  if (!txn) return txn.error();
  const auto stream_rows = txn->open_table("streams", MDB_CREATE);
  if (!stream_rows) return stream_rows.error();
  stream_table streams{*stream_rows};
  auto outcomes = outcome_table::open(*txn);
  if (!outcomes) return outcomes.error();
  const auto notes = txn->open_table("notes", MDB_CREATE);
  if (!notes) return notes.error();
  const auto postings = txn->open_table("postings", MDB_CREATE);
  if (!postings) return postings.error();
  const auto meta = txn->open_table("meta", MDB_CREATE);
  if (!meta) return meta.error();
  const index_tables tables{streams, *outcomes, *notes, *postings, *meta};
  if (auto good = heed_format(*txn, tables, log); !good) return good.error();
  if (auto done = txn->commit(); !done) return done.error();
  return std::unique_ptr<index_store>{std::make_unique<lmdb_index_store>(*std::move(env), tables)};
}

}  // namespace cairn::persistence::lmdb
