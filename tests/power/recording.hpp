#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cairn::tests::power {

/// What a process asked of its disk, or said about what it has promised.
enum class operation_kind : std::uint8_t {
  make_file,       ///< `path` now names the new, empty file `node`
  make_directory,  ///< the same, of a directory
  known,           ///< `path` named this file or directory before the recording began
  write,           ///< `bytes` go to `at`
  write_ended,     ///< the write number `at` has returned, and was durable by itself (O_DSYNC)
  truncate,        ///< the file's size becomes `at`
  sync_began,      ///< fsync or fdatasync of `node`
  sync_ended,      ///< the sync number `at` has returned
  rename,          ///< `path` becomes `to`
  remove,          ///< `path` names nothing any more
  mark             ///< a client has been told `path`; no operation of the disk
};

struct operation {
  operation_kind kind = operation_kind::mark;
  std::uint32_t node = 0;
  std::uint64_t at = 0;
  /// Steady time, for promises about time.
  std::int64_t time_ns = 0;
  /// Relative to the directory that is recorded; "" is that directory.
  std::string path = {};
  std::string to = {};
  std::vector<std::byte> bytes = {};
};

/// In the order in which they began; an operation's number is its place.
using recording = std::vector<operation>;

/// False when the file cannot be written.
bool save(const recording& what, const std::filesystem::path& file);
/// Empty when the file cannot be read.
recording load(const std::filesystem::path& file);

}  // namespace cairn::tests::power
