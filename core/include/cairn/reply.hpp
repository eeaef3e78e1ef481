#pragma once

#include "cairn/fields.hpp"

#include <concepts>
#include <type_traits>

// A command may name what its sender gets back beside the receipt, and the aggregate then says it:
//
//   struct withdraw { using reply = new_balance; ... };
//   static new_balance reply(const state& after, const withdraw& wish);    // of the aggregate
//
// It is made once the command is accepted, of the state that its events lead to. So there is no
// path through `decide` that could forget it, and it cannot contradict what was decided.

namespace cairn {

/// A command type that names its reply.
template <class Command>
concept has_reply = requires {
  typename Command::reply;
};

namespace detail {

template <class Command> struct reply_type { using type = void; };
template <has_reply Command> struct reply_type<Command> { using type = typename Command::reply; };

}  // namespace detail

/// What an accepted `Command` gives back; void when it names nothing.
template <class Command> using reply_of = typename detail::reply_type<Command>::type;

/// `reply(const state& after, const COMMAND&)`, which gives what the command names.
template <class A, class Command>
concept replies = has_reply<Command> &&
    requires(const typename A::state& after, const Command& wish) {
  { A::reply(after, wish) } -> std::same_as<typename Command::reply>;
};

namespace detail {

template <class A, class Command> consteval bool check_reply() {
  if constexpr (has_reply<Command>) {
    static_assert(has_serialize<typename Command::reply>,
                  "cairn: the reply of this command needs `template <class Ar> void "
                  "serialize(Ar&, unsigned)`");
    static_assert(std::equality_comparable<typename Command::reply>,
                  "cairn: the reply of this command needs `bool operator==(const REPLY&) const = "
                  "default;`");
    static_assert(std::default_initializable<typename Command::reply>,
                  "cairn: the reply of this command needs a default constructor, to be read back "
                  "into");
    static_assert(replies<A, Command>,
                  "cairn: this aggregate needs `static REPLY reply(const state& after, const "
                  "COMMAND&)` for this COMMAND, which names its reply");
  }
  return true;
}

}  // namespace detail

}  // namespace cairn
