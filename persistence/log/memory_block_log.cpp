#include "cairn/persistence/block_log.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace cairn::persistence {
namespace {

struct stored_block {
  std::uint64_t first_offset = 0;
  std::uint64_t end_offset = 0;
  std::uint64_t number = 0;
  std::vector<std::byte> bytes;
};

/// Blocks never move once they are in, so that readers may keep views of them.
struct block_list {
  std::mutex mutex;
  std::deque<stored_block> blocks;
};

class memory_reader final : public block_reader {
 public:
  explicit memory_reader(std::shared_ptr<block_list> list) : list_(std::move(list)) {
    const std::lock_guard lock{list_->mutex};
    size_ = list_->blocks.size();
  }

  result<std::optional<byte_view>> seek(std::uint64_t offset) override {
    return first_where([offset](const stored_block& block) {
      return block.end_offset <= offset && block.first_offset < offset;
    });
  }

  result<std::optional<byte_view>> seek_block(std::uint64_t /*first_offset*/,
                                              std::uint64_t number) override {
    return first_where([number](const stored_block& block) { return block.number < number; });
  }

  result<std::optional<byte_view>> next() override {
    const std::lock_guard lock{list_->mutex};
    ++at_;
    return current();
  }

 private:
  /// @param before true for the blocks that stand before the wanted one
  template <class Before> std::optional<byte_view> first_where(Before before) {
    const std::lock_guard lock{list_->mutex};
    const auto begin = list_->blocks.begin();
    const auto end = begin + static_cast<std::ptrdiff_t>(size_);
    at_ = static_cast<std::size_t>(std::partition_point(begin, end, before) - begin);
    return current();
  }

  [[nodiscard]] std::optional<byte_view> current() const {
    if (at_ >= size_) return std::nullopt;
    return byte_view{list_->blocks[at_].bytes};
  }

  std::shared_ptr<block_list> list_;
  /// Of the picture: what is added later does not show.
  std::size_t size_ = 0;
  std::size_t at_ = 0;
};

class memory_log final : public block_log {
 public:
  result<claimed> claim() override { return claimed{++epoch_, end_}; }

  result<void> append(std::uint64_t epoch, std::span<const byte_view> blocks) override {
    if (epoch != epoch_) return error{error::code::fenced, "a newer epoch has been claimed"};
    std::vector<stored_block> fresh;
    log_end behind = end_;
    for (const byte_view bytes : blocks) {
      const auto header = block_view::parse_header(bytes);
      if (!header) return header.error();
      const std::uint64_t end = header->first_offset + header->event_count;
      fresh.push_back({header->first_offset, end, header->number, {bytes.begin(), bytes.end()}});
      behind = {end, header->number + 1, header->time, header->chain};
    }
    const std::lock_guard lock{list_->mutex};
    std::move(fresh.begin(), fresh.end(), std::back_inserter(list_->blocks));
    end_ = behind;
    return {};
  }

  result<std::unique_ptr<block_reader>> read() const override {
    return std::unique_ptr<block_reader>{std::make_unique<memory_reader>(list_)};
  }

 private:
  std::shared_ptr<block_list> list_ = std::make_shared<block_list>();
  std::uint64_t epoch_ = 0;
  log_end end_;
};

}  // namespace

std::unique_ptr<block_log> make_memory_log() {
  return std::make_unique<memory_log>();
}

}  // namespace cairn::persistence
