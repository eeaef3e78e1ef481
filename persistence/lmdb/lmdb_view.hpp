#pragma once

#include "cairn/persistence/views.hpp"

#include <cstdint>
#include <filesystem>

namespace cairn::persistence::lmdb {

/// Opens `<root>/<name>/v<version>/`, an LMDB environment of its own, synced; creates it if need
/// be.
///
/// What is there but cannot be used (for another journal, other tables or partitions, or damaged)
/// is thrown away with a warning, and the view starts from nothing. Once per process and directory.
[[nodiscard]] result<std::unique_ptr<view>> open_view(const std::filesystem::path& root,
                                                      const view::options& settings,
                                                      std::uint64_t map_bytes);

}  // namespace cairn::persistence::lmdb
