#include "lmdb/environment.hpp"

#include "lmdb/file_length.hpp"
#include "store/directory.hpp"

#include "cairn/assert.hpp"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <system_error>
#include <utility>

namespace cairn::persistence::lmdb {
namespace {

error::code code_of(int code) noexcept {
  switch (code) {
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT: return error::code::store_full;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_CURSOR_FULL:
    case MDB_PAGE_FULL: return error::code::corrupt;
    case MDB_BAD_VALSIZE: return error::code::too_large;
    case MDB_READERS_FULL: return error::code::overloaded;
    case EACCES:
    case EROFS:
    case ENOENT:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case ENOTDIR: return error::code::io_failed;
    default: return error::code::storage_failed;
  }
}

// MDB_NOTLS: a read transaction belongs to its object, not to a thread. Never MDB_NOSYNC (corrupt
// after a power cut), MDB_WRITEMAP (SIGBUS on a full disk), or MDB_NOMEMINIT (what the process
// had in memory before, its secrets too, gets into the unused parts of pages).
constexpr unsigned flags_always = MDB_NOTLS;
constexpr mdb_mode_t owner_only = 0640;

}  // namespace

error translate(int code, std::string_view doing) {
  std::string detail{"LMDB: "};
  detail.append(doing).append(": ").append(mdb_strerror(code));
  return {code_of(code), std::move(detail)};
}

result<void> environment::make_file(const std::filesystem::path& file, std::uint64_t map_bytes) {
  MDB_env* raw = nullptr;
  if (const int rc = mdb_env_create(&raw); rc != 0) return translate(rc, "creating an environment");
  const std::unique_ptr<MDB_env, closer> env{raw};
  const std::string draft = file.string() + ".new";
  std::error_code failed;
  std::filesystem::remove(draft, failed);
  const std::string doing = "creating " + draft;
  int rc = failed ? failed.value() : mdb_env_set_mapsize(raw, map_bytes);
  // Nobody else knows of the draft, so it needs no lock file.
  constexpr unsigned flags = flags_always | MDB_NOSUBDIR | MDB_NOLOCK;
  if (rc == 0) rc = mdb_env_open(raw, draft.c_str(), flags, owner_only);
  constexpr int also_when_it_seems_needless = 1;
  if (rc == 0) rc = mdb_env_sync(raw, also_when_it_seems_needless);
  if (rc == 0 && std::rename(draft.c_str(), file.c_str()) != 0) rc = errno;
  return rc == 0 ? result<void>{} : translate(rc, doing);
}

result<environment> environment::open(const std::filesystem::path& directory,
                                      const environment_options& options) {
  MDB_env* raw = nullptr;
  if (const int rc = mdb_env_create(&raw); rc != 0) return translate(rc, "creating an environment");
  environment made{std::unique_ptr<MDB_env, closer>{raw}, directory.string()};
  const std::string doing = "opening " + made.name_;
  std::error_code ignored;
  if (!std::filesystem::exists(directory / "data.mdb", ignored)) {
    if (auto done = make_file(directory / "data.mdb", options.map_bytes); !done) {
      return done.error();
    }
  } else if (std::filesystem::file_size(directory / "data.mdb", ignored) == 0) {
    // LMDB would begin anew without a word.
    return error{error::code::corrupt, doing + ": its file is empty"};
  }
  if (const int rc = mdb_env_set_mapsize(raw, options.map_bytes); rc != 0) {
    return translate(rc, doing);
  }
  if (const int rc = mdb_env_set_maxdbs(raw, options.tables_max); rc != 0) {
    return translate(rc, doing);
  }
  if (const int rc = mdb_env_set_maxreaders(raw, options.readers_max); rc != 0) {
    return translate(rc, doing);
  }
  const unsigned flags = flags_always | (options.reads_pages_alone ? MDB_NORDAHEAD : 0U);
  if (const int rc = mdb_env_open(raw, made.name_.c_str(), flags, owner_only); rc != 0) {
    return translate(rc, doing);
  }
  // LMDB's descriptor of the data would be inherited by programs that the host starts.
  if (fcntl(made.file_descriptor(), F_SETFD, FD_CLOEXEC) != 0) return translate(errno, doing);
  if (auto whole = check_length(made); !whole) return whole.error();
  // LMDB syncs its file, not the directory that has the file's name.
  if (auto synced = sync_directory(directory); !synced) return synced.error();
  made.forget_dead_readers();
  return made;
}

std::uint64_t environment::used_bytes() const noexcept {
  MDB_envinfo info{};
  MDB_stat stat{};
  if (mdb_env_info(raw(), &info) != 0 || mdb_env_stat(raw(), &stat) != 0) return 0;
  return (std::uint64_t{info.me_last_pgno} + 1) * stat.ms_psize;
}

int environment::file_descriptor() const noexcept {
  mdb_filehandle_t fd = -1;
  return mdb_env_get_fd(raw(), &fd) == 0 ? fd : -1;
}

void environment::forget_dead_readers() noexcept {
  int dead = 0;
  mdb_reader_check(raw(), &dead);
}

result<transaction> transaction::begin(const environment& env, mode how) {
  for (;;) {
    MDB_txn* raw = nullptr;
    const unsigned flags = how == mode::read ? unsigned{MDB_RDONLY} : 0U;
    if (const int rc = mdb_txn_begin(env.raw(), nullptr, flags, &raw); rc != 0) {
      return translate(rc, "starting a transaction on " + env.name());
    }
    transaction made{std::unique_ptr<MDB_txn, aborter>{raw}, env};
    if (how == mode::write) return made;
    const auto has_its_picture = made.has_picture_of_its_number();
    if (!has_its_picture) return has_its_picture.error();
    if (*has_its_picture) return made;
  }
}

// LMDB (0.9) looks up the number of the newest commit, n, and then copies where the tables begin
// from page n % 2 of the two that name a commit. When commit n + 1 ends in between, that page is
// already the one of n + 2, in whatever state: perhaps half written, at best not durable yet, while
// whoever begins next still gets n + 1. So a picture counts when n was the newest one after it had
// been taken.
result<bool> transaction::has_picture_of_its_number() const {
#if !defined(__SANITIZE_THREAD__)
  // GCC's thread sanitizer has none, and on what it runs on this one is nothing but an order for
  // the compiler, to which the calls below are as good.
  std::atomic_thread_fence(std::memory_order_acquire);
#endif
  const std::uint64_t number = mdb_txn_id(raw());
  MDB_envinfo info{};
  if (const int rc = mdb_env_info(env_->raw(), &info); rc != 0) {
    return translate(rc, "starting a transaction on " + env_->name());
  }
  // The newest commit whose page is written.
  if (info.me_last_txnid == number) return true;
  if (info.me_last_txnid > number + 1) return false;
  // n + 1 may be waiting for the disk, as long as that takes, before it is the newest one.
  MDB_txn* raw_next = nullptr;
  if (const int rc = mdb_txn_begin(env_->raw(), nullptr, MDB_RDONLY, &raw_next); rc != 0) {
    return translate(rc, "starting a transaction on " + env_->name());
  }
  const std::unique_ptr<MDB_txn, aborter> next{raw_next};
  return mdb_txn_id(raw_next) == number;
}

result<table> transaction::open_table(const char* name, unsigned flags) {
  table opened{};
  if (const int rc = mdb_dbi_open(raw(), name, flags, &opened); rc != 0) {
    return translate(rc, std::string{"opening table "} + name + " of " + env_->name());
  }
  return opened;
}

result<std::optional<byte_view>> transaction::get(table from, byte_view key) const {
  MDB_val wanted = to_val(key);
  MDB_val found{};
  const int rc = mdb_get(raw(), from, &wanted, &found);
  if (rc == MDB_NOTFOUND) return std::optional<byte_view>{};
  if (rc != 0) return translate(rc, "reading " + env_->name());
  return std::optional{to_view(found)};
}

result<void> transaction::put(table into, byte_view key, byte_view value, unsigned flags) {
  MDB_val at = to_val(key);
  MDB_val what = to_val(value);
  if (const int rc = mdb_put(raw(), into, &at, &what, flags); rc != 0) {
    return translate(rc, "writing " + env_->name());
  }
  return {};
}

result<std::byte*> transaction::put_reserved(table into,
                                             byte_view key,
                                             std::size_t size,
                                             unsigned flags) {
  MDB_val at = to_val(key);
  MDB_val what{size, nullptr};
  if (const int rc = mdb_put(raw(), into, &at, &what, flags | MDB_RESERVE); rc != 0) {
    return translate(rc, "writing " + env_->name());
  }
  return static_cast<std::byte*>(what.mv_data);
}

result<void> transaction::erase(table from, byte_view key) {
  MDB_val at = to_val(key);
  const int rc = mdb_del(raw(), from, &at, nullptr);
  if (rc != 0 && rc != MDB_NOTFOUND) return translate(rc, "deleting from " + env_->name());
  return {};
}

result<void> transaction::clear_table(table which) {
  constexpr int keep_it_open = 0;
  if (const int rc = mdb_drop(raw(), which, keep_it_open); rc != 0) {
    return translate(rc, "emptying a table of " + env_->name());
  }
  return {};
}

result<std::uint64_t> transaction::count(table of) const {
  MDB_stat stat{};
  if (const int rc = mdb_stat(raw(), of, &stat); rc != 0) {
    return translate(rc, "counting rows of " + env_->name());
  }
  return std::uint64_t{stat.ms_entries};
}

result<void> transaction::commit() {
  CAIRN_ASSERT(txn_ != nullptr);
  // LMDB frees the transaction also when the commit fails.
  if (const int rc = mdb_txn_commit(txn_.release()); rc != 0) {
    return translate(rc, "committing to " + env_->name());
  }
  return {};
}

result<cursor> cursor::open(const transaction& within, table of) {
  MDB_cursor* raw = nullptr;
  if (const int rc = mdb_cursor_open(within.raw(), of, &raw); rc != 0) {
    return translate(rc, "opening a cursor");
  }
  return cursor{std::unique_ptr<MDB_cursor, closer>{raw}};
}

result<bool> cursor::move(MDB_cursor_op how, byte_view& key, byte_view& value) {
  MDB_val at = to_val(key);
  MDB_val what{};
  const int rc = mdb_cursor_get(raw_.get(), &at, &what, how);
  if (rc == MDB_NOTFOUND) return false;
  if (rc != 0) return translate(rc, "walking a table");
  key = to_view(at);
  value = to_view(what);
  return true;
}

result<bool> cursor::seek(byte_view from, byte_view& key, byte_view& value) {
  key = from;
  return move(MDB_SET_RANGE, key, value);
}

result<std::optional<byte_view>> cursor::get(byte_view wanted) {
  byte_view value;
  const auto found = move(MDB_SET, wanted, value);
  if (!found) return found.error();
  return *found ? std::optional{value} : std::optional<byte_view>{};
}

result<void> cursor::put(byte_view wanted, byte_view value) {
  MDB_val at = to_val(wanted);
  MDB_val what = to_val(value);
  if (const int rc = mdb_cursor_put(raw_.get(), &at, &what, 0); rc != 0) {
    return translate(rc, "writing to a table");
  }
  return {};
}

result<void> cursor::erase(byte_view wanted) {
  const auto found = get(wanted);
  if (!found) return found.error();
  if (!*found) return {};
  if (const int rc = mdb_cursor_del(raw_.get(), 0); rc != 0) {
    return translate(rc, "deleting from a table");
  }
  return {};
}

}  // namespace cairn::persistence::lmdb
