#pragma once

#include "cairn/persistence/block_log.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>

namespace cairn::persistence {

struct relaxed_options {
  /// At most this long after it was stored, a block is on disk. 0: before append returns; then only
  /// what another process left in the file is taken over.
  std::chrono::milliseconds window{100};
  /// Or as soon as so many bytes wait.
  std::uint64_t bytes_max = std::uint64_t{64} << 20U;
};

/// A log that answers before the disk does: what is stored survives the end of the process, but the
/// loss of power may take the last `window` with it.
///
/// Blocks go to the end of `file` first, without a sync: the operating system has them then,
/// whatever becomes of the process. Once per window they move to `durable` in one synced
/// transaction, and the file starts anew. Opening moves what a killed process left there. After the
/// loss of power the file may end anywhere: what continues the log and passes its checks is taken,
/// the rest is dropped. (LMDB's own way, MDB_NOSYNC, leaves a corrupt file after the loss of
/// power.)
///
/// io_failed when the file cannot be opened.
[[nodiscard]] result<std::unique_ptr<block_log>> make_relaxed_log(
    std::unique_ptr<block_log> durable, const std::filesystem::path& file, relaxed_options options);

}  // namespace cairn::persistence
