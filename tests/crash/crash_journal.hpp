#pragma once

#include "lmdb/lmdb_block_log.hpp"
#include "lmdb/lmdb_index_store.hpp"

#include "cairn/persistence/journal.hpp"
#include "cairn/testing/commits.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

// What journal_crasher and crash_test have in common.

namespace cairn::tests {

inline constexpr std::uint32_t crash_threads = 8;

/// As it goes through the pipe.
struct acknowledgement {
  std::uint32_t thread = 0;
  /// The version of the thread's stream.
  std::uint32_t sequence = 0;
  std::uint64_t offset = 0;
};

inline std::string stream_of(std::uint32_t thread, std::uint64_t round) {
  return "round " + std::to_string(round) + " thread " + std::to_string(thread);
}

/// Opens and starts. The index is flushed often, so that it is often hit in the middle of it.
inline result<std::unique_ptr<persistence::journal>> open_crash_journal(
    const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory / "log");
  std::filesystem::create_directories(directory / "index");
  constexpr std::uint64_t map_bytes = std::uint64_t{1} << 30U;
  auto log = persistence::lmdb::open_block_log(
      directory / "log", {.map_bytes = map_bytes, .prefill_bytes = std::uint64_t{1} << 20U});
  if (!log) return log.error();
  auto index = persistence::lmdb::open_index_store(directory / "index", map_bytes);
  if (!index) return index.error();
  persistence::journal::options settings;
  settings.block_bytes = 4096;
  settings.index.flush_commits = 500;
  settings.index.flush_after = std::chrono::milliseconds{50};
  auto made = persistence::journal::open(
      *std::move(log), *std::move(index), bank_names(), std::move(settings));
  if (!made) return made.error();
  if (auto started = (*made)->start(); !started) return started.error();
  return made;
}

}  // namespace cairn::tests
