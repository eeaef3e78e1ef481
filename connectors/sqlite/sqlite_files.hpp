#pragma once

#include "cairn/persistence/views.hpp"
#include "cairn/result.hpp"

#include <filesystem>

namespace cairn::sqlite {

/// `<directory>/<name>`, with a file for each version.
[[nodiscard]] std::filesystem::path folder_of(const std::filesystem::path& directory,
                                              const persistence::view_options& of);

/// `<folder>/v<version>.db`
[[nodiscard]] std::filesystem::path file_of(const std::filesystem::path& folder,
                                            std::uint32_t version);

/// A database with what SQLite keeps beside it. Without effect when there is none. io_failed.
[[nodiscard]] result<void> remove_database(const std::filesystem::path& file);

/// Of all versions of a read model that are older. io_failed.
[[nodiscard]] result<void> remove_older(const std::filesystem::path& folder,
                                        const persistence::view_options& than);

}  // namespace cairn::sqlite
