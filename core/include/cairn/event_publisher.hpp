#pragma once

#include "cairn/error.hpp"
#include "cairn/recorded.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

// Where an outbox hands its events to: builder::add_outbox, docs/read_side/outbox.md.

namespace cairn {

/// An event on its way out of the store.
struct outgoing_event {
  /// "<store>.<partition>.<offset>": the same whenever this event is sent, and of no other event of
  /// any store. A receiver that knows it already may drop the event.
  std::string id;
  recorded_event event;
};

/// How far a batch has come.
struct publish_report {
  /// So many events, from the first one on, are in the receiver's hands: they survive the end of
  /// this process.
  std::size_t confirmed = 0;
  /// Why the next one is not; nothing: all of them are.
  std::optional<error> why = {};
};

/// Takes the events of an outbox to a receiver: a broker, a web service, a file.
///
/// `publish` is called by one thread at a time, a thread of the outbox's own: it may block. `stop`
/// comes from another thread, also in the middle of a `publish`. It must not ask the outbox itself
/// for anything, and what it throws is user_code_threw.
class event_publisher {
 public:
  event_publisher() = default;
  event_publisher(const event_publisher&) = delete;
  event_publisher& operator=(const event_publisher&) = delete;
  virtual ~event_publisher() = default;

  /// Hands the events over, in their order, and returns once the receiver has confirmed all of
  /// them, or one of them cannot be confirmed now; within a bounded time in any case.
  ///
  /// Events of one aggregate must reach the receiver in the order given, also where a batch broke
  /// off and is sent again: behind one that is not there, none of its aggregate may be. Events that
  /// were sent and not confirmed come again, with the same ids; so do those behind them.
  ///
  /// too_large, bad_input, user_code_threw are about the event itself: the outbox's policy says
  /// what becomes of it. Any other error is the receiver's (unavailable: it is away): the same
  /// events come again, with growing pauses, for as long as it takes.
  /// @pre !events.empty(); valid during the call
  [[nodiscard]] virtual publish_report publish(std::span<const outgoing_event> events) = 0;

  /// There is no time left: a publish() that is on, and any that follows, returns soon with
  /// shutting_down. Also more than once; must not block for long.
  virtual void stop() noexcept {}
};

}  // namespace cairn
