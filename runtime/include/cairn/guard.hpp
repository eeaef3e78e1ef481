#pragma once

#include "cairn/event_pattern.hpp"
#include "cairn/events.hpp"

#include <vector>

namespace cairn {

/// A command's demand on what others have recorded: it is only accepted when none of these events
/// was recorded behind a place. What was read up to that place is then still all that there is: a
/// consistency boundary that is drawn by a query instead of by an aggregate.
///
///     auto seen = app.events({.any_of = {{.tags = {"course:7"}}}});
///     ... decide on seen->events ...
///     student.ask(subscribe{...}, {.guard = {{{.tags = {"course:7"}}}, seen->next}});
///
/// It is looked at once more in the moment in which the command's events are stored, with
/// everything that stands before them. An event that is in the way: error::code::conflict, with its
/// place and type, and certainly nothing is stored. Events count whether they are hidden or not.
struct guard {
  /// None: nothing is demanded.
  std::vector<event_pattern> none_of = {};
  /// Behind this place; event_cursor{}: anywhere.
  event_cursor after = {};
  /// All events that are meant live in the partition of the command's aggregate, because the
  /// aggregates were placed together (docs/commands.md). In a store of several partitions nothing
  /// else can be watched, so the caller has to say it; otherwise `apart`.
  bool within_partition = false;
};

}  // namespace cairn
