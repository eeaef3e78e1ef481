#pragma once

#include "cairn/actors/host.hpp"
#include "cairn/context.hpp"
#include "cairn/detail/command_message.hpp"
#include "cairn/persistence/burst.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What deciding one command in its host and several in an atomic commit have in common.

namespace cairn::actors {

/// What is stored of a command beside its events. Borrows from all that is given.
[[nodiscard]] persistence::commit_head head_of(const detail::command_message& wish,
                                               persistence::name_number type,
                                               std::string_view aggregate_id,
                                               version base,
                                               timestamp now);

/// What `decide` may know. Borrows from the head.
[[nodiscard]] context context_of(const persistence::commit_head& head, std::string_view command_id);

/// Whether the commit that is being built may be stored. too_large.
/// @param commit_bytes of it, and of all that is to be one commit with it
[[nodiscard]] std::optional<error> exceeds_limits(const persistence::burst& open,
                                                  const host_options& limits,
                                                  std::uint64_t commit_bytes);

/// Whether a reply of so many bytes may be stored. too_large.
[[nodiscard]] std::optional<error> exceeds_limits(std::size_t reply_bytes,
                                                  const host_options& limits);

/// Snapshots up to this version have had their time once there is one at `newest`; 0: none. The
/// rule of Pekko's snapshot retention: newest - every * kept.
[[nodiscard]] version snapshots_to_erase(version newest, const host_options& limits) noexcept;

/// Tells why there is no snapshot. Nothing else happens: it would only have saved time.
void tell_no_snapshot(const error& why, std::string_view aggregate, const log_sink* log);

/// Names the exception that is being handled: user_code_threw. too_large: what is to be stored
/// nests too deep.
[[nodiscard]] error thrown_by(std::string_view function, std::string_view aggregate);

// The sentences. `aggregate` is "type/id".
[[nodiscard]] std::string name_of(std::string_view type, std::string_view id);
[[nodiscard]] error was_deleted(std::string_view aggregate);
[[nodiscard]] error not_handled(std::string_view aggregate);
[[nodiscard]] error conflicts(std::string_view aggregate, const expectation& with, version actual);

}  // namespace cairn::actors
