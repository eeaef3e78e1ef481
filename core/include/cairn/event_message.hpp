#pragma once

#include "cairn/event_publisher.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// An event as a message to others, in one form for all brokers: a body and headers. What the
// headers are called and what stands in them is a contract with those who receive them
// (docs/read_side/outbox.md), and never changes.

namespace cairn {

/// What stands in the body of a message.
enum class message_body : std::uint8_t {
  json,       ///< The event's fields as JSON.
  as_stored,  ///< The bytes of the payload; the header Content-Type says in which form they are.
};

/// Header and value; some come more than once.
using message_headers = std::vector<std::pair<std::string, std::string>>;

/// All that is recorded beside the event, such as "Cairn-Aggregate-Type". Values are of printable
/// ASCII without blanks at their ends: texts that may be anything are percent-encoded.
[[nodiscard]] message_headers headers_of(const outgoing_event& what, message_body body);

/// The body; valid as long as `what`.
[[nodiscard]] std::string_view body_of(const outgoing_event& what, message_body body) noexcept;

/// Writes each byte that is not printable ASCII, is '%', a blank, or one of `also`, as "%2E".
[[nodiscard]] std::string percent_encoded(std::string_view text, std::string_view also = {});

/// "2026-11-29T10:00:00.000000001Z".
[[nodiscard]] std::string text_of(timestamp time);

}  // namespace cairn
