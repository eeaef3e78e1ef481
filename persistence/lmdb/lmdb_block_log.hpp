#pragma once

#include "lmdb/environment.hpp"

#include "cairn/persistence/block_log.hpp"

#include <cstdint>
#include <filesystem>

namespace cairn::persistence::lmdb {

struct block_log_options {
  std::uint64_t map_bytes = std::uint64_t{1} << 40U;
  /// How far the file is filled with zeros ahead of the log; 0 for not at all. A sync is faster
  /// when the file does not grow in it, and a full disk is noticed outside a commit.
  std::uint64_t prefill_bytes = std::uint64_t{2} << 20U;
};

/// The log of one partition in an LMDB environment of its own: (first offset, block number), both
/// big-endian, → block. Synced on every append.
///
/// The number is part of the key because a block that only records rejections has no event, and so
/// shares its first offset with the block behind it.
[[nodiscard]] result<std::unique_ptr<block_log>> open_block_log(
    const std::filesystem::path& directory, const block_log_options& options);

}  // namespace cairn::persistence::lmdb
