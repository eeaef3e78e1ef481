#pragma once

#include "cairn/bytes.hpp"
#include "cairn/codec.hpp"
#include "cairn/decision.hpp"
#include "cairn/fields.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

// Aggregates whose state is one value, stored as a whole each time that it changes: no events of
// their own, no `evolve`, no snapshots. The guide is docs/values.md.
//
// The idea: the value is the event. So all that holds for aggregates (versions, expectations,
// command ids, atomic commits, read models, tags, crashes) holds here without a line more, and what
// docs/schema_evolution.md says of events holds for values. What differs is that each event
// replaces the whole state: whoever wakes the aggregate reads its newest event alone, and readers
// are shown that one alone, unless aggregate_options::shown says otherwise.

namespace cairn {

/// The event of a value that is no more: the state is empty again. It takes a version, as every
/// event does; the next value takes the one after.
struct value_cleared {
  static constexpr std::string_view stable_name = "cairn.value_cleared";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const value_cleared&) const = default;
};

namespace detail {

struct value_aggregate_tag {};

template <class V> consteval bool check_value() {
  static_assert(has_stable_name<V>,
                "cairn: this VALUE of a value_aggregate needs `static constexpr std::string_view "
                "stable_name = \"...\";`, under which it is stored");
  static_assert(has_serialize<V>,
                "cairn: this VALUE of a value_aggregate needs `template <class Ar> void "
                "serialize(Ar&, unsigned)`");
  static_assert(std::equality_comparable<V>,
                "cairn: this VALUE of a value_aggregate needs `bool operator==(const VALUE&) const "
                "= default;`");
  static_assert(std::default_initializable<V>,
                "cairn: this VALUE of a value_aggregate needs a default constructor, to be read "
                "back into");
  static_assert(std::copyable<V>, "cairn: this VALUE of a value_aggregate must be copyable");
  return true;
}

}  // namespace detail

/// What `decide` of a value aggregate returns: a `V` (the new value), `value_cleared{}`, `{}`
/// (nothing new), a rejection, `unhandled` or `stash`; with all that a decision may carry more.
template <class V, class Rejection>
using value_decision = decision<std::variant<V, value_cleared>, Rejection>;

/// An aggregate that keeps one value of type `V`, or none, derives from this; it then needs
/// `stable_name`, `rejection`, `command`, `decision` and one `decide` for each command:
///
///   struct profile : cairn::value_aggregate<details> {
///     static constexpr std::string_view stable_name = "crm.profile";
///     enum class rejection { unknown };
///     using command = std::variant<rename, close>;
///     using decision = cairn::value_decision<details, rejection>;
///     static decision decide(const state& now, const rename& wish) {
///       if (!now) return rejection::unknown;
///       return details{wish.name, now->since};
///     }
///     static decision decide(const state&, const close&) { return cairn::value_cleared{}; }
///   };
///
/// `V` is what an event must be: stable_name, serialize, ==, a default constructor; and it is
/// copied. It must be complete. Stored values of old classes are read through former_names,
/// BOOST_CLASS_VERSION, and `retired` and `upcast` of the aggregate, as events are.
template <class V> struct value_aggregate : detail::value_aggregate_tag {
  static_assert(detail::check_value<V>());

  /// The newest value; nothing before the first one and after value_cleared.
  using state = std::optional<V>;
  using event = std::variant<V, value_cleared>;

  static void evolve(state& now, const V& fact) { now = fact; }
  static void evolve(state& now, const value_cleared& /*fact*/) { now.reset(); }

  /// The length of its encoding stands for the memory that it holds.
  static std::size_t bytes_of(const state& now) {
    byte_buffer encoded;
    if (now) encode(*now, encoded);
    return encoded.size();
  }
};

/// Each event of `A` replaces its whole state.
template <class A>
concept keeps_value = std::derived_from<A, detail::value_aggregate_tag>;

namespace detail {

/// The value_aggregate that a type derives from.
template <class V> value_aggregate<V> value_base_of(const value_aggregate<V>& derived);

/// Whether `evolve` of `A` is that of its base for this event, and no other.
template <class A, class Base, class Event> consteval bool evolves_as_base() {
  using evolve = void (*)(typename Base::state&, const Event&);
  if constexpr (requires { static_cast<evolve>(&A::evolve); }) {
    return static_cast<evolve>(&A::evolve) == static_cast<evolve>(&Base::evolve);
  }
  return false;
}

template <class A, class Base, class V, class Cleared>
consteval bool check_value_parts(std::type_identity<std::variant<V, Cleared>> /*events*/) {
  static_assert(std::same_as<typename A::state, typename Base::state> &&
                    std::same_as<typename A::event, typename Base::event> &&
                    evolves_as_base<A, Base, V>() && evolves_as_base<A, Base, Cleared>(),
                "cairn: this value_aggregate must not have a `state`, `event` or `evolve` of its "
                "own: only its newest event is read");
  return true;
}

}  // namespace detail

/// True when `A` keeps no value, or keeps it as its base does; otherwise the build stops with a
/// sentence.
template <class A> consteval bool check_value_aggregate() {
  if constexpr (keeps_value<A>) {
    using base = decltype(detail::value_base_of(std::declval<const A&>()));
    return detail::check_value_parts<A, base>(std::type_identity<typename base::event>{});
  }
  return true;
}

/// A command of stored_value: the value is to be this one.
template <class V> struct put_value {
  static constexpr std::string_view stable_name = "cairn.put_value";
  V value;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar, field("value", value));
  }
  bool operator==(const put_value&) const = default;
};

/// A command of stored_value: there is to be no value. Accepted without an event when there is
/// none.
struct clear_value {
  static constexpr std::string_view stable_name = "cairn.clear_value";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const clear_value&) const = default;
};

/// A value aggregate without rules, for those who only want a store:
///
///   struct cart_store : cairn::stored_value<cart> {
///     static constexpr std::string_view stable_name = "shop.cart";
///   };
///   auto mine = app.aggregate<cart_store>("ann");
///   auto now = mine.state();                                    // now->state: the cart, or none
///   mine.ask(cart_store::put{changed}, {.expected = now->version});
///   mine.ask(cart_store::clear{});
template <class V> struct stored_value : value_aggregate<V> {
  using typename value_aggregate<V>::state;
  using put = put_value<V>;
  using clear = clear_value;
  /// It never says no.
  enum class rejection : std::uint8_t {};
  using command = std::variant<put, clear>;
  using decision = value_decision<V, rejection>;

  static decision decide(const state& /*now*/, const put& wish) { return wish.value; }
  static decision decide(const state& now, const clear& /*wish*/) {
    if (!now) return {};
    return value_cleared{};
  }
};

}  // namespace cairn
