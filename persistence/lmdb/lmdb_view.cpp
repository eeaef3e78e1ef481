#include "lmdb/lmdb_view.hpp"

#include "lmdb/environment.hpp"
#include "lmdb/lmdb_tables.hpp"
#include "store/directory.hpp"

#include "cairn/assert.hpp"
#include "cairn/detail/hidden_tables.hpp"

#include <system_error>
#include <utility>
#include <xxhash.h>

// Table "meta":  "identity"    →  text: what the view was made for, see identity_of
//                "checkpoints" →  u64 XXH3 of what follows, u64 for each partition
//                "state"       →  u64 XXH3 of what follows, u32 schema version, u64 for each
//                                 partition, state. Of a model in tables whose `apply` asks what is
//                                 replayed: schema version 0, the durable offsets when it was
//                                 begun, no bytes
// Table "t:NAME" →  the rows of the read model's table NAME
// Table "t:NAME#INDEX" →  what an index of that table has: key in the index, key of the row → empty
//   "t:cairn.letters" (hidden)  number:big64 →  a dead letter, see append_letter in
//                                actors/read_models/letter_rows.cpp
//   "t:cairn.control" (hidden)  "paused" →  nothing; there is such a row while it is paused
//                               "serves", "building": see actors/read_models/control_rows.hpp
// All numbers are little-endian.

namespace cairn::persistence::lmdb {
namespace {

constexpr std::string_view identity_key = "identity";
constexpr std::string_view checkpoints_key = "checkpoints";
constexpr std::string_view state_key = "state";
constexpr std::size_t check_bytes = 8;

void append_checkpoints(byte_buffer& out, const checkpoint_list& reached) {
  for (const std::uint64_t offset : reached) {
    out.append_little(offset);
  }
}

checkpoint_list read_checkpoints(byte_reader& in, std::size_t partitions) {
  checkpoint_list reached(partitions);
  for (std::uint64_t& offset : reached) {
    offset = in.read_little<std::uint64_t>();
  }
  return reached;
}

void seal(byte_buffer& row) {
  row.patch_little(0, XXH3_64bits(row.data() + check_bytes, row.size() - check_bytes));
}

/// The row behind its check; nothing when the check fails.
std::optional<byte_view> unseal(byte_view row) {
  byte_reader in{row};
  const auto check = in.read_little<std::uint64_t>();
  const byte_view rest = in.read_bytes(in.left());
  if (in.failed() || XXH3_64bits(rest.data(), rest.size()) != check) return std::nullopt;
  return rest;
}

class lmdb_batch final : public view_batch {
 public:
  lmdb_batch(transaction txn, const table_set& set) : set_(set), tables_(std::move(txn), set) {}

  detail::table_store& tables() override { return tables_; }

  result<void> commit(const checkpoint_list& reached) override {
    CAIRN_ASSERT(reached.size() == set_.settings.partitions);
    if (tables_.failed()) {
      const error why = *tables_.failure();
      tables_.give_up();
      return why;
    }
    byte_buffer row;
    row.append_little(std::uint64_t{0});
    append_checkpoints(row, reached);
    seal(row);
    transaction& txn = tables_.finish();
    auto put = txn.put(set_.meta, as_bytes(checkpoints_key), row.view());
    if (put) return txn.commit();
    tables_.give_up();
    return put;
  }

 private:
  const table_set& set_;
  lmdb_tables tables_;
};

result<checkpoint_list> stored_checkpoints(const transaction& txn, const table_set& set) {
  const auto row = txn.get(set.meta, as_bytes(checkpoints_key));
  if (!row) return row.error();
  if (!row->has_value()) return checkpoint_list(set.settings.partitions);
  const auto numbers = unseal(**row);
  if (!numbers || numbers->size() != set.settings.partitions * sizeof(std::uint64_t)) {
    return error{error::code::corrupt, "the checkpoints of " + view_label(set.settings)};
  }
  byte_reader in{*numbers};
  return read_checkpoints(in, set.settings.partitions);
}

class lmdb_view_reader final : public view_reader {
 public:
  lmdb_view_reader(transaction txn, const table_set& set, checkpoint_list reached)
      : tables_(std::move(txn), set), reached_(std::move(reached)) {}

  detail::table_store& tables() override { return tables_; }
  const checkpoint_list& checkpoints() const noexcept override { return reached_; }

 private:
  lmdb_tables tables_;
  checkpoint_list reached_;
};

class lmdb_view final : public view {
 public:
  lmdb_view(environment env, std::filesystem::path home, options settings)
      : env_(std::move(env)), home_(std::move(home)) {
    set_.settings = std::move(settings);
  }

  /// Opens the tables. False: what is stored is of no use to us. corrupt: the same, because of
  /// damage.
  result<bool> open_tables() {
    auto txn = transaction::begin(env_, transaction::mode::write);
    if (!txn) return txn.error();
    const auto meta = txn->open_table("meta", MDB_CREATE);
    if (!meta) return meta.error();
    set_.meta = *meta;
    const std::string identity = view_identity(set_.settings);
    const auto found = txn->get(*meta, as_bytes(identity_key));
    if (!found) return found.error();
    if (*found && as_text(**found) != identity) return false;
    for (const std::string& name : set_.settings.tables) {
      const auto opened = txn->open_table(("t:" + name).c_str(), MDB_CREATE);
      if (!opened) return opened.error();
      set_.rows.push_back(*opened);
    }
    if (auto put = txn->put(*meta, as_bytes(identity_key), as_bytes(identity)); !put) {
      return put.error();
    }
    if (auto reached = stored_checkpoints(*txn, set_); !reached) return reached.error();
    if (auto done = txn->commit(); !done) return done.error();
    return true;
  }

  result<checkpoint_list> checkpoints() const override {
    const auto txn = transaction::begin(env_, transaction::mode::read);
    if (!txn) return txn.error();
    return stored_checkpoints(*txn, set_);
  }

  result<std::unique_ptr<view_batch>> begin() override {
    auto txn = transaction::begin(env_, transaction::mode::write);
    if (!txn) return txn.error();
    return std::unique_ptr<view_batch>{std::make_unique<lmdb_batch>(*std::move(txn), set_)};
  }

  result<std::unique_ptr<view_reader>> read() const override {
    auto txn = transaction::begin(env_, transaction::mode::read);
    if (!txn) return txn.error();
    auto reached = stored_checkpoints(*txn, set_);
    if (!reached) return reached.error();
    return std::unique_ptr<view_reader>{
        std::make_unique<lmdb_view_reader>(*std::move(txn), set_, *std::move(reached))};
  }

  result<void> save_state(byte_view state,
                          std::uint32_t schema_version,
                          const checkpoint_list& reached) override {
    CAIRN_ASSERT(reached.size() == set_.settings.partitions);
    byte_buffer row;
    row.reserve(check_bytes + sizeof schema_version + reached.size() * check_bytes + state.size());
    row.append_little(std::uint64_t{0});
    row.append_little(schema_version);
    append_checkpoints(row, reached);
    row.append(state);
    seal(row);
    auto txn = transaction::begin(env_, transaction::mode::write);
    if (!txn) return txn.error();
    if (auto put = txn->put(set_.meta, as_bytes(state_key), row.view()); !put) return put;
    return txn->commit();
  }

  result<std::optional<saved_state>> load_state() const override {
    const auto txn = transaction::begin(env_, transaction::mode::read);
    if (!txn) return txn.error();
    const auto row = txn->get(set_.meta, as_bytes(state_key));
    if (!row) return row.error();
    if (!row->has_value()) return std::optional<saved_state>{};
    const error damaged{error::code::corrupt, "the saved state of " + view_label(set_.settings)};
    const auto content = unseal(**row);
    if (!content) return damaged;
    byte_reader in{*content};
    saved_state saved;
    saved.schema_version = in.read_little<std::uint32_t>();
    saved.checkpoints = read_checkpoints(in, set_.settings.partitions);
    const byte_view bytes = in.read_bytes(in.left());
    if (in.failed()) return damaged;
    saved.bytes.assign(bytes.begin(), bytes.end());
    return std::optional{std::move(saved)};
  }

  result<void> clear() override {
    auto txn = transaction::begin(env_, transaction::mode::write);
    if (!txn) return txn.error();
    for (std::size_t i = 0; i < set_.rows.size(); ++i) {
      if (set_.settings.tables[i] == detail::control_table) continue;
      if (auto done = txn->clear_table(set_.rows[i]); !done) return done;
    }
    for (const std::string_view key : {checkpoints_key, state_key}) {
      if (auto done = txn->erase(set_.meta, as_bytes(key)); !done) return done;
    }
    return txn->commit();
  }

  result<void> remove_older_versions() override {
    const auto root = home_.parent_path();
    const auto all = stored_views(root, set_.settings.name);
    if (!all) return all.error();
    for (const view_place& place : *all) {
      if (place.version >= set_.settings.version) continue;
      if (auto done = remove_view(root, set_.settings.name, place); !done) return done;
      set_.settings.log(log_level::info,
                        view_label(set_.settings) + ": removed what was stored for version " +
                            std::to_string(place.version));
    }
    return {};
  }

 private:
  environment env_;
  /// Has a folder for each version.
  std::filesystem::path home_;
  table_set set_;
};

/// Nothing when what is stored in `directory` is of no use.
result<std::unique_ptr<lmdb_view>> try_open(const std::filesystem::path& directory,
                                            const view::options& settings,
                                            std::uint64_t map_bytes) {
  const auto tables_max = static_cast<unsigned>(settings.tables.size() + 1);
  auto env = environment::open(directory, {.map_bytes = map_bytes, .tables_max = tables_max});
  if (!env) return env.error();
  auto made = std::make_unique<lmdb_view>(*std::move(env), directory.parent_path(), settings);
  const auto usable = made->open_tables();
  if (!usable) return usable.error();
  if (!*usable) made.reset();
  return made;
}

std::string place_folder(view_place place) {
  return "v" + place_text(place, '.');
}

/// Nothing for a folder that is none of ours.
std::optional<view_place> place_in(std::string_view folder) {
  if (!folder.starts_with('v')) return std::nullopt;
  return place_from(folder.substr(1), '.');
}

}  // namespace

result<std::vector<view_place>> stored_views(const std::filesystem::path& root,
                                             std::string_view name) {
  const auto home = root / view_folder(name);
  std::vector<view_place> found;
  std::error_code failed;
  if (!std::filesystem::exists(home, failed) && !failed) return found;
  for (std::filesystem::directory_iterator entry{home, failed}, end; !failed && entry != end;
       entry.increment(failed)) {
    if (const auto place = place_in(entry->path().filename().string())) found.push_back(*place);
  }
  if (failed) return error{error::code::io_failed, home.string() + ": " + failed.message()};
  std::sort(found.begin(), found.end());
  return found;
}

result<void> remove_view(const std::filesystem::path& root,
                         std::string_view name,
                         view_place place) {
  const auto home = root / view_folder(name);
  std::error_code failed;
  const auto removed = std::filesystem::remove_all(home / place_folder(place), failed);
  if (!failed) return removed > 0 ? sync_directory(home) : result<void>{};
  return error{error::code::io_failed,
               "removing " + (home / place_folder(place)).string() + ": " + failed.message()};
}

result<std::unique_ptr<view>> open_view(const std::filesystem::path& root,
                                        const view::options& settings,
                                        std::uint64_t map_bytes) {
  if (auto good = check_tables(settings); !good) return good.error();
  const std::filesystem::path directory =
      root / view_folder(settings.name) / place_folder({settings.version, settings.copy});
  if (auto made = make_directory(directory); !made) return made.error();
  auto opened = try_open(directory, settings, map_bytes);
  const bool damaged = !opened && opened.error().what == error::code::corrupt;
  if (damaged || (opened && *opened == nullptr)) {
    const std::string why =
        damaged ? opened.error().detail : "it was made for another journal, or has other tables";
    settings.log(log_level::warning, view_label(settings) + " is built anew: " + why);
    std::error_code failed;
    for (const char* file : {"data.mdb", "lock.mdb"}) {
      std::filesystem::remove(directory / file, failed);
      if (failed) {
        return error{error::code::io_failed, (directory / file).string() + ": " + failed.message()};
      }
    }
    opened = try_open(directory, settings, map_bytes);
  }
  if (!opened) return opened.error();
  CAIRN_ASSERT(*opened != nullptr);
  return std::unique_ptr<view>{*std::move(opened)};
}

}  // namespace cairn::persistence::lmdb
