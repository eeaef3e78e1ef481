#pragma once

#include "cairn/persistence/views.hpp"
#include "cairn/result.hpp"

#include <filesystem>
#include <vector>

namespace cairn::sqlite {

/// `<directory>/<name>`, with a file for each version and copy.
[[nodiscard]] std::filesystem::path folder_of(const std::filesystem::path& directory,
                                              const persistence::view_options& of);

/// `<folder>/v<version>.db`, or `v<version>.<copy>.db` from the second copy on.
[[nodiscard]] std::filesystem::path file_of(const std::filesystem::path& folder,
                                            persistence::view_place place);

/// Those that are there, ascending. io_failed.
[[nodiscard]] result<std::vector<persistence::view_place>> stored_in(
    const std::filesystem::path& folder);

/// Makes what was made or removed in a folder durable. io_failed.
[[nodiscard]] result<void> sync_folder(const std::filesystem::path& folder);

/// A database with what SQLite keeps beside it, durably: a process that dies meanwhile leaves all
/// of it, or no database. Without effect when there is none. io_failed.
[[nodiscard]] result<void> remove_database(const std::filesystem::path& file);

/// The database of one place and what says that it is held. io_failed.
[[nodiscard]] result<void> remove_place(const std::filesystem::path& folder,
                                        persistence::view_place place);

/// Of all versions of a read model that are older, all copies. io_failed.
[[nodiscard]] result<void> remove_older(const std::filesystem::path& folder,
                                        const persistence::view_options& than);

}  // namespace cairn::sqlite
