#pragma once

#include "cairn/ids.hpp"
#include "cairn/result.hpp"
#include "cairn/testing/stored_event.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn::testing {

/// An event as it stands in a journal, with the bytes that were stored.
struct persisted_event {
  cairn::position position;
  cairn::version version;
  timestamp time;
  std::string aggregate_type;
  std::string aggregate_id;
  std::string event_type;
  std::string command_id;
  std::uint32_t schema_version = 0;
  event_codec codec = event_codec::binary;
  std::vector<std::byte> payload;

  /// The event, if its name is that of `Event` and its bytes can be read as one.
  template <class Event> [[nodiscard]] std::optional<Event> as() const {
    if (event_type != Event::stable_name) return std::nullopt;
    auto read = cairn::detail::decode_event<Event>({event_type, schema_version, codec, payload});
    if (!read) return std::nullopt;
    return *std::move(read);
  }

  /// "bank.account/ann version 2 (deposited)": for messages.
  [[nodiscard]] std::string describe() const {
    return aggregate_type + "/" + aggregate_id + " version " + std::to_string(version.value) +
           " (" + event_type + ")";
  }
};

/// What the event means to the aggregate `A` today: usually one event, none when it was dropped.
/// unknown_name, newer_format, corrupt, user_code_threw: it cannot be read.
template <class A>
[[nodiscard]] result<std::vector<typename A::event>> events_of(const persisted_event& stored) {
  return detail::read_all<A>({.type = stored.event_type,
                              .schema_version = stored.schema_version,
                              .codec = stored.codec,
                              .payload = stored.payload});
}

/// The event as one of those of the aggregate `A`; nothing when it is none.
template <class A>
[[nodiscard]] std::optional<typename A::event> event_of(const persisted_event& stored) {
  auto read = events_of<A>(stored);
  if (!read || read->size() != 1) return std::nullopt;
  return std::move(read->front());
}

}  // namespace cairn::testing
