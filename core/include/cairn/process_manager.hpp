#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/assert.hpp"
#include "cairn/codec.hpp"
#include "cairn/detail/erased_process_manager.hpp"
#include "cairn/error.hpp"
#include "cairn/ids.hpp"
#include "cairn/read_model.hpp"
#include "cairn/recorded.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// What a type needs in order to be a process manager, and one sentence per missing piece. It folds
// events into instances, and each step may send commands and set timers.
//
//   struct payment {
//     static constexpr std::string_view stable_name = "shop.payment";
//     static constexpr std::uint32_t version = 1;              // another one: folded anew
//     using sources = cairn::sources<cairn::some_of<order, placed>, cairn::all_of<customer>>;
//     using targets = cairn::targets<order, customer>;         // what it sends commands to
//     struct state { ... serialize ... };                      // of one instance
//     static cairn::route route(const cairn::recorded<placed>&);                       // one per
//     static void on(state&, const cairn::recorded<placed>&, cairn::reactions<payment>&);  // event
//     // for those who set timers:
//     static void on_timer(state&, std::string_view name, cairn::timestamp due,
//                          cairn::reactions<payment>&);
//     // if wanted, one for each target:
//     static void on_rejected(state&, const cairn::rejected_command<order>&,
//                             cairn::reactions<payment>&);
//     static void on_failed(state&, const cairn::failed_command<order>&,
//                           cairn::reactions<payment>&);
//   };
//
// All of these must be pure: what they decide on is given to them, and they are called again after
// a crash. docs/read_side/process_managers.md says what is promised.

namespace cairn {

/// The aggregate types that a process manager sends commands to.
template <class... Aggregates> struct targets {};

/// Which instances an event is for: what `M::route` returns. An id has 1 to 256 bytes, no NUL.
class route {
 public:
  using kind = detail::route_kind;

  route() = default;
  route(kind what, std::vector<std::string> ids) : what_(what), ids_(std::move(ids)) {}

  [[nodiscard]] kind what() const noexcept { return what_; }
  [[nodiscard]] const std::vector<std::string>& ids() const noexcept { return ids_; }

  bool operator==(const route&) const = default;

 private:
  kind what_ = kind::continues;
  std::vector<std::string> ids_;
};

namespace detail {
template <class Id>
concept one_instance_id = std::convertible_to<const Id&, std::string_view>;

template <one_instance_id Id> [[nodiscard]] route route_to(route_kind what, const Id& id) {
  return {what, {std::string{std::string_view{id}}}};
}
}  // namespace detail

/// Goes on with the instance, or begins it when there is none.
template <detail::one_instance_id Id> [[nodiscard]] route starts(const Id& id) {
  return detail::route_to(route::kind::starts, id);
}
[[nodiscard]] inline route starts(std::vector<std::string> ids) {
  return {route::kind::starts, std::move(ids)};
}
/// Begins the instance. One that there is already is an error (conflict).
template <detail::one_instance_id Id> [[nodiscard]] route starts_new(const Id& id) {
  return detail::route_to(route::kind::starts_new, id);
}
[[nodiscard]] inline route starts_new(std::vector<std::string> ids) {
  return {route::kind::starts_new, std::move(ids)};
}
/// Goes on with the instance; passed over when there is none, or no longer.
template <detail::one_instance_id Id> [[nodiscard]] route continues(const Id& id) {
  return detail::route_to(route::kind::continues, id);
}
[[nodiscard]] inline route continues(std::vector<std::string> ids) {
  return {route::kind::continues, std::move(ids)};
}
/// Goes on with the instance. That there is none is an error (not_found).
template <detail::one_instance_id Id> [[nodiscard]] route continues_known(const Id& id) {
  return detail::route_to(route::kind::continues_known, id);
}
[[nodiscard]] inline route continues_known(std::vector<std::string> ids) {
  return {route::kind::continues_known, std::move(ids)};
}
/// As continues(); afterwards the instance is over.
template <detail::one_instance_id Id> [[nodiscard]] route ends(const Id& id) {
  return detail::route_to(route::kind::ends, id);
}
[[nodiscard]] inline route ends(std::vector<std::string> ids) {
  return {route::kind::ends, std::move(ids)};
}
/// For no instance.
[[nodiscard]] inline route ignores() {
  return {};
}

inline constexpr std::size_t timer_name_max_bytes = 128;
/// Of one step. More of them is an error (too_large).
inline constexpr std::size_t reactions_max = 10'000;

namespace detail {

template <class A, class List> struct place_in;
template <class A, class... As> struct place_in<A, targets<As...>> {
  static constexpr bool found = (std::same_as<A, As> || ...);
  static constexpr std::size_t value = [] {
    std::size_t place = 0;
    (void)((std::same_as<A, As> || (++place, false)) || ...);
    return place;
  }();
};

}  // namespace detail

/// What a step of `M` leads to. Valid during the call that it is given to; nothing happens before
/// the step and what it leads to are stored, together. One thread.
template <class M> class reactions {
 public:
  /// @param into outlives it, as does `instance`
  reactions(detail::reaction_list& into, std::string_view instance, timestamp now)
      : into_(into), instance_(instance), now_(now) {}

  [[nodiscard]] std::string_view instance() const noexcept { return instance_; }
  /// The time of the event, when the timer was due, or when the answer came.
  [[nodiscard]] timestamp now() const noexcept { return now_; }

  /// Sends a command: once in effect. Commands of an instance are sent in the order given, each
  /// after the answer to the one before it. Its principal is the manager's name unless set.
  template <class A> void send(aggregate_id id, typename A::command wish, principal who = {}) {
    using place = detail::place_in<A, typename M::targets>;
    static_assert(place::found,
                  "cairn: `targets` of this process manager does not name this "
                  "AGGREGATE, which it sends a command to");
    byte_buffer bytes;
    encode(wish, bytes);
    into_.commands.push_back({.target = place::value,
                              .aggregate_id = id.text(),
                              .bytes = std::string{bytes.text()},
                              .principal = who.text()});
  }

  /// `on_timer` is called once, `after` now() or at a time, or as soon as possible when that is
  /// over. Replaces the instance's timer of that name. A name has 1 to 128 bytes.
  void set_timer(std::string name, std::chrono::nanoseconds after) {
    add_timer({.name = std::move(name), .due = later(after)});
  }
  void set_timer(std::string name, timestamp at) {
    add_timer({.name = std::move(name), .due = at});
  }
  /// `on_timer` is called each time that a period has passed since now(). Of those that were missed
  /// while the process was down, the last one counts. @pre period > 0
  void every(std::string name, std::chrono::nanoseconds period) {
    CAIRN_ASSERT(period.count() > 0);
    add_timer({.name = std::move(name), .due = later(period), .period = period});
  }
  /// The same, from a time on, which may be over.
  void every(std::string name, std::chrono::nanoseconds period, timestamp first) {
    CAIRN_ASSERT(period.count() > 0);
    add_timer({.name = std::move(name), .due = first, .period = period});
  }
  /// Without effect when there is no such timer.
  void cancel_timer(std::string name) { add_timer({.name = std::move(name)}); }

  /// The instance is over: its state and its timers go. Commands that are not sent yet are sent.
  void end() { into_.ended = true; }

  /// Takes back the instance's commands that were decided in earlier steps and have not been sent.
  void drop_pending() { into_.drops_pending = true; }

  /// In on_rejected and on_failed: the command is sent once more, `delay` from now, before the
  /// instance's others. One that was rejected is a new command then, since a repeat of the old one
  /// would only get the old answer.
  void retry(std::chrono::nanoseconds delay = {}) { into_.retry_after = delay; }

 private:
  void add_timer(detail::reaction_list::timer what) {
    CAIRN_ASSERT(!what.name.empty());
    CAIRN_ASSERT(what.name.size() <= timer_name_max_bytes);
    into_.timers.push_back(std::move(what));
  }

  /// The end of time for one that lies beyond it.
  [[nodiscard]] timestamp later(std::chrono::nanoseconds by) const noexcept {
    return by < timestamp::max() - now_ ? now_ + by : timestamp::max();
  }

  detail::reaction_list& into_;
  std::string_view instance_;
  timestamp now_;
};

/// A command of a process manager that the domain refused.
template <class A> struct rejected_command {
  const typename A::command& command;
  std::string_view aggregate_id;
  typename A::rejection why;
  /// How often it has been sent, as far as `retry` asked for it; 1 at first.
  unsigned attempts = 1;
};

/// A command of a process manager that failed for good; one that may still pass is sent again
/// without asking anybody.
template <class A> struct failed_command {
  const typename A::command& command;
  std::string_view aggregate_id;
  const error& why;
  unsigned attempts = 1;
};

template <class M, class Event>
concept routes = requires(const recorded<Event>& fact) {
  { M::route(fact) } -> std::same_as<route>;
};
template <class M, class Event>
concept reacts = requires(typename M::state& now, const recorded<Event>& fact, reactions<M>& then) {
  M::on(now, fact, then);
};
template <class M>
concept has_timers = requires(typename M::state& now, timestamp due, reactions<M>& then) {
  M::on_timer(now, std::string_view{}, due, then);
};
template <class M, class A>
concept hears_rejections = requires(typename M::state& now,
                                    const rejected_command<A>& what,
                                    reactions<M>& then) {
  M::on_rejected(now, what, then);
};
template <class M, class A>
concept hears_failures = requires(typename M::state& now,
                                  const failed_command<A>& what,
                                  reactions<M>& then) {
  M::on_failed(now, what, then);
};

namespace detail {

template <class M>
concept has_targets = requires {
  typename M::targets;
};
template <class M>
concept has_state = requires {
  typename M::state;
};

template <class M, class Event> consteval bool check_reacts() {
  static_assert(routes<M, Event>,
                "cairn: this process manager needs `static cairn::route route(const "
                "cairn::recorded<EVENT>&)` for this EVENT of its sources");
  static_assert(reacts<M, Event>,
                "cairn: this process manager needs `static void on(state&, const "
                "cairn::recorded<EVENT>&, cairn::reactions<MANAGER>&)` for this EVENT of its "
                "sources");
  return true;
}

}  // namespace detail

/// True when `M` is a complete process manager; otherwise the build stops with one sentence per
/// missing piece.
template <class M> consteval bool check_process_manager() {
  static_assert(has_stable_name<M>,
                "cairn: this process manager needs `static constexpr std::string_view stable_name "
                "= \"...\";`");
  static_assert(detail::has_version<M>,
                "cairn: this process manager needs `static constexpr std::uint32_t version = 1;`");
  static_assert(detail::has_sources<M>,
                "cairn: this process manager needs `using sources = cairn::sources<...>;`");
  static_assert(detail::has_targets<M>,
                "cairn: this process manager needs `using targets = cairn::targets<...>;`");
  static_assert(detail::has_state<M>,
                "cairn: this process manager needs a `struct state` of one instance");
  static_assert(!detail::takes_every_event<M>,
                "cairn: a process manager names its events: `every_event` is for read models");
  if constexpr (detail::has_sources<M> && detail::has_state<M>) {
    static_assert(has_serialize<typename M::state>,
                  "cairn: the state of this process manager needs `template <class Ar> void "
                  "serialize(Ar&, unsigned)`");
    static_assert(std::default_initializable<typename M::state>,
                  "cairn: the state of this process manager needs a default constructor");
    detail::each_source<typename M::sources>::event([]<class A, class Event>() {
      static_assert(detail::is_current<A, Event>,
                    "cairn: a source of this process manager names an EVENT that its aggregate "
                    "does not have");
      static_assert(detail::check_reacts<M, Event>());
    });
    return true;
  }
  return false;
}

}  // namespace cairn
