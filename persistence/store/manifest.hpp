#pragma once

#include "cairn/persistence/stream_name.hpp"
#include "cairn/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace cairn::persistence {

/// What a directory says about itself, in the text file "cairn.store".
struct manifest {
  /// Of the directory as a whole; blocks and index have format numbers of their own.
  static constexpr unsigned format_known = 2;

  std::string identity;
  std::uint16_t partitions = 1;
  /// Stores of format 1 do not say it: by_name.
  placement_rule placement = newest_placement;

  bool operator==(const manifest&) const = default;
};

/// 128 random bits as text.
[[nodiscard]] std::string new_identity();

/// Reads the file; when there is none, writes one with a new identity and `partitions`, durably.
///
/// A store keeps the format and the rules that it was created with.
/// newer_format, corrupt, io_failed. bad_config: the store has another number of partitions.
[[nodiscard]] result<manifest> load_or_create_manifest(const std::filesystem::path& directory,
                                                       std::uint16_t partitions);

}  // namespace cairn::persistence
