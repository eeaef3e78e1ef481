#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/codec.hpp"
#include "cairn/testing/stored_event.hpp"

#include <concepts>
#include <string>
#include <variant>

// How the kits compare states, and what they show of them.

namespace cairn::testing {

/// A type with `==`; a variant when each of its alternatives has one, which its own `==` does not
/// ask.
template <class T> inline constexpr bool is_comparable = std::equality_comparable<T>;
template <class... Ts>
inline constexpr bool is_comparable<std::variant<Ts...>> = (std::equality_comparable<Ts> && ...);

namespace detail {

/// States of this type can be told apart.
template <class State>
inline constexpr bool can_be_compared =
    is_comparable<State> || cairn::detail::is_storable_state<State>;

/// By `==`, or else by their bytes.
template <class State> [[nodiscard]] bool same_state(const State& one, const State& other) {
  static_assert(can_be_compared<State>,
                "cairn: the aggregate kit compares states: this one needs `==` or `serialize`");
  if constexpr (is_comparable<State>) {
    return one == other;
  } else {
    byte_buffer first;
    byte_buffer second;
    encode(one, first);
    encode(other, second);
    return as_text(first.view()) == as_text(second.view());
  }
}

template <class T> [[nodiscard]] std::string show(const T& value) {
  if constexpr (has_serialize<T>) {
    return to_json(value);
  } else {
    return "(a state without serialize)";
  }
}

/// `deposited{"cents":5}`, for an event or a command, or an alternative of a state.
template <class... Ts> [[nodiscard]] std::string show(const std::variant<Ts...>& fact) {
  return std::visit(
      []<class T>(const T& one) {
        std::string text{cairn::detail::name_for_people<T>()};
        text += fields_of(one);
        return text;
      },
      fact);
}

}  // namespace detail
}  // namespace cairn::testing
