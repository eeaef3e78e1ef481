#pragma once

#include "cairn/persistence/commit.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// A block: the commits of one group (or of a part of a very large one), one checksum, one link of
// the hash chain. The grammar with every byte is in persistence/FORMAT.md.

namespace cairn::persistence {

/// Links a block to all blocks before it: BLAKE2b-256 over the previous link, header and body.
using chain_hash = std::array<std::byte, 32>;

/// The format that this program writes. It reads this one and every older one.
inline constexpr std::uint16_t block_format = 3;

/// What stands at the head of a block.
struct block_header {
  std::uint64_t epoch = 0;
  /// Counts blocks from 0.
  std::uint64_t number = 0;
  /// Of the first event; in a block without events, of the next one.
  std::uint64_t first_offset = 1;
  std::uint32_t event_count = 0;
  std::uint32_t commit_count = 0;
  /// Of its newest commit.
  timestamp time;
  chain_hash chain{};
};

/// Where the next block goes, and what it continues.
struct log_end {
  std::uint64_t next_offset = 1;
  std::uint64_t next_block = 0;
  timestamp time;
  chain_hash chain{};

  /// 0 when there is no event yet.
  [[nodiscard]] std::uint64_t last_offset() const noexcept { return next_offset - 1; }
};

/// Collects commits into the bytes of one block. One thread; reused for many blocks.
class block_builder {
 public:
  /// Starts a block. `names[n]` is the name with number n.
  void begin(const std::vector<std::string>& names, std::span<const name_number> used);

  /// Copies the commit's bytes in. A time before `not_before` is moved up to it.
  /// Returns the commit's time.
  timestamp add(byte_view commit, std::uint32_t check, std::uint32_t events, timestamp not_before);

  [[nodiscard]] std::uint32_t commit_count() const noexcept { return commit_count_; }
  [[nodiscard]] std::uint32_t event_count() const noexcept { return event_count_; }
  /// Of the block, were it finished now.
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() + table_.size(); }

  /// Finishes the block as the continuation of `end` and moves `end` behind it. The view is valid
  /// until the next `begin`. @pre commit_count() > 0
  byte_view finish(std::uint64_t epoch, log_end& end);

 private:
  byte_buffer bytes_;
  byte_buffer table_;
  timestamp time_;
  std::uint32_t commit_count_ = 0;
  std::uint32_t event_count_ = 0;
};

/// A block as it stands in the log. Borrows its bytes.
class block_view {
 public:
  /// Reads the header only, without looking at the checksum.
  /// corrupt: it is none. newer_format: another version of Cairn wrote it.
  [[nodiscard]] static result<block_header> parse_header(byte_view bytes);

  /// corrupt: the checksum or the structure is wrong. newer_format.
  [[nodiscard]] static result<block_view> parse(byte_view bytes);

  /// The same without the checksum over the whole body, for reading single commits, which have
  /// checksums of their own.
  [[nodiscard]] static result<block_view> parse_unchecked(byte_view bytes);

  [[nodiscard]] const block_header& header() const noexcept { return header_; }
  [[nodiscard]] const block_names& names() const noexcept { return names_; }
  [[nodiscard]] std::uint64_t end_offset() const noexcept {
    return header_.first_offset + header_.event_count;
  }

  /// The commit in this place. corrupt when its bytes are not what was written.
  /// @pre place < header().commit_count
  [[nodiscard]] result<commit_view> commit(std::uint32_t place) const;

  /// The place of the commit that has the event at `offset`, or of the first one after it.
  /// @pre offset < end_offset()
  [[nodiscard]] std::uint32_t place_of(std::uint64_t offset) const noexcept;

 private:
  [[nodiscard]] std::uint32_t table_entry(std::uint32_t place, std::size_t field) const noexcept;

  block_header header_;
  byte_view body_;
  byte_view table_;
  block_names names_;
};

/// The link that a block with these bytes must carry after `previous`.
[[nodiscard]] chain_hash next_link(const chain_hash& previous, byte_view block);

}  // namespace cairn::persistence
