#pragma once

#include "cairn/context.hpp"
#include "cairn/decision.hpp"
#include "cairn/fields.hpp"
#include "cairn/raw_event.hpp"
#include "cairn/reply.hpp"
#include "cairn/schema_evolution.hpp"
#include "cairn/state_handlers.hpp"
#include "cairn/stored_forms.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

// What a type needs in order to be an aggregate, and one sentence per missing piece.
//
//   names: stable_name, and one for each command and event   decide: state, command -> decision
//   state, rejection, command, event, decision               evolve: state, event -> state
//
// Handlers for each alternative of a state: state_handlers.hpp. Typed replies: reply.hpp.

namespace cairn {

template <class T> inline constexpr bool is_variant = false;
template <class... Ts> inline constexpr bool is_variant<std::variant<Ts...>> = true;

template <class A>
concept aggregate =
    has_stable_name<A> && is_variant<typename A::command> && is_variant<typename A::event> &&
    std::is_enum_v<typename A::rejection> && std::default_initializable<typename A::state>;

template <class A> using decision_for = decision<typename A::event, typename A::rejection>;

/// `decide(const state&, const COMMAND&, const context&)`: for those who need time or names. It may
/// be called more than once for a command: what was decided on top of a group that then failed is
/// decided again.
template <class A, class Command>
concept decides_in_context = requires(const typename A::state& now,
                                      const Command& wish,
                                      const context& around) {
  { A::decide(now, wish, around) } -> std::same_as<decision_for<A>>;
};

/// Whatever the state is.
template <class A, class Command>
concept decides_anywhere = decides_in_context<A, Command> ||
    requires(const typename A::state& now, const Command& wish) {
  { A::decide(now, wish) } -> std::same_as<decision_for<A>>;
};

template <class A, class Command>
concept decides = decides_anywhere<A, Command> || detail::decides_by_state<A, Command>;

template <class A, class Event>
concept evolves_anywhere = requires(typename A::state& now, const Event& fact) {
  { A::evolve(now, fact) } -> std::same_as<void>;
};

template <class A, class Event>
concept evolves = evolves_anywhere<A, Event> || detail::evolves_by_state<A, Event>;

/// `evolve(state&, const raw_event&)`: takes stored events whose names none of its types has; see
/// unknown_events. Asked with a list, from which a generic `evolve(state&, const auto&)` cannot
/// deduce a type: that one is for events, not for this.
template <class A>
concept evolves_raw = requires(typename A::state& now, byte_view payload) {
  A::evolve(now, {std::string_view{}, std::uint32_t{}, event_codec::binary, payload});
};

/// A state that can be stored: its aggregate may have snapshots. A variant can when all of its
/// alternatives can.
template <class A>
concept has_snapshots = detail::is_storable_state<typename A::state>;

/// `snapshot_when(const state&, const event&, version)`: asked for each new event, with the state
/// and the version after it; true: a snapshot is taken once all events of the command are in.
template <class A>
concept asks_for_snapshots = has_snapshots<A> &&
    requires(const typename A::state& now, const typename A::event& fact, version at) {
  { A::snapshot_when(now, fact, at) } -> std::same_as<bool>;
};

/// `tags_of(const state&, const event&)`: the tags of a new event, beside those of its command,
/// with the state after it. Called once when the event is decided, never in a replay.
template <class A>
concept tags_events = requires(const typename A::state& after, const typename A::event& fact) {
  { A::tags_of(after, fact) } -> std::same_as<std::vector<std::string>>;
};

/// `bytes_of(const state&)`: the memory that a state holds beside itself. Without it, the length of
/// its encoding stands for it.
template <class A>
concept weighs_states = requires(const typename A::state& now) {
  { A::bytes_of(now) } -> std::convertible_to<std::size_t>;
};

namespace detail {

template <class A, class Command>
decision_for<A> decide_anywhere(const typename A::state& now,
                                const Command& wish,
                                const context& around) {
  if constexpr (decides_in_context<A, Command>) {
    return A::decide(now, wish, around);
  } else {
    return A::decide(now, wish);
  }
}

}  // namespace detail

/// Decides with whichever form of `decide` the aggregate has for this command: the one for the
/// alternative that the state has, or else the one for any state; `unhandled` when there is none.
template <aggregate A, class Command>
[[nodiscard]] decision_for<A> decide(const typename A::state& now,
                                     const Command& wish,
                                     const context& around) {
  if constexpr (!detail::decides_by_state<A, Command>) {
    return detail::decide_anywhere<A>(now, wish, around);
  } else {
    return std::visit(
        [&]<class S>(const S& one) -> decision_for<A> {
          if constexpr (detail::decides_within_in_context<A, S, Command>) {
            return A::decide(one, wish, around);
          } else if constexpr (detail::decides_within<A, S, Command>) {
            return A::decide(one, wish);
          } else if constexpr (decides_anywhere<A, Command>) {
            return detail::decide_anywhere<A>(now, wish, around);
          } else {
            return unhandled;
          }
        },
        now);
  }
}

/// Evolves with whichever form of `evolve` the aggregate has for this event: the one for the
/// alternative that the state has, or else the one for any state. Throws what it throws, and when
/// there is none.
template <aggregate A, class Event> void evolve(typename A::state& now, const Event& fact) {
  if constexpr (detail::evolves_by_state<A, Event>) {
    detail::evolve_by_state<A>(now, fact);
  } else {
    A::evolve(now, fact);
  }
}

namespace detail {

template <class A, class Command> consteval bool check_command() {
  static_assert(
      has_stable_name<Command>,
      "cairn: this command needs `static constexpr std::string_view stable_name = \"...\";`");
  static_assert(has_serialize<Command>,
                "cairn: this command needs `template <class Ar> void serialize(Ar&, unsigned)`");
  static_assert(std::equality_comparable<Command>,
                "cairn: this command needs `bool operator==(const COMMAND&) const = default;`");
  static_assert(decides<A, Command> || is_variant<typename A::state>,
                "cairn: this aggregate needs `static decision decide(const state&, const "
                "COMMAND&)` for this COMMAND");
  static_assert(decides<A, Command> || !is_variant<typename A::state>,
                "cairn: this aggregate needs `static decision decide(const STATE&, const "
                "COMMAND&)` for this COMMAND and at least one STATE of its state");
  static_assert(
      decides_anywhere<A, Command> || !nearly_decides_in_any<A, Command>(state_alternatives<A>{}),
      "cairn: a `decide` for this COMMAND and one alternative of the state must be exactly "
      "`static decision decide(const STATE&, const COMMAND&)`");
  return check_reply<A, Command>();
}

template <class A, class Event> consteval bool check_event() {
  static_assert(
      has_stable_name<Event>,
      "cairn: this event needs `static constexpr std::string_view stable_name = \"...\";`");
  static_assert(has_serialize<Event> || adapts<A, Event>,
                "cairn: this event needs `template <class Ar> void serialize(Ar&, unsigned)`, or "
                "the aggregate a `to_stored` for it");
  static_assert(std::equality_comparable<Event>,
                "cairn: this event needs `bool operator==(const EVENT&) const = default;`");
  static_assert(std::default_initializable<Event> || !has_serialize<Event>,
                "cairn: this event needs a default constructor, to be read back into");
  static_assert(evolves<A, Event> || is_variant<typename A::state>,
                "cairn: this aggregate needs `static void evolve(state&, const EVENT&)` for this "
                "EVENT");
  static_assert(
      evolves<A, Event> || !is_variant<typename A::state>,
      "cairn: this aggregate needs `static void evolve(STATE&, const EVENT&)` or `static "
      "OTHER evolve(const STATE&, const EVENT&)` for this EVENT and at least one STATE of "
      "its state");
  static_assert(
      !nearly_evolves_in_any<A, Event>(state_alternatives<A>{}),
      "cairn: an `evolve` for this EVENT and one alternative of the state must be exactly "
      "`static void evolve(STATE&, const EVENT&)` or `static OTHER evolve(const STATE&, "
      "const EVENT&)`");
  return check_adapter<A, Event>();
}

template <class... Ts> consteval bool names_are_distinct() {
  const std::array<std::string_view, sizeof...(Ts)> names{Ts::stable_name...};
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t j = i + 1; j < names.size(); ++j) {
      if (names.at(i) == names.at(j)) return false;
    }
  }
  return true;
}

template <class A, class... Commands, class... Events>
consteval bool check_alternatives(std::type_identity<std::variant<Commands...>> /*commands*/,
                                  std::type_identity<std::variant<Events...>> /*events*/) {
  static_assert(check_states(state_alternatives<A>{}));
  static_assert((check_command<A, Commands>() && ...));
  static_assert((check_event<A, Events>() && ...));
  if constexpr ((has_stable_name<Commands> && ...)) {
    static_assert(names_are_distinct<Commands...>(),
                  "cairn: two commands of this aggregate share a name");
  }
  if constexpr ((has_stable_name<Events> && ...)) {
    static_assert(event_names_are_distinct<Events...>(),
                  "cairn: two events of this aggregate share a name, now or formerly");
  }
  return check_retired_events<A>() && check_stored_forms<A>();
}

template <class A>
concept has_parts = requires {
  typename A::state;
  typename A::rejection;
  typename A::command;
  typename A::event;
};

template <class A>
concept has_tags_of = requires {
  &A::tags_of;
};

/// Whatever `snapshot_when` is in A, also several functions: then the name means two things here.
struct snapshot_when_of_ours {
  int snapshot_when;
};
template <class A> struct with_snapshot_when : A, snapshot_when_of_ours {};
template <class A>
concept has_snapshot_when = !std::is_final_v<A> && !requires {
  &with_snapshot_when<A>::snapshot_when;
};

}  // namespace detail

/// True when `A` is a complete aggregate; otherwise the build stops with one sentence per missing
/// piece, and with the aggregate and the command or event it is missing for.
template <class A> consteval bool check_aggregate() {
  static_assert(
      has_stable_name<A>,
      "cairn: this aggregate needs `static constexpr std::string_view stable_name = \"...\";`");
  static_assert(detail::has_parts<A>,
                "cairn: this aggregate needs the types state, command (std::variant), event "
                "(std::variant) and rejection (enum)");
  if constexpr (detail::has_parts<A>) {
    static_assert(is_variant<typename A::command>,
                  "cairn: the type `command` of this aggregate must be a std::variant");
    static_assert(is_variant<typename A::event>,
                  "cairn: the type `event` of this aggregate must be a std::variant");
    static_assert(std::is_enum_v<typename A::rejection>,
                  "cairn: the type `rejection` of this aggregate must be an enum");
    static_assert(std::default_initializable<typename A::state>,
                  "cairn: the type `state` of this aggregate needs a default constructor");
    static_assert(!detail::has_tags_of<A> || tags_events<A>,
                  "cairn: `tags_of` of this aggregate must be `static std::vector<std::string> "
                  "tags_of(const state& after, const event&)`");
    static_assert(!detail::has_snapshot_when<A> || has_snapshots<A>,
                  "cairn: `snapshot_when` of this aggregate needs a `state` with `serialize`");
    static_assert(!detail::has_snapshot_when<A> || !has_snapshots<A> || asks_for_snapshots<A>,
                  "cairn: `snapshot_when` of this aggregate must be `static bool "
                  "snapshot_when(const state&, const event&, version)`");
    static_assert(
        !detail::has_former_names<A>,
        "cairn: an aggregate has no `former_names`: its events are found by the name with "
        "which they were stored");
    if constexpr (is_variant<typename A::command> && is_variant<typename A::event> &&
                  std::is_enum_v<typename A::rejection>) {
      return detail::check_alternatives<A>(std::type_identity<typename A::command>{},
                                           std::type_identity<typename A::event>{});
    }
  }
  return false;
}

}  // namespace cairn
