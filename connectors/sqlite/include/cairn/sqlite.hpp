#pragma once

#include "cairn/read_model_storage.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>

// Read models in SQLite: the same struct as for the store's own tables, in a file that other
// programs can read, and with SQL of its own (cairn/sql.hpp).
//
//   builder.add_read_model<balances>({.stored_in = cairn::sqlite::folder("views")});

namespace cairn::sqlite {

struct options {
  enum class sync_mode : std::uint8_t {
    /// A batch counts once it is on the disk.
    full,
    /// Synced now and then: after the loss of power the last batches are applied again.
    normal,
  };
  sync_mode sync = sync_mode::full;
  /// Queries of one read model at the same time; one more waits for `wait_max`, and is overloaded.
  /// At least 1.
  std::uint32_t readers_max = 16;
  /// How long to wait for a reader, and for another program that writes into the file; then it is
  /// unavailable, and the read model tries again. Not negative.
  std::chrono::milliseconds wait_max = std::chrono::seconds{5};
  /// What the file of one read model may grow to; beyond, it is store_full. 0: what the disk takes.
  std::uint64_t file_bytes_max = 0;
};

/// Keeps each read model at each version in a file of its own: `<directory>/<name>/v<version>.db`,
/// where characters that a name of a file should not have are written as % and two digits. On a
/// local disk.
///
/// A model begins from nothing, with a line in the log, when the file is damaged, or was made for
/// another journal or other tables. store_locked: somebody else has the file open for writing.
/// bad_config: an option breaks its rule, or the file system there cannot keep SQLite's write-ahead
/// log. io_failed: the directory cannot be made, or the file must not be written.
[[nodiscard]] read_model_storage folder(std::filesystem::path directory, options settings = {});

}  // namespace cairn::sqlite
