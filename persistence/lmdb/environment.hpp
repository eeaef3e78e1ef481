#pragma once

#include "cairn/bytes.hpp"
#include "cairn/result.hpp"

#include <lmdb.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// LMDB, with owners and results. Its integers become cairn::error here and nowhere else.

namespace cairn::persistence::lmdb {

/// What an LMDB return code means to a caller of ours. `doing` completes "LMDB: doing: reason".
[[nodiscard]] error translate(int code, std::string_view doing);

[[nodiscard]] inline MDB_val to_val(byte_view bytes) noexcept {
  // LMDB takes keys and values by non-const pointer and does not write through it.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
  return {bytes.size(), const_cast<std::byte*>(bytes.data())};
}

[[nodiscard]] inline byte_view to_view(const MDB_val& value) noexcept {
  return {static_cast<const std::byte*>(value.mv_data), value.mv_size};
}

struct environment_options {
  /// Address space, not disk: so large that it never has to grow under a reader.
  std::uint64_t map_bytes = std::uint64_t{1} << 30U;
  unsigned tables_max = 64;
  unsigned readers_max = 512;
  /// Rows are found by key and seldom read one after the other: a page that is not in memory is
  /// read alone. Otherwise the system reads its neighbours too, up to some MiB of them, and gives
  /// up for them what is needed: ruinous once the file is larger than memory.
  bool reads_pages_alone = false;
};

/// An open LMDB environment. Any thread; must outlive its transactions. One per directory and
/// process: LMDB's locks are lost when a file is opened twice.
class environment {
 public:
  /// Opens or creates the files in `directory`, which must exist. corrupt: also when the file was
  /// cut short.
  [[nodiscard]] static result<environment> open(const std::filesystem::path& directory,
                                                const environment_options& options);

  [[nodiscard]] MDB_env* raw() const noexcept { return env_.get(); }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Bytes of the file that hold pages; the file itself may be longer.
  [[nodiscard]] std::uint64_t used_bytes() const noexcept;
  [[nodiscard]] int file_descriptor() const noexcept;
  /// Frees the slots of readers that died. Cheap.
  void forget_dead_readers() noexcept;

 private:
  struct closer {
    void operator()(MDB_env* env) const noexcept { mdb_env_close(env); }
  };
  /// LMDB writes the first pages of a new file without a sync, and takes no file that has them half
  /// for one of its own. So the file gets its name when it is whole.
  static result<void> make_file(const std::filesystem::path& file, std::uint64_t map_bytes);

  environment(std::unique_ptr<MDB_env, closer> env, std::string name)
      : env_(std::move(env)), name_(std::move(name)) {}

  std::unique_ptr<MDB_env, closer> env_;
  std::string name_;
};

/// A table within an environment.
using table = MDB_dbi;

/// A transaction; aborted when dropped. One thread.
class transaction {
 public:
  enum class mode : std::uint8_t { read, write };

  /// One that reads has the picture of the newest commit that had ended, whole and durable: later
  /// ones never have an older picture.
  [[nodiscard]] static result<transaction> begin(const environment& env, mode how);

  [[nodiscard]] MDB_txn* raw() const noexcept { return txn_.get(); }

  /// Opens a table; in a write transaction creates it. Only once per table and process, before
  /// other threads use the environment.
  [[nodiscard]] result<table> open_table(const char* name, unsigned flags = 0);

  /// Nothing when there is no such key. The view is valid until the transaction ends or writes.
  [[nodiscard]] result<std::optional<byte_view>> get(table from, byte_view key) const;
  [[nodiscard]] result<void> put(table into, byte_view key, byte_view value, unsigned flags = 0);
  /// Makes room for a value of `size` bytes, to be filled in before the next call.
  [[nodiscard]] result<std::byte*> put_reserved(table into,
                                                byte_view key,
                                                std::size_t size,
                                                unsigned flags = 0);
  [[nodiscard]] result<void> erase(table from, byte_view key);
  /// Deletes all rows.
  [[nodiscard]] result<void> clear_table(table which);
  [[nodiscard]] result<std::uint64_t> count(table of) const;

  /// Makes a write transaction durable. Blocks for about one disk sync. The transaction is over
  /// afterwards, whatever the result.
  [[nodiscard]] result<void> commit();

 private:
  struct aborter {
    void operator()(MDB_txn* txn) const noexcept { mdb_txn_abort(txn); }
  };
  transaction(std::unique_ptr<MDB_txn, aborter> txn, const environment& env)
      : txn_(std::move(txn)), env_(&env) {}
  [[nodiscard]] result<bool> has_picture_of_its_number() const;

  std::unique_ptr<MDB_txn, aborter> txn_;
  const environment* env_;
};

/// A place in a table. One thread; must be dropped before its transaction ends.
class cursor {
 public:
  [[nodiscard]] static result<cursor> open(const transaction& within, table of);

  /// Moves by an LMDB operation such as MDB_NEXT. False when there is nothing there.
  [[nodiscard]] result<bool> move(MDB_cursor_op how, byte_view& key, byte_view& value);

  /// Moves to the first key that is not less than `from`.
  [[nodiscard]] result<bool> seek(byte_view from, byte_view& key, byte_view& value);

  /// The same as those of a transaction, but a key near the one before is found from there: much
  /// faster for neighbours, and for writing what was just read.
  [[nodiscard]] result<std::optional<byte_view>> get(byte_view wanted);
  [[nodiscard]] result<void> put(byte_view wanted, byte_view value);
  [[nodiscard]] result<void> erase(byte_view wanted);

 private:
  struct closer {
    void operator()(MDB_cursor* raw) const noexcept { mdb_cursor_close(raw); }
  };
  explicit cursor(std::unique_ptr<MDB_cursor, closer> raw) : raw_(std::move(raw)) {}

  std::unique_ptr<MDB_cursor, closer> raw_;
};

}  // namespace cairn::persistence::lmdb
