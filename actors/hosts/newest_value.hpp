#pragma once

#include "cairn/actors/recovery.hpp"
#include "cairn/persistence/journal.hpp"
#include "cairn/persistence/stream_name.hpp"

namespace cairn::actors {

/// Gives `made` the state of an aggregate each of whose events replaces the whole state
/// (aggregate_type::keeps_value), within the bounds.
///
/// Reads from the newest event backwards, until one has a meaning: that is the first one, unless it
/// is dropped, of an unknown name that is passed over, or recorded too late. Nothing is read of
/// what was before the aggregate was removed. Blocks for reading. put_aside: the event cannot be
/// applied; the detail names it. corrupt. timed_out.
/// @pre `made` has a new instance, and the version at which the state begins anew
[[nodiscard]] result<void> read_newest_value(recovered& made,
                                             persistence::stream_name stream,
                                             version head,
                                             persistence::journal& journal,
                                             const replay_bounds& bounds);

/// timed_out, when the time for reading `name` is up.
[[nodiscard]] result<void> check_in_time(const replay_bounds& bounds, const std::string& name);

/// put_aside: the aggregate `name` cannot go on with its event of this version.
[[nodiscard]] error cannot_apply(const std::string& name,
                                 version at,
                                 std::string_view event_type,
                                 const error& why);

}  // namespace cairn::actors
