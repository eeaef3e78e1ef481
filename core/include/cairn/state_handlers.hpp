#pragma once

#include "cairn/context.hpp"
#include "cairn/decision.hpp"
#include "cairn/detail/codec_traits.hpp"
#include "cairn/fields.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

// Handlers by state: when `state` is a std::variant, whose first alternative is where all begins,
// an aggregate may say for each alternative what it does there.
//
//   using state = std::variant<closed, open>;
//   static decision decide(const closed&, const do_open&);   // what is not declared is unhandled
//   static decision decide(const open&, const do_lock&);
//   static open evolve(const closed&, const opened&);        // moves on to another alternative
//   static void evolve(open&, const used&);                  // stays
//   static decision decide(const state&, const inspect&);    // wherever nothing else is declared
//
// A handler is known by its exact parameters, since an alternative also converts to the whole.

namespace cairn::detail {

template <class... Ss> struct state_list {};

/// The alternatives of a state that is a variant; of any other state, none.
template <class State> struct alternatives_of { using type = state_list<>; };
template <class... Ss> struct alternatives_of<std::variant<Ss...>> {
  using type = state_list<Ss...>;
};
template <class A> using state_alternatives = typename alternatives_of<typename A::state>::type;

template <class A> using decision_type = decision<typename A::event, typename A::rejection>;

// -- one command in one alternative --------------------------------------------------------------

template <class A, class S, class Command>
concept decides_within_in_context = requires {
  static_cast<decision_type<A> (*)(const S&, const Command&, const context&)>(&A::decide);
};

template <class A, class S, class Command>
concept decides_within = decides_within_in_context<A, S, Command> || requires {
  static_cast<decision_type<A> (*)(const S&, const Command&)>(&A::decide);
};

template <class A, class Command, class... Ss>
consteval bool decides_in_any(state_list<Ss...> /*states*/) {
  return (decides_within<A, Ss, Command> || ...);
}
template <class A, class Command>
concept decides_by_state = decides_in_any<A, Command>(state_alternatives<A>{});

/// Something that could be called for it, and is no handler: by value, or of another result. It
/// would never be called. (Not seen beside a handler for any state, to which each alternative
/// converts.)
template <class A, class S, class Command>
concept nearly_decides_within =
    !decides_within<A, S, Command> &&
    (
        requires(const S& now, const Command& wish) { A::decide(now, wish); } ||
        requires(const S& now, const Command& wish, const context& around) {
          A::decide(now, wish, around);
        });

template <class A, class Command, class... Ss>
consteval bool nearly_decides_in_any(state_list<Ss...> /*states*/) {
  return (nearly_decides_within<A, Ss, Command> || ...);
}

// -- one event in one alternative ----------------------------------------------------------------

/// It stays, changed.
template <class A, class S, class Event>
concept evolves_within = requires {
  static_cast<void (*)(S&, const Event&)>(&A::evolve);
};

template <class A, class S, class Event>
using next_state = decltype(A::evolve(std::declval<S>(), std::declval<const Event&>()));

template <class A, class T, class... Ss> consteval bool is_state(state_list<Ss...> /*states*/) {
  return std::same_as<T, typename A::state> || (std::same_as<T, Ss> || ...);
}

/// It becomes another alternative, or whichever the state that is returned holds.
template <class A, class S, class Event>
concept evolves_away = is_state<A, next_state<A, S, Event>>(state_alternatives<A>{}) &&(
    requires { static_cast<next_state<A, S, Event> (*)(const S&, const Event&)>(&A::evolve); } ||
    requires { static_cast<next_state<A, S, Event> (*)(S&&, const Event&)>(&A::evolve); });

/// As nearly_decides_within.
template <class A, class S, class Event>
concept nearly_evolves_within =
    !evolves_within<A, S, Event> && !evolves_away<A, S, Event> &&
    (
        requires(S & now, const Event& fact) { A::evolve(now, fact); } ||
        requires(S && now, const Event& fact) { A::evolve(std::move(now), fact); });

template <class A, class Event, class... Ss>
consteval bool nearly_evolves_in_any(state_list<Ss...> /*states*/) {
  return (nearly_evolves_within<A, Ss, Event> || ...);
}

template <class A, class Event, class... Ss>
consteval bool evolves_in_any(state_list<Ss...> /*states*/) {
  return ((evolves_within<A, Ss, Event> || evolves_away<A, Ss, Event>) || ...);
}
template <class A, class Event>
concept evolves_by_state = evolves_in_any<A, Event>(state_alternatives<A>{});

/// Throws: this event has no place in this state. Who calls `evolve` for Cairn makes an error of
/// it.
[[noreturn]] void throw_not_evolved(std::string_view state, std::string_view event);

/// Evolves from the alternative that the state has. @pre not valueless
template <class A, class Event> void evolve_by_state(typename A::state& now, const Event& fact) {
  std::visit(
      [&]<class S>(S& one) {
        if constexpr (evolves_within<A, S, Event>) {
          A::evolve(one, fact);
        } else if constexpr (evolves_away<A, S, Event>) {
          using next = next_state<A, S, Event>;
          // Complete before `one`, which it may be made of, goes.
          next made = A::evolve(std::move(one), fact);
          if constexpr (std::same_as<next, typename A::state>) {
            now = std::move(made);
          } else {
            now.template emplace<next>(std::move(made));
          }
        } else if constexpr (requires { A::evolve(now, fact); }) {
          A::evolve(now, fact);
        } else {
          throw_not_evolved(name_for_people<S>(), name_for_people<Event>());
        }
      },
      now);
}

// -- storing a state -----------------------------------------------------------------------------

template <class State> inline constexpr bool is_storable_state = has_serialize<State>;
template <class... Ss>
inline constexpr bool is_storable_state<std::variant<Ss...>> = (has_serialize<Ss> && ...);

/// The class version of a state. That of a variant rises with each of its alternatives'.
template <class State> inline constexpr std::uint32_t state_schema_version = class_version<State>;
template <class... Ss>
inline constexpr std::uint32_t state_schema_version<std::variant<Ss...>> = (class_version<Ss> +
                                                                            ... + 0U);

template <class S, class... Ss>
inline constexpr std::size_t times_in = (std::size_t{std::same_as<S, Ss>} + ... + 0);

/// Whether a variant of these can be a state; does not compile, and says why, when it cannot.
template <class... Ss> consteval bool check_states(state_list<Ss...> /*states*/) {
  static_assert(((times_in<Ss, Ss...> == 1) && ...),
                "cairn: the alternatives of this state must be different types");
  if constexpr (((has_serialize<Ss> && times_in<Ss, Ss...> == 1) && ...)) {
    static_assert((has_stable_name<Ss> && ...),
                  "cairn: every alternative of this state needs `static constexpr "
                  "std::string_view stable_name = \"...\";`, since it is stored in snapshots");
    if constexpr ((has_stable_name<Ss> && ...)) {
      static_assert(stable_names_differ<Ss...>(),
                    "cairn: two alternatives of this state share a name");
    }
  }
  return true;
}

}  // namespace cairn::detail
