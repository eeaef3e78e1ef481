#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

// Stands between a whole program and the operating system: recorder.cpp has definitions of open,
// write, fdatasync and so on that are found before those of the C library, by LMDB too.

namespace cairn::tests::power {

/// Records from now on what happens to files in `directory`, which must exist.
void start_recording(const std::filesystem::path& directory);

/// Notes that a client has been told something: after all operations that had ended before. Any
/// thread.
void mark(std::string what);

/// Blocks until `count` writes that are durable by themselves have ended in `file`, a path relative
/// to the directory: each ends a transaction of LMDB.
void wait_for_durable_writes(const std::string& file, std::uint64_t count);
[[nodiscard]] std::uint64_t durable_writes(const std::string& file);

/// False when `file` cannot be written. Nothing is recorded any more.
bool finish_recording(const std::filesystem::path& file);

}  // namespace cairn::tests::power
