#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::postgres {

/// The schema of a read model at a version: `<prefix>_<name>_v<version>`. A name that would be too
/// long for PostgreSQL is cut, and told apart by a number made of all of it.
[[nodiscard]] std::string schema_name(std::string_view prefix,
                                      std::string_view read_model,
                                      std::uint32_t version);

/// The version in the name of another schema of the same read model.
[[nodiscard]] std::optional<std::uint32_t> version_of_schema(std::string_view schema,
                                                             std::string_view prefix,
                                                             std::string_view read_model);

}  // namespace cairn::postgres
