#pragma once

#include "cairn/detail/command_message.hpp"
#include "cairn/persistence/stream_note.hpp"
#include "cairn/result.hpp"

namespace cairn::actors {

/// The wish to change what is recorded of a stream beside its events. Goes the way of a command:
/// in order with the others of its aggregate, once if it has an id, answered when it is durable.
class stream_wish : public detail::command_message {
 public:
  stream_wish() { what_for = purpose::note; }

  /// The note that is to replace `now`, or why not. Called by the host; must not block.
  [[nodiscard]] virtual result<persistence::stream_note> decide(const persistence::stream_note& now,
                                                                version head) const = 0;
};

}  // namespace cairn::actors
