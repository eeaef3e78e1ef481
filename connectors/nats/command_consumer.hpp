#pragma once

#include "connection.hpp"

#include "cairn/nats/stream_options.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace cairn::nats {

/// The durable consumer that a group of gates shares.
struct command_consumer {
  /// Where the server sends messages to.
  std::string subject;
  /// Without a word about a message for so long, the server sends it again.
  std::chrono::nanoseconds acknowledge_within{};
};

struct consumer_wish {
  const stream_options& stream;
  /// Of the consumer, and of those who share its messages.
  const std::string& group;
  /// Of the messages.
  const std::string& subject;
  std::chrono::nanoseconds acknowledge_within;
  std::uint32_t unacknowledged_max;
};

/// Makes sure that stream and consumer are there. A consumer that is there is left as it is.
/// Blocks for an answer of the server. not_found: there is no stream, and none shall be made;
/// bad_config: the consumer does not push to the group, wants no acknowledgement of each message,
/// or has flow control, which is not for groups; unavailable.
[[nodiscard]] result<command_consumer> ensure_consumer(natsConnection& connection,
                                                       const consumer_wish& wish);

}  // namespace cairn::nats
