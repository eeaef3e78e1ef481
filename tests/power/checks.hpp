#pragma once

#include "power/recording.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cairn::tests::power {

/// What a client was told before the power went, and whether it may be lost.
struct promise {
  /// "put", "atomic", "rejected" or "saw".
  std::string kind;
  std::uint32_t client = 0;
  std::uint32_t count = 0;
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
  /// Of an atomic commit: the second one. Of "saw": the pad.
  std::string pad;
  /// Of "saw".
  std::uint64_t version = 0;
  /// In relaxed mode, what had not reached the log when the power went may be lost.
  bool must_be_kept = true;
};

/// Those among the first `cut` operations.
std::vector<promise> promises_until(const recording& all, std::size_t cut, bool relaxed);

/// Opens the store that a power cut has left, in the mode that it had, and expects (as GoogleTest
/// failures) that it opens, that every promise is kept, that commands are there as a whole or not
/// at all, that all that is derived agrees with the log, that ids are remembered, and that it goes
/// on to work. Changes the store.
void check_store(const std::filesystem::path& directory,
                 bool relaxed,
                 const std::vector<promise>& promises);

}  // namespace cairn::tests::power
