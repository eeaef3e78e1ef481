#pragma once

#include <cstdint>
#include <filesystem>

namespace bench {

/// Bytes of all files below: LMDB's never become smaller, so free pages in them count as well.
/// Throws std::filesystem::filesystem_error.
[[nodiscard]] inline std::uint64_t bytes_below(const std::filesystem::path& directory) {
  std::uint64_t sum = 0;
  for (const auto& one : std::filesystem::recursive_directory_iterator{directory}) {
    if (one.is_regular_file()) sum += one.file_size();
  }
  return sum;
}

}  // namespace bench
