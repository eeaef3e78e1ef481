#include "lmdb/lmdb_block_log.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cairn::persistence::lmdb {
namespace {

constexpr std::string_view epoch_key = "epoch";

/// A block's key: 16 bytes in the order of the log.
class block_key {
 public:
  block_key(std::uint64_t first_offset, std::uint64_t number) {
    store_big(0, first_offset);
    store_big(sizeof first_offset, number);
  }
  [[nodiscard]] byte_view view() const noexcept { return bytes_; }

 private:
  void store_big(std::size_t at, std::uint64_t value) noexcept {
    for (std::size_t i = 0; i < sizeof value; ++i) {
      bytes_.at(at + i) = static_cast<std::byte>(value >> (56 - 8 * i));
    }
  }
  std::array<std::byte, 16> bytes_{};
};

class lmdb_reader final : public block_reader {
 public:
  lmdb_reader(transaction txn, cursor place) : txn_(std::move(txn)), cursor_(std::move(place)) {}

  result<std::optional<byte_view>> seek(std::uint64_t offset) override {
    byte_view key;
    byte_view value;
    const block_key wanted{offset, 0};
    auto found = cursor_.seek(wanted.view(), key, value);
    if (!found) return found.error();
    if (*found) {
      const auto header = block_view::parse_header(value);
      if (!header) return header.error();
      if (header->first_offset == offset) return std::optional{value};
    }
    // The event, if there is one, is in the middle of the block before.
    byte_view before_key;
    byte_view before;
    const auto has_before = cursor_.move(*found ? MDB_PREV : MDB_LAST, before_key, before);
    if (!has_before) return has_before.error();
    if (*has_before) {
      const auto header = block_view::parse_header(before);
      if (!header) return header.error();
      if (header->first_offset + header->event_count > offset) return std::optional{before};
      if (*found) return step(MDB_NEXT);
      return std::optional<byte_view>{};
    }
    if (*found) return step(MDB_FIRST);
    return std::optional<byte_view>{};
  }

  result<std::optional<byte_view>> seek_block(std::uint64_t first_offset,
                                              std::uint64_t number) override {
    byte_view key;
    byte_view value;
    const block_key wanted{first_offset, number};
    const auto found = cursor_.seek(wanted.view(), key, value);
    if (!found) return found.error();
    return *found ? std::optional{value} : std::nullopt;
  }

  /// The last block that begins there or before, however many without events stand between.
  result<std::optional<byte_view>> seek_event(std::uint64_t offset) override {
    byte_view key;
    byte_view value;
    const block_key beyond{offset, UINT64_MAX};
    auto found = cursor_.seek(beyond.view(), key, value);
    if (!found) return found.error();
    found = cursor_.move(*found ? MDB_PREV : MDB_LAST, key, value);
    if (!found) return found.error();
    if (!*found) return std::optional<byte_view>{};
    const auto header = block_view::parse_header(value);
    if (!header) return header.error();
    const bool has_it =
        header->first_offset <= offset && offset - header->first_offset < header->event_count;
    return has_it ? std::optional{value} : std::nullopt;
  }

  result<std::optional<byte_view>> next() override {
    auto found = step(MDB_NEXT);
    if (found && found->has_value() && ++steps_ > steps_of_a_way) fetch_behind(**found);
    return found;
  }

 private:
  // Whoever follows the writer takes a few blocks at a time, which are in memory still: a call of
  // the system for each group would be in vain.
  static constexpr std::uint64_t steps_of_a_way = 8;

  /// Lets the system fetch what will be read next, which it does not do by itself (see
  /// reads_pages_alone). New blocks stand behind the old ones in the file. Does not block.
  void fetch_behind(byte_view block) noexcept {
    constexpr std::uintptr_t page = 4096;
    constexpr std::uintptr_t piece = std::uintptr_t{1} << 20U;
    const auto end = reinterpret_cast<std::uintptr_t>(block.data() + block.size());
    if (fetched_to_ >= end + piece && fetched_to_ <= end + 2 * piece) return;
    const bool goes_on = fetched_to_ > end && fetched_to_ <= end + piece;
    const std::uintptr_t from = (goes_on ? fetched_to_ : end) / page * page;
    fetched_to_ = end + 2 * piece;
    // The map is far longer than the file, and what is behind the end of that is passed over. A
    // failure does no harm either.
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    (void)madvise(reinterpret_cast<void*>(from), fetched_to_ - from, MADV_WILLNEED);
  }

  result<std::optional<byte_view>> step(MDB_cursor_op how) {
    byte_view key;
    byte_view value;
    const auto found = cursor_.move(how, key, value);
    if (!found) return found.error();
    return *found ? std::optional{value} : std::nullopt;
  }

  transaction txn_;
  cursor cursor_;
  std::uint64_t steps_ = 0;
  /// An address in the map.
  std::uintptr_t fetched_to_ = 0;
};

class lmdb_block_log final : public block_log {
 public:
  lmdb_block_log(environment env, table blocks, table meta, const block_log_options& options)
      : env_(std::move(env)), blocks_(blocks), meta_(meta), options_(options) {}

  result<claimed> claim() override {
    auto txn = transaction::begin(env_, transaction::mode::write);
    if (!txn) return txn.error();
    const auto epoch = stored_epoch(*txn);
    if (!epoch) return epoch.error();
    auto end = stored_end(*txn);
    if (!end) return end.error();
    byte_buffer next;
    next.append_little(*epoch + 1);
    if (auto put = txn->put(meta_, as_bytes(epoch_key), next.view()); !put) return put.error();
    if (auto done = txn->commit(); !done) return done.error();
    fill_ahead();
    return claimed{*epoch + 1, *end};
  }

  result<void> append(std::uint64_t epoch, std::span<const byte_view> blocks) override {
    auto txn = transaction::begin(env_, transaction::mode::write);
    if (!txn) return txn.error();
    // Inside the commit, so that a former owner cannot write however late it wakes up.
    const auto stored = stored_epoch(*txn);
    if (!stored) return stored.error();
    if (*stored != epoch) {
      return error{
          error::code::fenced,
          "epoch " + std::to_string(*stored) + " has been claimed after " + std::to_string(epoch)};
    }
    for (const byte_view block : blocks) {
      const auto header = block_view::parse_header(block);
      if (!header) return header.error();
      const block_key key{header->first_offset, header->number};
      const auto room = txn->put_reserved(blocks_, key.view(), block.size(), MDB_APPEND);
      if (!room) return room.error();
      std::memcpy(*room, block.data(), block.size());
    }
    if (auto done = txn->commit(); !done) return truth_after(done.error(), blocks);
    fill_ahead();
    return {};
  }

  result<std::unique_ptr<block_reader>> read() const override {
    auto txn = transaction::begin(env_, transaction::mode::read);
    if (!txn) return txn.error();
    auto place = cursor::open(*txn, blocks_);
    if (!place) return place.error();
    return std::unique_ptr<block_reader>{
        std::make_unique<lmdb_reader>(*std::move(txn), *std::move(place))};
  }

 private:
  [[nodiscard]] result<std::uint64_t> stored_epoch(const transaction& txn) const {
    const auto found = txn.get(meta_, as_bytes(epoch_key));
    if (!found) return found.error();
    if (!found->has_value()) return std::uint64_t{0};
    if ((*found)->size() != sizeof(std::uint64_t)) {
      return error{error::code::corrupt, "the epoch in " + env_.name() + " is not a number"};
    }
    return detail::load_little<std::uint64_t>((*found)->data());
  }

  [[nodiscard]] result<log_end> stored_end(const transaction& txn) const {
    auto last = cursor::open(txn, blocks_);
    if (!last) return last.error();
    byte_view key;
    byte_view value;
    const auto found = last->move(MDB_LAST, key, value);
    if (!found) return found.error();
    if (!*found) return log_end{};
    const auto block = block_view::parse(value);
    if (!block) return block.error();
    const block_header& header = block->header();
    return log_end{block->end_offset(), header.number + 1, header.time, header.chain};
  }

  /// LMDB writes and syncs pages that nobody can see yet, and then the meta page, which makes them
  /// the truth. A failure before that has stored nothing. One of the meta page itself leaves it
  /// open, and LMDB then refuses every further transaction.
  [[nodiscard]] error truth_after(error failure, std::span<const byte_view> blocks) const {
    if (!transaction::begin(env_, transaction::mode::write)) {
      failure.what = error::code::uncertain;
    } else if (failure.what == error::code::storage_failed && !has_room_for(blocks)) {
      // The disk was full in the middle of a write: LMDB calls that an I/O error.
      failure.what = error::code::store_full;
    }
    return failure;
  }

  [[nodiscard]] bool has_room_for(std::span<const byte_view> blocks) const {
    constexpr std::uint64_t pages_of_tree_and_free_list = std::uint64_t{1} << 20U;
    std::uint64_t needed = pages_of_tree_and_free_list;
    for (const byte_view block : blocks)
      needed += block.size();
    struct statvfs disk {};
    if (fstatvfs(env_.file_descriptor(), &disk) != 0) return true;
    return std::uint64_t{disk.f_bavail} * disk.f_frsize >= needed;
  }

  /// Touches only what is behind the end of the file, where LMDB has written nothing yet. Trouble
  /// here is not the commit's: the next one will meet it, if it is still there.
  /// @pre no transaction of ours is writing
  void fill_ahead() {
    const std::uint64_t used = env_.used_bytes();
    const std::uint64_t goal = std::min(used + options_.prefill_bytes, options_.map_bytes);
    if (used + options_.prefill_bytes / 2 <= filled_to_ || filled_to_ >= goal) return;
    struct stat file {};
    if (fstat(env_.file_descriptor(), &file) != 0) return;
    filled_to_ = std::max(static_cast<std::uint64_t>(file.st_size), used);
    static const std::vector<std::byte> zeros(std::size_t{1} << 20U);
    while (filled_to_ < goal) {
      const std::uint64_t step = std::min<std::uint64_t>(zeros.size(), goal - filled_to_);
      const ssize_t written =
          pwrite(env_.file_descriptor(), zeros.data(), step, static_cast<off_t>(filled_to_));
      if (written <= 0) return;
      filled_to_ += static_cast<std::uint64_t>(written);
    }
  }

  environment env_;
  table blocks_;
  table meta_;
  block_log_options options_;
  std::uint64_t filled_to_ = 0;
};

}  // namespace

result<std::unique_ptr<block_log>> open_block_log(const std::filesystem::path& directory,
                                                  const block_log_options& options) {
  auto env =
      environment::open(directory, {.map_bytes = options.map_bytes, .reads_pages_alone = true});
  if (!env) return env.error();
  auto txn = transaction::begin(*env, transaction::mode::write);
  if (!txn) return txn.error();
  const auto blocks = txn->open_table("log", MDB_CREATE);
  if (!blocks) return blocks.error();
  const auto meta = txn->open_table("meta", MDB_CREATE);
  if (!meta) return meta.error();
  if (auto done = txn->commit(); !done) return done.error();
  return std::unique_ptr<block_log>{
      std::make_unique<lmdb_block_log>(*std::move(env), *blocks, *meta, options)};
}

}  // namespace cairn::persistence::lmdb
