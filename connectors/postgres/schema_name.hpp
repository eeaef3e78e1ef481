#pragma once

#include "cairn/persistence/views.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cairn::postgres {

/// The schema of a read model at a place: `<prefix>_<name>_v<version>`, with `_<copy>` behind it
/// from the second copy on. A name that would be too long for PostgreSQL is cut, and told apart by
/// a number made of all of it.
[[nodiscard]] std::string schema_name(std::string_view prefix,
                                      std::string_view read_model,
                                      persistence::view_place place);

/// The place in the name of another schema of the same read model.
[[nodiscard]] std::optional<persistence::view_place> place_of_schema(std::string_view schema,
                                                                     std::string_view prefix,
                                                                     std::string_view read_model);

}  // namespace cairn::postgres
