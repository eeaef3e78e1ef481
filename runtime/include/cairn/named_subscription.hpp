#pragma once

#include "cairn/events.hpp"
#include "cairn/recorded.hpp"
#include "cairn/result.hpp"
#include "cairn/subscription.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cairn::actors {
class named_feed;
struct verdict;
}  // namespace cairn::actors

namespace cairn::detail {
class subscription_hub;
}

namespace cairn {

/// To whom an event of a named subscription goes.
enum class delivery_order : std::uint8_t {
  /// To whoever waits longest for one. No order between events that are on their way at a time.
  in_turn,
  /// Events of one aggregate go to the same consumer for as long as nobody comes or goes, each once
  /// the one before has been settled.
  by_aggregate,
  /// The same for events of one correlation id; those without one go by their aggregate.
  by_correlation,
  /// The same for events for which named_subscription_options::key says the same.
  by_key,
};

/// What a named subscription is about, and how it delivers.
struct named_subscription_options {
  /// Which events. `from` counts when the subscription is new; later it goes on where it was.
  subscription_options events = {};
  delivery_order order = delivery_order::in_turn;
  /// With by_key. Must be a pure function of the event. When it throws, the subscription ends.
  std::function<std::string(const recorded_event&)> key = {};
  /// What is not acknowledged within this time, by the runtime's clock, is delivered again.
  std::chrono::nanoseconds ack_timeout = std::chrono::seconds{30};
  /// An event that was delivered so many times after the first time, in vain, is parked.
  std::uint32_t retries_max = 10;
  std::uint32_t consumers_max = 1;
  /// Events in memory, from the oldest one that is not settled on. When it is full, because one of
  /// them is tried again and again, say, no others are read.
  std::uint32_t window = 1'000;
};

struct consumer_options {
  /// Deliveries that it has at once, not yet answered; at least 1.
  std::uint32_t credit = 16;
};

/// An event that was given to a consumer. It is this consumer's until it is answered, by one of the
/// four functions, once; dropping it answers nothing, so it comes again after the ack_timeout.
///
/// Each of them: expired: it was answered before, or took too long, or the consumer has left.
/// shutting_down. They do not wait for the disk: named_subscription::flush does. Any thread.
class delivery {
 public:
  /// What the feed calls this delivery.
  struct ticket {
    std::uint64_t entry = 0;
    std::uint64_t delivery = 0;
  };
  delivery(std::shared_ptr<actors::named_feed> of,
           ticket which,
           std::shared_ptr<const recorded_event> event,
           std::uint32_t attempt)
      : of_(std::move(of)), which_(which), event_(std::move(event)), attempt_(attempt) {}

  [[nodiscard]] const recorded_event& event() const noexcept { return *event_; }
  [[nodiscard]] const recorded_event* operator->() const noexcept { return event_.get(); }
  /// 1 for the first time. Times in which the process ended before it could note them do not count.
  [[nodiscard]] std::uint32_t attempt() const noexcept { return attempt_; }

  [[nodiscard]] const ticket& which() const noexcept { return which_; }

  /// It is done.
  result<void> ack();
  /// It need not be done. The same as ack(), for those who read the code.
  result<void> skip();
  /// It comes again after this time, by the runtime's clock, or is parked if it has come too often.
  result<void> retry(std::chrono::nanoseconds delay = {});
  /// It is put aside, with this reason, until somebody replays or discards it.
  result<void> park(std::string reason);

 private:
  result<void> answer(const actors::verdict& what);

  std::shared_ptr<actors::named_feed> of_;
  ticket which_;
  std::shared_ptr<const recorded_event> event_;
  std::uint32_t attempt_;
};

/// One of those who share the events of a named subscription. Any thread, but for the destructor.
class consumer {
 public:
  class caller;
  consumer(std::shared_ptr<actors::named_feed> of,
           std::uint64_t who,
           std::shared_ptr<caller> calls = nullptr)
      : of_(std::move(of)), who_(who), calls_(std::move(calls)) {}
  consumer(consumer&& other) noexcept = default;
  consumer& operator=(consumer&& other) noexcept;
  /// leave()s.
  ~consumer();

  /// The next event for this consumer. Blocks until there is one and it has credit, at most
  /// `timeout` by the machine's clock: then nothing. stopped: it has left. shutting_down, or what
  /// the subscription has ended with. Must not be called from a thread of Cairn.
  [[nodiscard]] result<std::optional<delivery>> next(std::chrono::nanoseconds timeout);

  /// What it has not answered goes to the others at once, and does not count as an attempt. With a
  /// callback: waits for a call that is on, unless it is made from within.
  void leave();

 private:
  std::shared_ptr<actors::named_feed> of_;
  std::uint64_t who_;
  std::shared_ptr<caller> calls_;
};

/// An event that was put aside.
struct parked_delivery {
  cairn::position position;
  std::string reason;
  timestamp since;
  /// How often it was delivered.
  std::uint32_t attempts = 0;
  /// It is to be delivered once more, and is forgotten once that is acknowledged.
  bool replaying = false;
};

struct named_subscription_status {
  /// Everything before it is settled: acknowledged, skipped, parked or not meant.
  event_cursor checkpoint;
  /// In memory, by what has become of them: settled ones are behind one that is not.
  std::uint64_t waiting = 0;
  std::uint64_t delivered = 0;
  std::uint64_t settled = 0;
  std::size_t consumers = 0;
  /// It has ended: what could not be read.
  std::optional<error> why_ended = {};
};

/// A durable subscription that any number of consumers share. Each event that is meant is delivered
/// at least once: until a consumer has acknowledged it, or it is parked. Its state is in the store
/// and goes on after a restart. What was acknowledged does not come again, but for what was
/// acknowledged right before a crash (about 20 ms; flush() makes sure).
///
/// Any thread; cheap to copy. After the runtime has stopped everything answers shutting_down.
class named_subscription {
 public:
  /// Made by runtime::named_subscription.
  named_subscription(std::shared_ptr<actors::named_feed> inside,
                     std::shared_ptr<detail::subscription_hub> hub)
      : feed_(std::move(inside)), hub_(std::move(hub)) {}

  /// overloaded: there are consumers_max of them. bad_input: a credit of 0. shutting_down, or what
  /// the subscription has ended with.
  [[nodiscard]] result<consumer> join(consumer_options options = {});
  /// The same with a callback, which gets the events one after the other on a thread of its own; it
  /// may block, and may answer later from elsewhere. When it throws, what it got is tried again
  /// after a second.
  [[nodiscard]] result<consumer> join(consumer_options options,
                                      std::function<void(delivery)> callback);

  /// Blocks until all answers so far are durable. store_full, storage_failed: they are not yet.
  result<void> flush();

  /// At most `max` of the parked events, in the order of their positions, from `first` on. Blocks
  /// for reading.
  [[nodiscard]] result<std::vector<parked_delivery>> parked(position first = {},
                                                            std::size_t max = 1'000);
  /// Delivers it again, behind what waits and with all its retries; durable once this returns.
  /// not_found: it is not parked, or hidden from readers by now. overloaded: as many are replayed
  /// at a time as the window has room for.
  result<void> replay_parked(position which);
  /// Forgets it; durable once this returns. not_found.
  result<void> discard_parked(position which);

  [[nodiscard]] named_subscription_status status() const;

 private:
  std::shared_ptr<actors::named_feed> feed_;
  std::shared_ptr<detail::subscription_hub> hub_;
};

}  // namespace cairn
