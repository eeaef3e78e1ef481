#pragma once

#include <cstdint>

namespace bench {

/// What of this process is in memory now, in bytes.
struct memory_use {
  /// Heap, stacks: what is there only for this process.
  std::uint64_t anonymous = 0;
  /// Pages of mapped files, which the system can take back at any time: LMDB's maps above all.
  std::uint64_t file_mapped = 0;

  [[nodiscard]] std::uint64_t resident() const noexcept { return anonymous + file_mapped; }
};

/// All 0 when the system does not say.
[[nodiscard]] memory_use memory_in_use();

}  // namespace bench
