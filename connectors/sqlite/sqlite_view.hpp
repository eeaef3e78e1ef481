#pragma once

#include "cairn/persistence/views.hpp"
#include "cairn/sqlite.hpp"

#include <filesystem>
#include <memory>

namespace cairn::sqlite {

/// Opens the database of one copy of a read model at one version, or makes it; see folder().
[[nodiscard]] result<std::unique_ptr<persistence::view>> open_view(
    const std::filesystem::path& directory,
    const options& settings,
    const persistence::view_options& wish);

}  // namespace cairn::sqlite
