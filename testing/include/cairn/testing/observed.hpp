#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/codec.hpp"
#include "cairn/testing.hpp"
#include "cairn/testing/same_state.hpp"
#include "cairn/testing/stored_event.hpp"

#include <concepts>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

// How the aggregate kit sees the state that a running aggregate decides on: by a command more.

namespace cairn::testing::detail {

/// Copies the state out of the running aggregate. Changes and stores nothing.
template <class State> struct peek {
  static constexpr std::string_view stable_name = "cairn.testing.peek";
  std::shared_ptr<std::optional<State>> into;

  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const peek&) const = default;
};

template <class Variant, class More> struct with_alternative;
template <class... Ts, class More> struct with_alternative<std::variant<Ts...>, More> {
  using type = std::variant<Ts..., More>;
};

/// Stored and read back it is the same, as bytes and as JSON; by `==`, or else by its bytes.
template <class T> [[nodiscard]] bool is_kept(const T& value) {
  byte_buffer before;
  encode(value, before);
  const auto read = decode<T>(before.view());
  const auto from_text = from_json<T>(to_json(value));
  if (!read || !from_text) return false;
  if constexpr (is_comparable<T>) {
    return *read == value && *from_text == value;
  } else {
    byte_buffer after;
    encode(*read, after);
    return as_text(before.view()) == as_text(after.view());
  }
}

/// The same of an event of `A`, which may be stored as something else.
template <class A, class Fact> [[nodiscard]] bool is_kept_for(const Fact& fact) {
  return event_is_kept<A>(fact, [](const auto& one) { return is_kept(one); });
}

/// What is to be said of events that were decided. Any thread.
class event_complaints {
 public:
  void add(std::string one) {
    const std::lock_guard lock{mutex_};
    all_.insert(std::move(one));
  }
  /// Once each, however often they were decided.
  [[nodiscard]] std::set<std::string> take() {
    const std::lock_guard lock{mutex_};
    return std::exchange(all_, {});
  }

 private:
  std::mutex mutex_;
  std::set<std::string> all_;
};

/// The aggregate `A` in everything, which also takes a peek, and whose events are looked at as
/// `decide` returned them: those of the journal lack what was not stored.
template <class A> struct observed : A {
  static_assert(!std::is_final_v<A>, "cairn: the aggregate kit derives from the aggregate");
  static_assert(std::copy_constructible<typename A::state>,
                "cairn: the aggregate kit copies the aggregate's state");
  using look = peek<typename A::state>;
  using command = typename with_alternative<typename A::command, look>::type;

  static inline event_complaints changed;
  /// Held by a kit from a command until it has taken what is to be said of its events: kits of one
  /// type may run in several threads, and each is to hear of its own.
  static inline std::mutex one_at_a_time;

  // For exactly this state, since an alternative converts to the whole: what the aggregate has for
  // alternatives, cairn::decide finds.
  template <std::same_as<typename A::state> State, class Command>
  static decision_for<A> decide(const State& now, const Command& wish, const context& around) {
    if constexpr (std::same_as<Command, look>) {
      wish.into->emplace(now);
      return {};
    } else {
      auto made = cairn::decide<A>(now, wish, around);
      if (made.accepted()) check(made.events());
      return made;
    }
  }

 private:
  static void check(std::span<const typename A::event> events) {
    const auto check_one = [](const auto& fact) {
      if (!is_kept_for<A>(fact)) changed.add("the event " + how_event_changed<A>(fact));
    };
    for (const auto& one : events)
      std::visit(check_one, one);
  }
};

}  // namespace cairn::testing::detail
