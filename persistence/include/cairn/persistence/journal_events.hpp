#pragma once

#include "cairn/persistence/commit.hpp"
#include "cairn/persistence/postings.hpp"
#include "cairn/read_direction.hpp"
#include "cairn/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>

// The words of reading a journal event by event: see journal::read_events.

namespace cairn::persistence {

/// An event as a visitor sees it. Borrowed; valid during the call.
struct found_event {
  const commit_view& commit;
  const event_view& event;
  std::uint64_t offset;
  cairn::version version;

  /// Its place in the commit, from 0.
  [[nodiscard]] std::uint32_t index() const noexcept {
    return static_cast<std::uint32_t>(offset - commit.first_offset());
  }
};

/// Sees events in the order of the read. False: this was the last one that is wanted. An error ends
/// the reading and is returned.
using event_visitor = std::function<result<bool>(const found_event&)>;

/// Whether the event of this version is to be seen. Not called for events that the read is not
/// about.
using event_filter = std::function<bool(const commit_view&, version)>;

/// Which events of a partition a read is about, and how far it goes.
struct event_range {
  /// Nothing: all of them.
  std::optional<posting_key> key = {};
  /// Several words instead: events that say at least one of them. Looked at when `key` is nothing;
  /// none: all events. Borrowed.
  std::span<const posting_key> any_key = {};
  read_direction direction = read_direction::forwards;
  /// The first offset that may be visited. Forwards, 0 means 1; backwards, what is beyond the end
  /// means the end, and there is nothing at 0.
  std::uint64_t from = 0;
  /// What is beyond this offset is left out, in both directions. Default: what is durable.
  std::uint64_t up_to = std::numeric_limits<std::uint64_t>::max();
  /// At most so many events are looked at, seen or hidden.
  std::uint64_t looks_max = std::numeric_limits<std::uint64_t>::max();
  /// Null: nothing is hidden.
  event_filter visible = {};
  /// How long to wait for the index.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

/// How far a read came.
struct event_progress {
  /// `from` of the read that goes on here in the same direction.
  std::uint64_t next = 0;
  std::uint64_t looked = 0;
  /// Nothing of the range is left. A read that its visitor has ended may not know it.
  bool at_end = false;
};

/// Which events of a stream a read is about: those with versions behind `after` up to `up_to`.
struct stream_range {
  version after = {0};
  version up_to = {std::numeric_limits<std::uint64_t>::max()};
  read_direction direction = read_direction::forwards;
  /// At most so many, seen or hidden, from the side where the read begins.
  std::uint64_t events_max = std::numeric_limits<std::uint64_t>::max();
  /// Null: nothing is hidden.
  event_filter visible = {};
  /// How long to wait for the index.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

}  // namespace cairn::persistence
