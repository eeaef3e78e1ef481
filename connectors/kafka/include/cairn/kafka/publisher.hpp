#pragma once

#include "cairn/event_message.hpp"
#include "cairn/event_publisher.hpp"
#include "cairn/log.hpp"
#include "cairn/result.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// From an outbox into a topic of Kafka; docs/read_side/outbox.md has the form of the messages.

namespace cairn::kafka {

struct publisher_options {
  /// "host:9092,other:9092"
  std::string servers = "127.0.0.1:9092";
  std::string topic = "events";
  message_body body = message_body::json;
  /// Any other settings of librdkafka: {"security.protocol", "ssl"}, {"compression.type", "zstd"}.
  /// Those that make it an idempotent producer that waits for all replicas, and hears of each
  /// message, cannot be changed.
  std::vector<std::pair<std::string, std::string>> settings = {};
  /// Without any confirmation for so long, the brokers are said to be away.
  std::chrono::milliseconds confirm_timeout{5'000};
  /// Hears what librdkafka has to say.
  log_sink log = silent_log();
};

/// A publisher for builder::add_outbox: an idempotent producer (`enable.idempotence`, `acks=all`).
///
/// The key of a message is its aggregate, "type/id", so that events of one aggregate are in one
/// partition of the topic, in their order. Kafka itself drops none that comes again after this
/// process has ended: receivers do, by the header Cairn-Event-Id. While the process runs, what is
/// on its way stays so, however long the brokers are away, and is not sent a second time.
///
/// A message is refused (too_large) that is larger than the setting `message.max.bytes`; that
/// should not be more than the topic takes. Where it is, a broker refuses whole batches: then their
/// messages are sent one by one, so that no other event is blamed; it takes longer.
///
/// bad_config: a setting is not known, or breaks a rule. Errors of its publish(), beside those of
/// the event: unavailable; not_found, when there is no such topic.
[[nodiscard]] result<std::unique_ptr<event_publisher>> make_publisher(publisher_options options);

}  // namespace cairn::kafka
