#pragma once

#include "cairn/fields.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// How events that were stored long ago become those that an aggregate knows today; the guide is
// docs/schema_evolution.md.
//
//   a new name      the event:      static constexpr std::array<std::string_view, 1> former_names =
//                                       {"paid_in"};
//   another event   the aggregate:  using retired = std::tuple<paid_in>;
//                                   static credited upcast(const paid_in&);
//   another form    the aggregate:  see stored_forms.hpp
//
// Here is what an aggregate may say of the past, and one sentence per mistake. Which of two types
// of one name reads an event depends on class versions: see detail/stored_names.hpp.

namespace cairn {

/// What `upcast` returns for an event that means nothing any more, and `to_stored` for one that is
/// not to be replayed: it keeps its number, and nobody gets to see it.
struct dropped {};

namespace detail {

template <class... Ts> struct type_list { static constexpr std::size_t size = sizeof...(Ts); };

template <class T, class List> inline constexpr bool is_listed = false;
template <class T, class... Ts>
inline constexpr bool is_listed<T, type_list<Ts...>> = (std::same_as<T, Ts> || ...);

/// The types in a variant or tuple; of anything else, none.
template <class T> struct listed { using type = type_list<>; };
template <class... Ts> struct listed<std::variant<Ts...>> { using type = type_list<Ts...>; };
template <class... Ts> struct listed<std::tuple<Ts...>> { using type = type_list<Ts...>; };

template <class T> inline constexpr bool is_tuple = false;
template <class... Ts> inline constexpr bool is_tuple<std::tuple<Ts...>> = true;

template <class A>
concept has_retired = requires {
  typename A::retired;
};

template <class A> struct retired_list { using type = type_list<>; };
template <has_retired A> struct retired_list<A> : listed<typename A::retired> {};

template <class A>
concept has_stored_forms = requires {
  typename A::stored;
};

template <class A> struct stored_list { using type = type_list<>; };
template <has_stored_forms A> struct stored_list<A> : listed<typename A::stored> {};

template <class... Lists> struct joined { using type = type_list<>; };
template <class... Ts> struct joined<type_list<Ts...>> { using type = type_list<Ts...>; };
template <class... Ts, class... Us, class... Lists>
struct joined<type_list<Ts...>, type_list<Us...>, Lists...>
    : joined<type_list<Ts..., Us...>, Lists...> {};

/// The aggregate says how the event is stored.
template <class A, class Event>
concept adapts = requires(const Event& fact) {
  A::to_stored(fact);
};

template <class A, class List> struct direct_among;
template <class A, class... Ts>
struct direct_among<A, type_list<Ts...>>
    : joined<
          std::conditional_t<has_serialize<Ts> || !adapts<A, Ts>, type_list<Ts>, type_list<>>...> {
};

template <class A> using current_events = typename listed<typename A::event>::type;
template <class A> using retired_events = typename retired_list<A>::type;

template <class A> using stored_forms = typename stored_list<A>::type;
/// Current events that may stand in the log as they are.
template <class A> using direct_events = typename direct_among<A, current_events<A>>::type;
/// Types that stand in the log and become events when they are read.
template <class A>
using translated_types = typename joined<retired_events<A>, stored_forms<A>>::type;

template <class A, class T>
concept is_current = is_listed<T, current_events<A>>;
template <class A, class T>
concept is_retired = is_listed<T, retired_events<A>>;
template <class A, class T>
concept is_stored_form = is_listed<T, stored_forms<A>>;
template <class A, class T>
concept is_translated = is_listed<T, translated_types<A>>;

// -- names ----------------------------------------------------------------------------------------

template <class Event>
concept has_former_names = requires {
  Event::former_names;
};

template <class T> inline constexpr bool is_array_of_names = false;
template <std::size_t N>
inline constexpr bool is_array_of_names<const std::array<std::string_view, N>> = true;

template <class Event> consteval std::size_t former_name_count() {
  if constexpr (has_former_names<Event>) {
    static_assert(is_array_of_names<decltype(Event::former_names)>,
                  "cairn: `former_names` of this event must be a `static constexpr "
                  "std::array<std::string_view, N>`");
    if constexpr (is_array_of_names<decltype(Event::former_names)>) {
      return Event::former_names.size();
    }
  }
  return 0;
}

/// The present name first, then the former ones.
template <class Event> consteval auto names_of() {
  std::array<std::string_view, 1 + former_name_count<Event>()> names{};
  names[0] = Event::stable_name;
  if constexpr (former_name_count<Event>() > 0) {
    std::copy(Event::former_names.begin(), Event::former_names.end(), names.begin() + 1);
  }
  return names;
}

template <class T, class U> consteval bool share_a_name() {
  for (const std::string_view name : names_of<T>()) {
    for (const std::string_view other : names_of<U>()) {
      if (name == other) return true;
    }
  }
  return false;
}

/// Whether no name stands twice among the present and former names of these.
template <class... Events> consteval bool event_names_are_distinct() {
  std::array<std::string_view, (names_of<Events>().size() + ... + 0)> all{};
  std::size_t count = 0;
  const auto add = [&](const auto& names) {
    for (const std::string_view name : names) {
      all.at(count++) = name;
    }
  };
  (add(names_of<Events>()), ...);
  std::sort(all.begin(), all.end());
  return std::adjacent_find(all.begin(), all.end()) == all.end();
}

// -- what upcast returns --------------------------------------------------------------------------

template <class A, class Old>
concept has_upcast = requires(const Old& old) {
  A::upcast(old);
};

template <class A, class Form>
concept has_from_stored = requires(const Form& form) {
  A::from_stored(form);
};

/// What a retired event or a stored form becomes.
template <class A, class Old> struct translation {
  static constexpr std::string_view function = "upcast";
  static auto of(const Old& old) { return A::upcast(old); }
  using type = std::remove_cvref_t<decltype(A::upcast(std::declval<const Old&>()))>;
};
template <class A, class Form>
requires is_stored_form<A, Form>
struct translation<A, Form> {
  static constexpr std::string_view function = "from_stored";
  static auto of(const Form& form) { return A::from_stored(form); }
  using type = std::remove_cvref_t<decltype(A::from_stored(std::declval<const Form&>()))>;
};
template <class A, class Old> using upcast_of = typename translation<A, Old>::type;

/// What a variant, optional or vector may hold; of anything else, nothing.
template <class T> struct parts_of { using type = type_list<>; };
template <class... Ts> struct parts_of<std::variant<Ts...>> { using type = type_list<Ts...>; };
template <class T> struct parts_of<std::optional<T>> { using type = type_list<T>; };
template <class T> struct parts_of<std::vector<T>> { using type = type_list<T>; };

template <class A, class T> consteval bool is_upcast_result();
template <class A, class... Ts> consteval bool are_upcast_results(type_list<Ts...> /*parts*/) {
  return sizeof...(Ts) > 0 && (is_upcast_result<A, Ts>() && ...);
}
/// An event of the aggregate, a retired one, `dropped`, or something that holds such.
template <class A, class T> consteval bool is_upcast_result() {
  if constexpr (is_current<A, T> || is_translated<A, T> || std::same_as<T, dropped>) return true;
  return are_upcast_results<A>(typename parts_of<T>::type{});
}

template <class A, class Target, class T, std::size_t StepsLeft> consteval bool leads_to();
template <class A, class Target, std::size_t StepsLeft, class... Ts>
consteval bool part_leads_to(type_list<Ts...> /*parts*/) {
  return (leads_to<A, Target, Ts, StepsLeft>() || ...);
}
/// Whether a `T` may become a `Target` within so many calls of `upcast`.
template <class A, class Target, class T, std::size_t StepsLeft = translated_types<A>::size>
consteval bool leads_to() {
  if constexpr (std::same_as<T, Target>) {
    return true;
  } else if constexpr (is_translated<A, T>) {
    if constexpr (StepsLeft > 0) return leads_to<A, Target, upcast_of<A, T>, StepsLeft - 1>();
    return false;
  } else {
    return part_leads_to<A, Target, StepsLeft>(typename parts_of<T>::type{});
  }
}

template <class A, class Old> consteval bool check_retired() {
  static_assert(has_stable_name<Old>,
                "cairn: this retired event needs the `static constexpr std::string_view "
                "stable_name = \"...\";` under which it was stored");
  static_assert(has_serialize<Old>,
                "cairn: this retired event needs the `template <class Ar> void serialize(Ar&, "
                "unsigned)` with which it was stored");
  static_assert(std::equality_comparable<Old>,
                "cairn: this retired event needs `bool operator==(const OLD&) const = default;`");
  static_assert(std::default_initializable<Old>,
                "cairn: this retired event needs a default constructor, to be read back into");
  static_assert(!is_current<A, Old>,
                "cairn: this event stands in `retired` and in `event` of the aggregate");
  static_assert(has_upcast<A, Old>,
                "cairn: this aggregate needs `static EVENT upcast(const OLD&)` for this retired "
                "event OLD; return cairn::dropped{} to leave it out");
  if constexpr (has_upcast<A, Old>) {
    constexpr bool known = is_upcast_result<A, upcast_of<A, Old>>();
    static_assert(known,
                  "cairn: `upcast` must return an event of the aggregate, a retired event, "
                  "cairn::dropped, or a std::variant, std::optional or std::vector of these");
    if constexpr (known) {
      static_assert(!leads_to<A, Old, upcast_of<A, Old>>(),
                    "cairn: the `upcast` of this retired event leads back to itself");
    }
  }
  return true;
}

template <class A, class... Olds> consteval bool check_each_retired(type_list<Olds...> /*all*/) {
  return (check_retired<A, Olds>() && ...);
}

/// True when what `A` says of its past is complete; otherwise the build stops with a sentence.
template <class A> consteval bool check_retired_events() {
  if constexpr (has_retired<A>) {
    static_assert(is_tuple<typename A::retired>,
                  "cairn: the type `retired` of this aggregate must be a std::tuple of events");
  }
  return check_each_retired<A>(retired_events<A>{});
}

}  // namespace detail
}  // namespace cairn
