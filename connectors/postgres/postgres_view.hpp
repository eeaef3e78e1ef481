#pragma once

#include "cairn/persistence/views.hpp"
#include "cairn/postgres.hpp"

#include <memory>
#include <string>

namespace cairn::postgres {

/// Opens the schema of a read model at one version, or makes it; see database().
[[nodiscard]] result<std::unique_ptr<persistence::view>> open_view(
    const std::string& where, const options& settings, const persistence::view_options& wish);

}  // namespace cairn::postgres
