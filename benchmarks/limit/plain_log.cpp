#include "limit/plain_log.hpp"

#include <lmdb.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace bench {
namespace {

void check(int code, const char* doing) {
  if (code != 0) throw std::runtime_error{std::string{doing} + ": " + mdb_strerror(code)};
}

constexpr std::size_t key_bytes = 16;

std::array<std::byte, key_bytes> key_of(std::uint64_t first_offset, std::uint64_t number) {
  std::array<std::byte, key_bytes> key{};
  for (std::size_t i = 0; i < sizeof first_offset; ++i) {
    key.at(i) = static_cast<std::byte>(first_offset >> (56 - 8 * i));
    key.at(sizeof first_offset + i) = static_cast<std::byte>(number >> (56 - 8 * i));
  }
  return key;
}

}  // namespace

class plain_log::environment {
 public:
  environment(const std::filesystem::path& directory, std::uint64_t map_bytes, bool syncs) {
    check(mdb_env_create(&env_), "creating an environment");
    check(mdb_env_set_mapsize(env_, map_bytes), "setting the map's size");
    const unsigned flags = MDB_NOTLS | MDB_NOMEMINIT | (syncs ? 0U : MDB_NOSYNC);
    check(mdb_env_open(env_, directory.c_str(), flags, 0640), "opening");
    check(mdb_env_get_fd(env_, &file_), "asking for the file");
    begin(0);
    // The unnamed table: a named one would cost a page more in every transaction.
    check(mdb_dbi_open(txn_, nullptr, 0, &table_), "opening the table");
    commit();
  }
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;
  ~environment() { mdb_env_close(env_); }

  void begin(unsigned flags) {
    check(mdb_txn_begin(env_, nullptr, flags, &txn_), "starting a transaction");
  }
  void commit() { check(mdb_txn_commit(txn_), "committing"); }
  void sync() { check(mdb_env_sync(env_, 1), "syncing"); }
  void abort() { mdb_txn_abort(txn_); }

  [[nodiscard]] std::byte* reserve(std::uint64_t offset, std::uint64_t number, std::size_t size) {
    auto key = key_of(offset, number);
    MDB_val at{key.size(), key.data()};
    MDB_val room{size, nullptr};
    check(mdb_put(txn_, table_, &at, &room, MDB_APPEND | MDB_RESERVE), "appending");
    return static_cast<std::byte*>(room.mv_data);
  }

  [[nodiscard]] std::uint64_t used_bytes() const {
    MDB_envinfo info{};
    MDB_stat stat{};
    check(mdb_env_info(env_, &info), "asking for sizes");
    check(mdb_env_stat(env_, &stat), "asking for sizes");
    return (std::uint64_t{info.me_last_pgno} + 1) * stat.ms_psize;
  }

  [[nodiscard]] int file() const noexcept { return file_; }
  [[nodiscard]] MDB_txn* txn() const noexcept { return txn_; }
  [[nodiscard]] MDB_dbi table() const noexcept { return table_; }

 private:
  MDB_env* env_ = nullptr;
  MDB_txn* txn_ = nullptr;
  MDB_dbi table_ = 0;
  mdb_filehandle_t file_ = -1;
};

plain_log::plain_log(const std::filesystem::path& directory, const options& chosen)
    : chosen_(chosen),
      env_(std::make_unique<environment>(
          directory, chosen.map_bytes, chosen.relaxed_window.count() == 0)),
      zeros_(std::size_t{1} << 20U) {
  fill_ahead();
}

plain_log::~plain_log() = default;

std::byte* plain_log::begin_block(std::size_t commits) {
  const std::size_t size = chosen_.block_head_bytes + commits * chosen_.commit_bytes;
  std::byte* block = env_->reserve(next_offset_, next_block_, size);
  std::memset(block, 0, chosen_.block_head_bytes);
  std::memcpy(block, &commits, sizeof commits);
  next_offset_ += commits;
  ++next_block_;
  return block + chosen_.block_head_bytes;
}

void plain_log::append(std::span<const std::span<const std::byte>> pieces) {
  std::size_t left = 0;
  for (const auto piece : pieces)
    left += piece.size();
  const std::size_t full =
      std::max<std::size_t>((chosen_.block_bytes - chosen_.block_head_bytes) / chosen_.commit_bytes,
                            1) *
      chosen_.commit_bytes;
  std::byte* to = nullptr;
  std::size_t room = 0;
  env_->begin(0);
  for (auto piece : pieces) {
    while (!piece.empty()) {
      if (room == 0) {
        room = std::min(full, left);
        to = begin_block(room / chosen_.commit_bytes);
      }
      const std::size_t part = std::min(room, piece.size());
      std::memcpy(to, piece.data(), part);
      to += part;
      room -= part;
      left -= part;
      piece = piece.subspan(part);
    }
  }
  env_->commit();
  sync_when_due();
  fill_ahead();
}

void plain_log::sync_when_due() {
  if (chosen_.relaxed_window.count() == 0) return;
  if (std::chrono::steady_clock::now() - synced_at_ < chosen_.relaxed_window) return;
  env_->sync();
  synced_at_ = std::chrono::steady_clock::now();
}

void plain_log::fill_ahead() {
  const std::uint64_t ahead = chosen_.prefill_bytes;
  if (ahead == 0) return;
  const std::uint64_t used = env_->used_bytes();
  if (used + ahead / 2 <= filled_to_) return;
  struct stat file {};
  check(fstat(env_->file(), &file), "looking at the file");
  filled_to_ = std::max(static_cast<std::uint64_t>(file.st_size), used);
  while (filled_to_ < used + ahead) {
    const std::uint64_t step = std::min<std::uint64_t>(zeros_.size(), used + ahead - filled_to_);
    const ssize_t written =
        pwrite(env_->file(), zeros_.data(), step, static_cast<off_t>(filled_to_));
    if (written <= 0) throw std::runtime_error{"extending the file failed"};
    filled_to_ += static_cast<std::uint64_t>(written);
  }
}

void plain_log::read(const std::function<void(const std::byte*)>& visit) const {
  env_->begin(MDB_RDONLY);
  MDB_cursor* place = nullptr;
  check(mdb_cursor_open(env_->txn(), env_->table(), &place), "opening a cursor");
  MDB_val key{};
  MDB_val block{};
  int code = mdb_cursor_get(place, &key, &block, MDB_FIRST);
  for (; code == 0; code = mdb_cursor_get(place, &key, &block, MDB_NEXT)) {
    const auto* bytes = static_cast<const std::byte*>(block.mv_data);
    std::size_t commits = 0;
    std::memcpy(&commits, bytes, sizeof commits);
    if (block.mv_size != chosen_.block_head_bytes + commits * chosen_.commit_bytes) {
      throw std::runtime_error{"a block has a wrong size"};
    }
    for (std::size_t i = 0; i < commits; ++i) {
      visit(bytes + chosen_.block_head_bytes + i * chosen_.commit_bytes);
    }
  }
  mdb_cursor_close(place);
  env_->abort();
  if (code != MDB_NOTFOUND) check(code, "reading");
}

std::string lmdb_version() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  mdb_version(&major, &minor, &patch);
  return "LMDB " + std::to_string(major) + "." + std::to_string(minor) + "." +
         std::to_string(patch);
}

}  // namespace bench
