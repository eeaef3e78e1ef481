#pragma once

#include "support/temporary_directory.hpp"

#include "cairn/config.hpp"

namespace cairn::tests {

/// Settings for a store in a directory that goes away with the test. The maps are small, so that
/// the thread sanitizer has room for them.
[[nodiscard]] inline config small_store(const std::filesystem::path& directory) {
  config settings;
  settings.store = directory;
  settings.log_map_bytes = 256 * mib;
  settings.index_map_bytes = 256 * mib;
  settings.view_map_bytes = 64 * mib;
  settings.prefill_bytes = 1 * mib;
  settings.reserve_bytes = 1 * mib;
  return settings;
}

}  // namespace cairn::tests
