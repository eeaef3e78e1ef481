#pragma once

#include "cairn/persistence/block.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace cairn::persistence {

/// Reads blocks in order, from a picture of the log that does not change. One thread. Short-lived:
/// while it exists, the storage behind it cannot be reused.
class block_reader {
 public:
  block_reader() = default;
  block_reader(const block_reader&) = delete;
  block_reader& operator=(const block_reader&) = delete;
  virtual ~block_reader() = default;

  /// The bytes of the block with the event at `offset`, or of the first block after it; nothing at
  /// the end of the log. Valid as long as the reader.
  [[nodiscard]] virtual result<std::optional<byte_view>> seek(std::uint64_t offset) = 0;
  /// The block with this number, whose first offset is known too; or the first one after it.
  /// (Blocks without events share their offset with what follows: this goes straight to the right
  /// one.)
  [[nodiscard]] virtual result<std::optional<byte_view>> seek_block(std::uint64_t first_offset,
                                                                    std::uint64_t number) = 0;
  /// The block with the event at `offset`; nothing when the log has no such event. (Blocks without
  /// events share their offset with what follows and stand before it.)
  [[nodiscard]] virtual result<std::optional<byte_view>> seek_event(std::uint64_t offset);
  /// The next block. @pre a block has been found before
  [[nodiscard]] virtual result<std::optional<byte_view>> next() = 0;
};

/// One partition's log: blocks in order, only ever added.
///
/// This is all that a storage engine has to do: LMDB alone on one node, memory in tests, later an
/// engine that replicates. `claim` and `append`: one thread, the writer. `read`: any thread.
class block_log {
 public:
  block_log() = default;
  block_log(const block_log&) = delete;
  block_log& operator=(const block_log&) = delete;
  virtual ~block_log() = default;

  struct claimed {
    /// Greater than that of every earlier claim.
    std::uint64_t epoch = 0;
    log_end end;
  };

  /// Becomes the only writer: whoever claimed before is refused from now on. Durable.
  [[nodiscard]] virtual result<claimed> claim() = 0;

  /// Stores the blocks behind everything stored: all of them or none. Durable when it returns.
  /// Blocks for about one disk sync. A whole transaction shares one sync, hence the list.
  /// fenced: the epoch is not that of the last claim. store_full: there is no room; nothing is
  /// stored and it may be tried again. storage_failed, corrupt: nothing is stored, do not go on.
  /// uncertain: it may or may not be stored, do not go on.
  [[nodiscard]] virtual result<void> append(std::uint64_t epoch,
                                            std::span<const byte_view> blocks) = 0;

  [[nodiscard]] virtual result<std::unique_ptr<block_reader>> read() const = 0;

  /// When flush() has to be called at the latest; nothing while everything stored is on disk, which
  /// is always so unless the log's durability is relaxed. The writer's thread.
  [[nodiscard]] virtual std::optional<std::chrono::steady_clock::time_point> flush_due() const {
    return std::nullopt;
  }
  /// Makes everything stored survive the loss of power. The writer's thread. Errors as of append.
  [[nodiscard]] virtual result<void> flush() { return {}; }
};

/// What `verify` found.
struct verify_report {
  std::uint64_t blocks = 0;
  std::uint64_t commits = 0;
  std::uint64_t events = 0;
};

/// Reads the whole log: every checksum, every link of the chain, every commit and event; offsets
/// and block numbers without a gap; times and epochs that never fall. Any thread, while the log is
/// being written. corrupt: the detail names the first block that is wrong.
/// @param go_on asked before the first block and every few hundred: its error ends the reading
[[nodiscard]] result<verify_report> verify(const block_log& log,
                                           const std::function<result<void>()>& go_on = {});

/// Gives the log of each partition, once per start, before anything is written.
using log_source = std::function<result<std::unique_ptr<block_log>>(partition_id)>;

/// A log in memory: for tests, and for runtimes that need no disk.
[[nodiscard]] std::unique_ptr<block_log> make_memory_log();

}  // namespace cairn::persistence
