#pragma once

#include "cairn/result.hpp"

#include <filesystem>

namespace cairn::persistence {

/// Makes the directory, and those above it that are missing, so that they survive the loss of
/// power. Nothing is done when it is there. io_failed.
[[nodiscard]] result<void> make_directory(const std::filesystem::path& directory);

/// Makes the names of the files in it survive the loss of power. io_failed.
[[nodiscard]] result<void> sync_directory(const std::filesystem::path& directory);

}  // namespace cairn::persistence
