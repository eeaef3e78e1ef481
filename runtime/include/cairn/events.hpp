#pragma once

#include "cairn/event_pattern.hpp"
#include "cairn/ids.hpp"
#include "cairn/read_direction.hpp"
#include "cairn/recorded.hpp"
#include "cairn/result.hpp"
#include "cairn/slice.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// Reading recorded events: of the whole journal page by page, of one aggregate.

namespace cairn {

/// A place between events, from which a read goes on in either direction. A value: it can be sent
/// to a client and come back, after a restart too. It stays good for as long as the store.
class event_cursor {
 public:
  /// Before all that a read would find, in the direction of that read.
  event_cursor() = default;
  /// @param before for each partition, the offset of the last event in front of the place; 0: none
  explicit event_cursor(std::vector<std::uint64_t> before) : before_(std::move(before)) {}

  [[nodiscard]] const std::vector<std::uint64_t>& before() const noexcept { return before_; }

  /// Such as "12.0.7", with a number for each partition; empty for event_cursor{}.
  [[nodiscard]] std::string text() const;
  /// What text() has made. bad_input: it has not made that.
  [[nodiscard]] static result<event_cursor> parse(std::string_view text);

  bool operator==(const event_cursor&) const = default;

 private:
  std::vector<std::uint64_t> before_;
};

/// Where a read begins: at the end that its direction begins with; at a cursor; with the event at a
/// position, which is then the first one that is looked at.
using event_start = std::variant<std::monostate, event_cursor, position>;

inline constexpr std::uint32_t event_page_default = 1'000;
inline constexpr std::uint32_t event_page_max = 10'000;

/// Which recorded events a read is about. Everything that is given must hold; empty means that
/// anything will do.
struct event_query {
  /// The aggregate's stable_name.
  std::string category = {};
  /// The event's stable_name, as it is stored: events from before a renaming have their former one.
  std::string event_type = {};
  std::string tag = {};
  /// What was set in motion by one request: see recorded_event::correlation_id.
  cairn::correlation_id correlation_id = {};
  /// Events of aggregates in these slices. Others are read and left out, so each page takes up the
  /// bounded work of all slices.
  slice_range slices = {};
  /// Events that at least one of these means. None: any event.
  std::vector<event_pattern> any_of = {};
  read_direction direction = read_direction::forwards;
  event_start from = {};
  /// 1 to event_page_max.
  std::uint32_t limit = event_page_default;
  /// How long to wait until everything durable can be found.
  std::chrono::nanoseconds timeout = std::chrono::seconds{5};
};

/// A part of what a query finds.
struct event_page {
  /// In the order of (time, partition, offset), or against it.
  std::vector<recorded_event> events;
  /// Behind this page, in the query's direction.
  event_cursor next;
  /// Nothing more was durable at the call. When this is false, another page may have more: the work
  /// for one page is bounded, so a page may hold fewer events than the limit, even none.
  bool at_end = false;
};

/// Which events of one aggregate are wanted, and in which order.
struct history_options {
  // The direction stands first, so that `history({7})` still means events after version 7.
  read_direction direction = read_direction::forwards;
  /// Events after this version,
  version after = {0};
  /// up to this one.
  version up_to = {std::numeric_limits<std::uint64_t>::max()};
  /// At most so many, from the side where the direction begins.
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
  /// Reading that takes longer is given up: timed_out.
  std::chrono::nanoseconds timeout = std::chrono::seconds{10};
};

}  // namespace cairn
