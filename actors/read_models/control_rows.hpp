#pragma once

#include "cairn/detail/table_store.hpp"
#include "cairn/persistence/views.hpp"
#include "cairn/result.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

// The rows of a view's table of control (detail::control_table). They stay when it is emptied.

namespace cairn::actors {

/// There while the read model is paused.
inline constexpr std::string_view paused_row = "paused";
/// There once the copy has taken over from another one, or from a former version.
inline constexpr std::string_view serves_row = "serves";
/// There from when a copy began from nothing until it has what was durable then: these offsets.
inline constexpr std::string_view building_row = "building";
/// There once a model that begins with what is to come has done so.
inline constexpr std::string_view begun_row = "begun";

/// @param control the place of the table
[[nodiscard]] result<bool> has_row(const persistence::view& of,
                                   std::size_t control,
                                   std::string_view row);

/// The offsets in building_row. Nothing when there is no such row, or it is not one of so many
/// partitions.
[[nodiscard]] result<std::optional<persistence::checkpoint_list>> load_goal(
    const persistence::view& of, std::size_t control, std::size_t partitions);
void put_goal(detail::table_store& tables,
              std::size_t control,
              const persistence::checkpoint_list& goal);

}  // namespace cairn::actors
