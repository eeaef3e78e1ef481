#pragma once

#include "cairn/ids.hpp"
#include "cairn/metadata.hpp"
#include "cairn/raw_event.hpp"
#include "cairn/slice.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn {

/// What is stored beside an event. The views are valid during the call that hands it over.
struct event_metadata {
  cairn::position position;
  cairn::version version;
  timestamp time;
  std::string_view aggregate_type;
  std::string_view aggregate_id;
  /// The present name of its type, also when it was stored under another one.
  std::string_view event_type;
  std::string_view command_id;
  std::string_view correlation_id;
  std::string_view causation_id;
  std::string_view principal;
  /// Those of the command, then those of the event itself.
  std::vector<std::string_view> tags;
  /// As stored.
  std::uint32_t schema_version = 0;
  /// What the command's sender and its interceptors added, in their order.
  std::vector<std::pair<std::string_view, std::string_view>> metadata = {};

  [[nodiscard]] bool has_tag(std::string_view tag) const noexcept {
    return std::find(tags.begin(), tags.end(), tag) != tags.end();
  }

  /// Worked out anew each time: it is not stored.
  [[nodiscard]] std::uint16_t slice() const noexcept {
    return slice_of(aggregate_type, aggregate_id);
  }
};

/// An event together with what was recorded beside it, as a read model gets it.
template <class Event> struct recorded {
  const Event& event;
  const event_metadata& meta;

  const Event* operator->() const noexcept { return &event; }
};

/// A stored event that keeps all it says: for lists, tools, and those who take events of any type.
struct recorded_event {
  cairn::position position;
  cairn::version version;
  timestamp time;
  std::string aggregate_type;
  std::string aggregate_id;
  /// As stored, also when its type has another name by now.
  std::string event_type;
  cairn::command_id command_id;
  cairn::correlation_id correlation_id;
  cairn::causation_id causation_id;
  cairn::principal principal;
  /// Those of the command, then those of the event itself.
  std::vector<std::string> tags;
  std::uint32_t schema_version = 0;
  /// The event's fields as JSON: word for word when they are stored so, otherwise as the type that
  /// reads them has them today (a retired event has its own; a field that came later has its
  /// default). "null" when they are stored as bytes and no type of the program reads them.
  std::string json;
  /// What the command's sender and its interceptors added, in their order.
  metadata_map metadata = {};
  /// The fields as they are stored, and in which form: what there is to read where `json` is null.
  event_codec codec = event_codec::binary;
  std::vector<std::byte> payload = {};

  /// Worked out anew each time: it is not stored.
  [[nodiscard]] std::uint16_t slice() const noexcept {
    return slice_of(aggregate_type, aggregate_id);
  }
};

}  // namespace cairn
