#pragma once

#include "cairn/aggregate_handle.hpp"
#include "cairn/codec.hpp"
#include "cairn/process_manager.hpp"
#include "cairn/schedule.hpp"

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

// Commands at a time, for everybody:
//
//   auto app = cairn::builder{settings}.add<order>().add_timers<order>().start();
//   app->timers("order-7").set<order>("remind", cairn::timestamp{...}, "7", remind{});
//   app->timers("order-7").cancel_all();

namespace cairn {

namespace detail {

/// Sends what the schedules of all scopes say. An instance is one alarm, named by its scope and its
/// number there.
template <class... As> struct alarm_manager {
  static constexpr std::string_view stable_name = "cairn.timers";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<some_of<schedule, alarm_set, alarm_cancelled>>;
  using targets = cairn::targets<schedule, As...>;
  struct state {
    std::string scope;
    alarm_set alarm;
    template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
      fields(ar, field("scope", scope), field("alarm", alarm));
    }
  };
  using reactions_type = cairn::reactions<alarm_manager>;

  static std::string instance_of(std::string_view scope, std::uint64_t number) {
    return std::string{scope} + "#" + std::to_string(number);
  }
  static cairn::route route(const recorded<alarm_set>& fact) {
    return starts(instance_of(fact.meta.aggregate_id, fact->number));
  }
  static cairn::route route(const recorded<alarm_cancelled>& fact) {
    return ends(instance_of(fact.meta.aggregate_id, fact->number));
  }
  static void on(state& now, const recorded<alarm_set>& fact, reactions_type& then) {
    now = {std::string{fact.meta.aggregate_id}, fact.event};
    const set_alarm& what = fact->what;
    if (what.period.count() > 0) {
      then.every("alarm", what.period, what.due);
    } else {
      then.set_timer("alarm", what.due);
    }
  }
  static void on(state&, const recorded<alarm_cancelled>&, reactions_type&) {}

  static void on_timer(state& now, std::string_view, timestamp, reactions_type& then) {
    const set_alarm& what = now.alarm.what;
    const bool sent = (send_if<As>(what, then) || ...);
    if (!sent) throw std::runtime_error{"cannot send a command to " + what.target};
    then.template send<schedule>(now.scope, note_alarm{what.name, now.alarm.number});
    if (what.period.count() == 0) then.end();
  }

 private:
  template <class A> static bool send_if(const set_alarm& what, reactions_type& then) {
    if (what.target != A::stable_name) return false;
    auto wish = decode<typename A::command>(as_bytes(what.command));
    if (!wish) throw std::runtime_error{describe(wish.error())};
    then.template send<A>(what.aggregate_id, *std::move(wish));
    return true;
  }
};

}  // namespace detail

/// The timers of one scope: commands that are sent once they are due, each once in effect, also
/// after a restart. They stand in the journal as events of the aggregate `schedule` of that name.
///
/// Each call is a command: it blocks until it is durable, and its outcome is that of the schedule.
/// failed(): unknown_name when builder::add_timers was not called; otherwise as of `ask`. Any
/// thread, but none of Cairn. Valid as long as its runtime.
class timer_scope {
 public:
  explicit timer_scope(aggregate_handle<schedule> handle) : handle_(std::move(handle)) {}

  /// The command is sent to the aggregate at `due`, or as soon as possible when that is over.
  /// Replaces the scope's timer of that name. A must be among those of builder::add_timers;
  /// otherwise the timer is left out when it is due, and listed.
  template <class A>
  outcome<schedule> set(std::string name,
                        timestamp due,
                        aggregate_id id,
                        const typename A::command& wish,
                        ask_options how = {}) const {
    return handle_.ask(alarm<A>(std::move(name), due, {}, std::move(id), wish), std::move(how));
  }

  /// The command is sent at `first`, and then each time that a period has passed. Of those that
  /// were missed while the process was down, the last one is sent. @pre period > 0
  template <class A>
  outcome<schedule> every(std::string name,
                          timestamp first,
                          std::chrono::nanoseconds period,
                          aggregate_id id,
                          const typename A::command& wish,
                          ask_options how = {}) const {
    CAIRN_ASSERT(period.count() > 0);
    return handle_.ask(alarm<A>(std::move(name), first, period, std::move(id), wish),
                       std::move(how));
  }

  /// Accepted also when there is no such timer. One that is due at this moment may still go off.
  outcome<schedule> cancel(std::string name, ask_options how = {}) const {
    return handle_.ask(cancel_alarm{std::move(name)}, std::move(how));
  }
  /// The same for all timers of the scope.
  outcome<schedule> cancel_all(ask_options how = {}) const {
    return handle_.ask(cancel_all_alarms{}, std::move(how));
  }

 private:
  template <class A>
  [[nodiscard]] static set_alarm alarm(std::string name,
                                       timestamp due,
                                       std::chrono::nanoseconds period,
                                       aggregate_id id,
                                       const typename A::command& wish) {
    byte_buffer bytes;
    encode(wish, bytes);
    return {.name = std::move(name),
            .due = due,
            .period = period,
            .target = std::string{A::stable_name},
            .aggregate_id = id.text(),
            .command = std::string{bytes.text()}};
  }

  aggregate_handle<schedule> handle_;
};

}  // namespace cairn
