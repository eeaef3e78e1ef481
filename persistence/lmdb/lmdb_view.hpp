#pragma once

#include "cairn/persistence/views.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace cairn::persistence::lmdb {

/// Opens `<root>/<name>/v<version>/`, or `v<version>.<copy>` from the second copy on: an LMDB
/// environment of its own, synced; creates it if need be.
///
/// What is there but cannot be used (for another journal, other tables or partitions, or damaged)
/// is thrown away with a warning, and the view starts from nothing. Once per process and directory.
[[nodiscard]] result<std::unique_ptr<view>> open_view(const std::filesystem::path& root,
                                                      const view::options& settings,
                                                      std::uint64_t map_bytes);

/// Which views of the read model there are under `root`, ascending.
[[nodiscard]] result<std::vector<view_place>> stored_views(const std::filesystem::path& root,
                                                           std::string_view name);
/// Removes it, so that it stays removed after the loss of power. @pre it is not open
[[nodiscard]] result<void> remove_view(const std::filesystem::path& root,
                                       std::string_view name,
                                       view_place place);

}  // namespace cairn::persistence::lmdb
