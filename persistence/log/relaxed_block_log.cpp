#include "log/relaxed_block_log.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cairn::persistence {
namespace {

using steady = std::chrono::steady_clock;

/// A block that is in the file and not yet in the durable log. Shared with readers.
struct waiting_block {
  std::uint64_t first_offset = 0;
  std::uint64_t end_offset = 0;
  std::uint64_t number = 0;
  std::vector<std::byte> bytes;
};
using waiting_list = std::vector<std::shared_ptr<const waiting_block>>;

/// First the durable log, then the blocks that wait. A block that moved meanwhile is in both; its
/// number tells.
class relaxed_reader final : public block_reader {
 public:
  relaxed_reader(std::unique_ptr<block_reader> durable, waiting_list waiting)
      : durable_(std::move(durable)), waiting_(std::move(waiting)) {}

  result<std::optional<byte_view>> seek(std::uint64_t offset) override {
    return first(durable_->seek(offset), [offset](const waiting_block& block) {
      return block.end_offset > offset || block.first_offset >= offset;
    });
  }

  result<std::optional<byte_view>> seek_block(std::uint64_t first_offset,
                                              std::uint64_t number) override {
    return first(durable_->seek_block(first_offset, number),
                 [number](const waiting_block& block) { return block.number >= number; });
  }

  result<std::optional<byte_view>> next() override {
    if (in_durable_) {
      auto found = durable_->next();
      if (!found || found->has_value()) return remember(std::move(found));
      in_durable_ = false;
      at_ = 0;
    } else {
      ++at_;
    }
    while (at_ < waiting_.size() && waiting_[at_]->number < next_number_)
      ++at_;
    return current();
  }

 private:
  template <class Wanted>
  result<std::optional<byte_view>> first(result<std::optional<byte_view>> durable, Wanted wanted) {
    in_durable_ = true;
    if (!durable || durable->has_value()) return remember(std::move(durable));
    in_durable_ = false;
    const auto found = std::find_if(
        waiting_.begin(), waiting_.end(), [&wanted](const auto& one) { return wanted(*one); });
    at_ = static_cast<std::size_t>(found - waiting_.begin());
    return current();
  }

  result<std::optional<byte_view>> remember(result<std::optional<byte_view>> found) {
    if (!found) return found;
    const auto header = block_view::parse_header(**found);
    if (!header) return header.error();
    next_number_ = header->number + 1;
    return found;
  }

  [[nodiscard]] std::optional<byte_view> current() const {
    if (at_ >= waiting_.size()) return std::nullopt;
    return byte_view{waiting_[at_]->bytes};
  }

  std::unique_ptr<block_reader> durable_;
  waiting_list waiting_;
  bool in_durable_ = true;
  std::size_t at_ = 0;
  std::uint64_t next_number_ = 0;
};

class relaxed_log final : public block_log {
 public:
  relaxed_log(std::unique_ptr<block_log> durable, int file, relaxed_options options)
      : durable_(std::move(durable)), file_(file), options_(options) {}
  ~relaxed_log() override { ::close(file_); }

  result<claimed> claim() override {
    auto found = durable_->claim();
    if (!found) return found;
    epoch_ = found->epoch;
    if (auto moved = take_left_behind(found->end); !moved) return moved.error();
    return found;
  }

  result<void> append(std::uint64_t epoch, std::span<const byte_view> blocks) override {
    if (options_.window.count() == 0) return durable_->append(epoch, blocks);
    if (epoch != epoch_) return error{error::code::fenced, "a newer epoch has been claimed"};
    if (file_bytes_ >= options_.bytes_max || (flush_due() && *flush_due() <= steady::now())) {
      if (auto done = flush(); !done) return done;
    }
    waiting_list fresh;
    byte_buffer records;
    for (const byte_view bytes : blocks) {
      const auto header = block_view::parse_header(bytes);
      if (!header) return header.error();
      records.append_little(static_cast<std::uint32_t>(bytes.size()));
      records.append(bytes);
      fresh.push_back(
          std::make_shared<waiting_block>(waiting_block{header->first_offset,
                                                        header->first_offset + header->event_count,
                                                        header->number,
                                                        {bytes.begin(), bytes.end()}}));
    }
    const std::uint64_t before = file_bytes_;
    if (auto done = write_at_end(records.view()); !done) {
      file_bytes_ = before;
      return ftruncate(file_, static_cast<off_t>(before)) == 0 ? done.error() : io_error();
    }
    const std::lock_guard lock{mutex_};
    if (waiting_.empty()) due_ = steady::now() + options_.window;
    waiting_.insert(waiting_.end(), fresh.begin(), fresh.end());
    return {};
  }

  result<std::unique_ptr<block_reader>> read() const override {
    // Those that wait first: what moves between the two looks is then in both, not in neither.
    waiting_list waiting;
    {
      const std::lock_guard lock{mutex_};
      waiting = waiting_;
    }
    auto durable = durable_->read();
    if (!durable) return durable;
    return std::unique_ptr<block_reader>{
        std::make_unique<relaxed_reader>(*std::move(durable), std::move(waiting))};
  }

  std::optional<steady::time_point> flush_due() const override {
    const std::lock_guard lock{mutex_};
    return waiting_.empty() ? std::nullopt : std::optional{due_};
  }

  result<void> flush() override {
    waiting_list moving;
    {
      const std::lock_guard lock{mutex_};
      moving = waiting_;
    }
    if (moving.empty()) return {};
    std::vector<byte_view> blocks;
    for (const auto& one : moving)
      blocks.emplace_back(one->bytes);
    if (auto stored = durable_->append(epoch_, blocks); !stored) {
      constexpr std::chrono::milliseconds again_after{100};
      const std::lock_guard lock{mutex_};
      due_ = steady::now() + std::max(options_.window, again_after);
      return stored;
    }
    if (ftruncate(file_, 0) != 0) return io_error();
    file_bytes_ = 0;
    const std::lock_guard lock{mutex_};
    waiting_.clear();
    return {};
  }

 private:
  /// Moves to the durable log what a process that was killed had stored, and `end` behind it.
  result<void> take_left_behind(log_end& end) {
    const auto content = read_file();
    if (!content) return content.error();
    byte_reader in{*content};
    std::vector<byte_view> blocks;
    while (in.left() > 0) {
      const byte_view bytes = in.read_bytes(in.read_little<std::uint32_t>());
      if (in.failed()) break;
      const auto block = block_view::parse(bytes);
      if (!block) break;
      const block_header& header = block->header();
      if (header.number < end.next_block) continue;  // moved before the process ended
      if (header.number != end.next_block || next_link(end.chain, bytes) != header.chain) break;
      end = {block->end_offset(), header.number + 1, header.time, header.chain};
      blocks.push_back(bytes);
    }
    if (!blocks.empty()) {
      if (auto stored = durable_->append(epoch_, blocks); !stored) return stored;
    }
    if (ftruncate(file_, 0) != 0) return io_error();
    file_bytes_ = 0;
    const std::lock_guard lock{mutex_};
    waiting_.clear();
    return {};
  }

  result<std::vector<std::byte>> read_file() const {
    struct stat about {};
    if (fstat(file_, &about) != 0) return io_error();
    std::vector<std::byte> content(static_cast<std::size_t>(about.st_size));
    std::size_t at = 0;
    while (at < content.size()) {
      const ssize_t got =
          pread(file_, content.data() + at, content.size() - at, static_cast<off_t>(at));
      if (got <= 0) return io_error();
      at += static_cast<std::size_t>(got);
    }
    return content;
  }

  result<void> write_at_end(byte_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put =
          pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(file_bytes_));
      if (put <= 0) return io_error();
      file_bytes_ += static_cast<std::uint64_t>(put);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return {};
  }

  [[nodiscard]] static error io_error() {
    const error::code code =
        errno == ENOSPC ? error::code::store_full : error::code::storage_failed;
    return {code, std::string{"the log's file of unsynced blocks: "} + std::strerror(errno)};
  }

  std::unique_ptr<block_log> durable_;
  int file_;
  relaxed_options options_;
  std::uint64_t epoch_ = 0;
  std::uint64_t file_bytes_ = 0;
  mutable std::mutex mutex_;
  waiting_list waiting_;
  steady::time_point due_{};
};

}  // namespace

result<std::unique_ptr<block_log>> make_relaxed_log(std::unique_ptr<block_log> durable,
                                                    const std::filesystem::path& file,
                                                    relaxed_options options) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) {
    return error{error::code::io_failed, "opening " + file.string() + ": " + std::strerror(errno)};
  }
  return std::unique_ptr<block_log>{
      std::make_unique<relaxed_log>(std::move(durable), descriptor, options)};
}

}  // namespace cairn::persistence
