#pragma once

#include "cairn/detail/read_event.hpp"
#include "cairn/events.hpp"
#include "cairn/ids.hpp"
#include "cairn/recorded.hpp"
#include "cairn/result.hpp"
#include "cairn/slice.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// Following the recorded events: first those that are there, then each as it becomes durable.

namespace cairn {

struct from_beginning {
  bool operator==(const from_beginning&) const = default;
};
/// Behind everything that is durable at the call.
struct from_now {
  bool operator==(const from_now&) const = default;
};

/// Where a subscription begins: at the first event, now, at a cursor, or with the event at a
/// position, which is then the first one that is looked at.
using subscription_start = std::variant<from_beginning, from_now, event_cursor, position>;

/// Which events a subscription is about, and from where. Everything that is given must hold; empty
/// means that anything will do.
struct subscription_options {
  /// stable_names of aggregates: one of these.
  std::vector<std::string> categories = {};
  /// stable_names of events, as they are stored: one of these.
  std::vector<std::string> event_types = {};
  /// All of these.
  std::vector<std::string> tags = {};
  cairn::correlation_id correlation_id = {};
  slice_range slices = {};
  subscription_start from = from_beginning{};
  /// At most so many events are held in memory, and about 32 MiB of JSON; 1 to event_page_max.
  std::uint32_t buffer = 256;
  /// `passed` comes after so many events that are not meant; at least 1.
  std::uint64_t progress_every = 10'000;
};

/// An event that is meant.
struct subscribed_event {
  recorded_event event;
  /// Right behind it.
  event_cursor cursor;
};
/// Everything that was durable has been seen: from here on, events come as they are recorded.
struct caught_up {
  event_cursor cursor;
};
/// After `caught_up`: there is more than the buffer holds, so events are no longer fresh when they
/// come. Nothing is lost: they are read from the journal, and `caught_up` comes again.
struct fell_behind {
  event_cursor cursor;
};
/// Many events that are not meant have been passed over: a cursor for whoever keeps one.
struct passed {
  event_cursor cursor;
};
/// Nothing within the timeout.
struct nothing_yet {};
/// There will be nothing more. shutting_down: the runtime stops. Otherwise what could not be read.
struct ended {
  error why;
};

using subscription_item =
    std::variant<subscribed_event, caught_up, fell_behind, passed, nothing_yet, ended>;

/// A stream of recorded events: history, then live.
///
/// Each event that is meant comes once, in the order of its partition; of several partitions, those
/// that are durable at a time come in the order of (time, partition, offset). Events that readers
/// are not shown (retention, removal) at the time that they are read do not come. Nothing is lost
/// and nothing repeated from one item's cursor to a subscription that begins there, also after a
/// restart.
///
/// It reads the journal when it is asked and holds one buffer, so one that is slow, or is never
/// asked, costs the memory of that buffer and delays nobody. One thread at a time, but for end().
/// runtime::stop() ends it.
class subscription {
 public:
  class body;
  explicit subscription(std::shared_ptr<body> inside) : body_(std::move(inside)) {}
  subscription(subscription&&) noexcept = default;
  subscription& operator=(subscription&& other) noexcept;
  /// end()s.
  ~subscription();

  /// The next item. Blocks until there is one, at most `timeout` by the machine's clock: then
  /// nothing_yet. One call looks at a bounded number of events. After `ended` always that again.
  /// Must not be called when the subscription has a callback, nor from a thread of Cairn.
  [[nodiscard]] subscription_item next(std::chrono::nanoseconds timeout);

  /// No more items: whoever waits is told `ended` with `stopped`. With a callback: waits for a call
  /// that is on, unless it is made from within. Any thread.
  void end();

 private:
  std::shared_ptr<body> body_;
};

/// Gives what a stored event of the aggregate `A` means today to `visit(const recorded<EVENT>&)`:
/// for each type in A::event that `visit` can be called with, and for the others nothing. An event
/// of another aggregate type is passed over. It is read from its JSON.
///
/// unknown_name: A has no such event. newer_format. bad_input, too_large, corrupt: the JSON cannot
/// be read. user_code_threw: `upcast` or `visit` threw.
template <class A, class Visit>
result<void> visit_event(const recorded_event& stored, Visit&& visit) {
  if (stored.aggregate_type != A::stable_name) return {};
  event_metadata meta{.position = stored.position,
                      .version = stored.version,
                      .time = stored.time,
                      .aggregate_type = stored.aggregate_type,
                      .aggregate_id = stored.aggregate_id,
                      .event_type = stored.event_type,
                      .command_id = stored.command_id.text(),
                      .correlation_id = stored.correlation_id.text(),
                      .causation_id = stored.causation_id.text(),
                      .principal = stored.principal.text(),
                      .tags = {stored.tags.begin(), stored.tags.end()},
                      .schema_version = stored.schema_version,
                      .metadata = {stored.metadata.begin(), stored.metadata.end()}};
  const raw_event raw{.type = stored.event_type,
                      .schema_version = stored.schema_version,
                      .codec = event_codec::json,
                      .payload = as_bytes(stored.json)};
  const auto take = [&]<class Event>(const Event& fact) -> result<void> {
    if constexpr (std::is_invocable_v<Visit&, const recorded<Event>&>) {
      return detail::guarded("the visitor of a subscription", [&] {
        meta.event_type = Event::stable_name;
        visit(recorded<Event>{fact, meta});
      });
    } else {
      return {};
    }
  };
  result<void> done;
  const bool known = detail::visit_type_of<A>(
      raw, [&]<class T>() { done = detail::read_event_as<A, T>(raw, take); });
  return known ? done : detail::unknown_event(A::stable_name, raw);
}

/// A callback for runtime::subscribe that reads the events of `A` (see visit_event) and passes over
/// all other items:
///
///     auto mails = app.subscribe(options, cairn::each<account>([](const recorded<opened>& fact) {
///       …
///     }));
///
/// An event that cannot be read, and a visitor that throws, end the subscription.
template <class A, class Visit> [[nodiscard]] auto each(Visit visit) {
  return [visit = std::move(visit)](const subscription_item& item) mutable -> result<void> {
    const auto* one = std::get_if<subscribed_event>(&item);
    return one != nullptr ? visit_event<A>(one->event, visit) : result<void>{};
  };
}

/// Gets each item, the last one included, but never nothing_yet. An error ends the subscription.
using subscription_callback = std::function<result<void>(const subscription_item&)>;

}  // namespace cairn
