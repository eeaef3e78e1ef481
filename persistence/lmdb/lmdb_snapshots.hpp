#pragma once

#include "cairn/persistence/snapshots.hpp"

#include <cstdint>
#include <filesystem>

namespace cairn::persistence::lmdb {

/// Snapshots in an LMDB environment of their own, synced.
[[nodiscard]] result<std::unique_ptr<snapshot_store>> open_snapshots(
    const std::filesystem::path& directory, std::uint64_t map_bytes);

}  // namespace cairn::persistence::lmdb
