#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

/// The bytes that Cairn stores for one command of the benchmarks, so that the limit stores the
/// same.
struct sample_commit {
  std::vector<std::byte> bytes;
  /// Where the command's ticket stands in them.
  std::size_t ticket_at = 0;
  /// What a block stores for each commit beside its bytes.
  std::size_t beside_bytes = 0;
  /// What a block stores once.
  std::size_t block_head_bytes = 0;
};

/// Made by Cairn's own code. @pre payload_bytes >= smallest_payload
[[nodiscard]] sample_commit make_sample_commit(std::uint32_t payload_bytes);

}  // namespace bench
