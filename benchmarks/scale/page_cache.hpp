#pragma once

#include <cstdint>
#include <filesystem>

namespace bench {

/// Bytes of the files below that are in memory now. Throws std::system_error.
[[nodiscard]] std::uint64_t cached_bytes(const std::filesystem::path& directory);

/// Writes the files below to the disk and takes them out of memory: one by one, and when something
/// stays, by dropping all of the system's cache, which needs to be allowed. What is left is up to
/// cached_bytes(). Throws std::system_error.
void drop_from_cache(const std::filesystem::path& directory);

}  // namespace bench
