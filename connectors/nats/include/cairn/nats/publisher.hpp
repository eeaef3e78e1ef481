#pragma once

#include "cairn/event_message.hpp"
#include "cairn/event_publisher.hpp"
#include "cairn/nats/connection_options.hpp"
#include "cairn/nats/stream_options.hpp"
#include "cairn/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

// From an outbox into a JetStream stream; docs/read_side/outbox.md has the form of the messages.

namespace cairn::nats {

struct publisher_options {
  connection_options connection = {};
  /// {aggregate_type} and {event_type} with their dots, {aggregate_id} and {partition} as one
  /// token. What NATS does not allow in them is percent-encoded.
  std::string subject = "events.{aggregate_type}.{event_type}";
  message_body body = message_body::json;
  /// The stream that the events go into: those that another one would take are not sent. Without a
  /// name: whichever takes the subject. One that is made is for all subjects that begin like
  /// `subject`, and keeps everything.
  stream_options stream = {};
  /// Nobody else writes to the stream. Then events follow each other without waiting, each naming
  /// the one before it, so that none can overtake another one that was lost. Otherwise an event
  /// waits until the one before it of the same aggregate is confirmed.
  bool sole_writer = true;
  /// Events that are sent and not confirmed, at most.
  std::uint32_t window = 512;
  /// Without any confirmation for so long, the connection is begun anew.
  std::chrono::milliseconds confirm_timeout{5'000};
};

/// A publisher for builder::add_outbox. It connects when the first event comes, and again whenever
/// it must: a server that is away is `unavailable` to the outbox, which waits.
///
/// Each message has the event's id as its Nats-Msg-Id, so that the stream drops one that comes
/// again within its duplicate window. Confirmed is what the stream has acknowledged: whether it
/// survives the loss of power there is up to the servers' settings (`sync_interval`) and to the
/// number of replicas.
///
/// bad_config: an option breaks its rule, or a file cannot be read. Errors of its publish(), beside
/// those of the event: unavailable; timed_out; not_found, when no stream takes the events;
/// bad_config, when it is another stream than expected, or somebody else writes to it.
[[nodiscard]] result<std::unique_ptr<event_publisher>> make_publisher(publisher_options options);

}  // namespace cairn::nats
