#pragma once

#include "cairn/persistence/stream_index.hpp"

#include <cstdint>
#include <filesystem>

namespace cairn::persistence::lmdb {

/// The index of one partition in an LMDB environment of its own, so that its transactions never
/// hold up the log's writer. Every transaction is synced: an LMDB that is not is corrupt after a
/// power cut.
///
/// One of an older format is emptied, to be built anew from the log; `log` is told. newer_format,
/// corrupt, io_failed.
[[nodiscard]] result<std::unique_ptr<index_store>> open_index_store(
    const std::filesystem::path& directory,
    std::uint64_t map_bytes,
    const log_sink& log = silent_log());

}  // namespace cairn::persistence::lmdb
