#pragma once

#include "cairn/persistence/views.hpp"
#include "cairn/postgres.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cairn::postgres {

/// Opens the schema of one copy of a read model at one version, or makes it; see database().
[[nodiscard]] result<std::unique_ptr<persistence::view>> open_view(
    const std::string& where, const options& settings, const persistence::view_options& wish);

/// The places of this read model that have a schema, ascending. unavailable.
[[nodiscard]] result<std::vector<persistence::view_place>> stored_views(
    const std::string& where, const options& settings, const persistence::view_options& of);

/// Drops the schema of a place, if it is one of this read model. unavailable, also when somebody
/// goes on reading it for longer than `wait_max`. @pre it is not open
[[nodiscard]] result<void> remove_view(const std::string& where,
                                       const options& settings,
                                       const persistence::view_options& what);

}  // namespace cairn::postgres
