#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace bench {

/// A log in LMDB with nothing above it, laid out as Cairn's: blocks as single values under keys of
/// 16 bytes, appended, one synced transaction for each group, the file filled with zeros ahead.
///
/// Everything here throws std::runtime_error with LMDB's words. One thread.
class plain_log {
 public:
  struct options {
    std::uint64_t map_bytes = std::uint64_t{1} << 40U;
    std::uint64_t prefill_bytes = 0;
    std::size_t block_bytes = 0;
    /// What every block stores once.
    std::size_t block_head_bytes = 0;
    /// Of one commit and what is stored beside it.
    std::size_t commit_bytes = 0;
    /// 0: each group is synced. Otherwise the file is synced by the first group after so long.
    std::chrono::nanoseconds relaxed_window{};
  };

  plain_log(const std::filesystem::path& directory, const options& chosen);
  plain_log(const plain_log&) = delete;
  plain_log& operator=(const plain_log&) = delete;
  ~plain_log();

  /// Stores commits that lie in one or several pieces of memory. Durable when it returns, but for
  /// what relaxed_window says.
  void append(std::span<const std::span<const std::byte>> pieces);

  /// Calls `visit` for each commit in the order of the log.
  void read(const std::function<void(const std::byte*)>& visit) const;

 private:
  class environment;
  [[nodiscard]] std::byte* begin_block(std::size_t commits);
  void fill_ahead();
  void sync_when_due();

  options chosen_;
  std::unique_ptr<environment> env_;
  std::uint64_t next_offset_ = 1;
  std::uint64_t next_block_ = 0;
  std::uint64_t filled_to_ = 0;
  std::chrono::steady_clock::time_point synced_at_ = std::chrono::steady_clock::now();
  std::vector<std::byte> zeros_;
};

/// "LMDB 0.9.24".
[[nodiscard]] std::string lmdb_version();

}  // namespace bench
