#pragma once

#include "cairn/detail/codec_traits.hpp"
#include "cairn/raw_event.hpp"
#include "cairn/schema_evolution.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

// Which of an aggregate's types reads a stored event: it depends on the name, and where two types
// have a name in common, on the schema version too. The type with the oldest class version that is
// not older than the event reads it.

namespace cairn::detail {

/// A name, and the schema versions that one type reads under it.
struct stored_name {
  std::string_view name;
  std::uint32_t first = 0;
  std::uint32_t last = std::numeric_limits<std::uint32_t>::max();

  [[nodiscard]] constexpr bool fits(const raw_event& event) const noexcept {
    return event.type == name && first <= event.schema_version && event.schema_version <= last;
  }
  /// Nobody else reads what is stored under this name.
  [[nodiscard]] constexpr bool is_alone() const noexcept {
    return first == 0 && last == std::numeric_limits<std::uint32_t>::max();
  }
};

/// Takes away from `mine`, a name of `T`, what the type `U` reads under it.
template <class T, class U> constexpr void make_room_for(stored_name& mine) {
  if constexpr (!std::same_as<T, U>) {
    const auto others = names_of<U>();
    if (std::find(others.begin(), others.end(), mine.name) == others.end()) return;
    if (class_version<U> < class_version<T>) {
      mine.first = std::max(mine.first, class_version<U> + 1);
    } else {
      mine.last = std::min(mine.last, class_version<T>);
    }
  }
}

template <class T, class... Currents, class... Olds>
consteval auto stored_names_among(type_list<Currents...> /*current*/, type_list<Olds...> /*old*/) {
  constexpr auto names = names_of<T>();
  std::array<stored_name, names.size()> made{};
  for (std::size_t i = 0; i < names.size(); ++i) {
    made[i].name = names[i];
    (make_room_for<T, Currents>(made[i]), ...);
    (make_room_for<T, Olds>(made[i]), ...);
  }
  return made;
}

/// What the type `T` of the aggregate `A` reads.
template <class A, class T>
inline constexpr auto stored_names = stored_names_among<T>(direct_events<A>{},
                                                           translated_types<A>{});

/// Whether a retired type that has a name in common with `T` is older than it.
template <class T, class Old> consteval bool check_older() {
  if constexpr (share_a_name<T, Old>()) {
    static_assert(class_version<Old> < class_version<T>,
                  "cairn: a retired event shares a name with an event of the aggregate and is not "
                  "older: give the newer one a higher BOOST_CLASS_VERSION");
  }
  return true;
}

template <class Old, class Other> consteval bool check_not_as_old() {
  if constexpr (!std::same_as<Old, Other> && share_a_name<Old, Other>()) {
    static_assert(class_version<Old> != class_version<Other>,
                  "cairn: two retired events share a name and a BOOST_CLASS_VERSION");
  }
  return true;
}

template <class Old, class... Currents, class... Olds>
consteval bool check_one_order(type_list<Currents...> /*current*/, type_list<Olds...> /*old*/) {
  return (check_older<Currents, Old>() && ...) && (check_not_as_old<Old, Olds>() && ...);
}

template <class A, class... Olds> consteval bool check_all_orders(type_list<Olds...> /*old*/) {
  return (check_one_order<Olds>(direct_events<A>{}, translated_types<A>{}) && ...);
}

/// True when each stored event has one type that reads it; otherwise the build stops with a
/// sentence. Needs all BOOST_CLASS_VERSIONs to be said before.
template <class A> consteval bool check_stored_names() {
  return check_all_orders<A>(translated_types<A>{});
}

}  // namespace cairn::detail
