#pragma once

#include "cairn/schema_evolution.hpp"

#include <concepts>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

// Events that are stored as another type; the guide is docs/schema_evolution.md.
//
//   the aggregate:  using stored = std::tuple<withdrawn_row>;
//                   static withdrawn_row to_stored(const withdrawn&);
//                   static withdrawn from_stored(const withdrawn_row&);
//
// `evolve` gets the event itself when it is new, and what from_stored makes of its stored form when
// it is replayed. Events without a `to_stored` are stored as they are.

namespace cairn {

/// Under which name the place of an event stands in the log that `to_stored` has dropped. No event
/// may have it.
inline constexpr std::string_view dropped_event_name = "cairn.dropped";

namespace detail {

template <class A, class Event>
using stored_form_of = std::remove_cvref_t<decltype(A::to_stored(std::declval<const Event&>()))>;

/// What a variant or optional may hold; of anything else, nothing.
template <class T> struct choices_of { using type = type_list<>; };
template <class... Ts> struct choices_of<std::variant<Ts...>> { using type = type_list<Ts...>; };
template <class T> struct choices_of<std::optional<T>> { using type = type_list<T>; };

template <class A, class Event, class T> consteval bool is_storable();
template <class A, class Event, class... Ts>
consteval bool are_storable(type_list<Ts...> /*choices*/) {
  return sizeof...(Ts) > 0 && (is_storable<A, Event, Ts>() && ...);
}
/// One stored form, the event itself, `dropped`, or one of several such.
template <class A, class Event, class T> consteval bool is_storable() {
  if constexpr (is_stored_form<A, T> || std::same_as<T, dropped>) return true;
  if constexpr (std::same_as<T, Event>) return has_serialize<Event>;
  return are_storable<A, Event>(typename choices_of<T>::type{});
}

template <class A, class Event, class T> consteval bool leads_back();
template <class A, class Event, class... Ts>
consteval bool each_leads_back(type_list<Ts...> /*choices*/) {
  return (leads_back<A, Event, Ts>() && ...);
}
/// Whether each stored form that `T` may be can become the event again.
template <class A, class Event, class T> consteval bool leads_back() {
  if constexpr (is_stored_form<A, T>) {
    // A form without from_stored has a sentence of its own.
    if constexpr (has_from_stored<A, T>) return leads_to<A, Event, T>();
    return true;
  } else {
    return each_leads_back<A, Event>(typename choices_of<T>::type{});
  }
}

template <class A, class Event> consteval bool check_adapter() {
  if constexpr (has_stable_name<Event>) {
    static_assert(Event::stable_name != dropped_event_name,
                  "cairn: the name \"cairn.dropped\" is Cairn's own");
  }
  if constexpr (adapts<A, Event>) {
    constexpr bool known = is_storable<A, Event, stored_form_of<A, Event>>();
    static_assert(known,
                  "cairn: `to_stored` must return a type in `stored` of the aggregate, the event "
                  "itself, cairn::dropped, or a std::variant or std::optional of these");
    if constexpr (known) {
      static_assert(leads_back<A, Event, stored_form_of<A, Event>>(),
                    "cairn: what `to_stored` returns for this event never becomes the event again: "
                    "look at `from_stored`");
    }
  }
  return true;
}

template <class A, class Form> consteval bool check_stored_form() {
  static_assert(has_stable_name<Form>,
                "cairn: this stored form needs `static constexpr std::string_view stable_name = "
                "\"...\";`");
  static_assert(
      has_serialize<Form>,
      "cairn: this stored form needs `template <class Ar> void serialize(Ar&, unsigned)`");
  static_assert(std::equality_comparable<Form>,
                "cairn: this stored form needs `bool operator==(const FORM&) const = default;`");
  static_assert(std::default_initializable<Form>,
                "cairn: this stored form needs a default constructor, to be read back into");
  static_assert(!is_current<A, Form> && !is_retired<A, Form>,
                "cairn: this type stands in `stored` and in `event` or `retired` of the aggregate");
  static_assert(has_from_stored<A, Form>,
                "cairn: this aggregate needs `static EVENT from_stored(const FORM&)` for this "
                "stored form FORM");
  if constexpr (has_from_stored<A, Form>) {
    constexpr bool known = is_upcast_result<A, upcast_of<A, Form>>();
    static_assert(known,
                  "cairn: `from_stored` must return an event of the aggregate, or anything else "
                  "that `upcast` may return");
    if constexpr (known) {
      static_assert(!leads_to<A, Form, upcast_of<A, Form>>(),
                    "cairn: the `from_stored` of this stored form leads back to itself");
    }
  }
  return true;
}

template <class A, class... Forms>
consteval bool check_each_stored_form(type_list<Forms...> /*all*/) {
  return (check_stored_form<A, Forms>() && ...);
}

/// True when what `A` says of how its events are stored is complete; otherwise the build stops with
/// a sentence.
template <class A> consteval bool check_stored_forms() {
  if constexpr (has_stored_forms<A>) {
    static_assert(
        is_tuple<typename A::stored>,
        "cairn: the type `stored` of this aggregate must be a std::tuple of stored forms");
  }
  return check_each_stored_form<A>(stored_forms<A>{});
}

}  // namespace detail
}  // namespace cairn
