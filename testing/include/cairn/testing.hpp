#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/codec.hpp"
#include "cairn/detail/read_event.hpp"
#include "cairn/testing/same_state.hpp"
#include "cairn/testing/stored_event.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// Tests of aggregates, without a runtime:
//
//   given<account>(opened{"ann"}).when(withdraw{101}).then_rejected(rejection::insufficient_funds);
//
// Every value that passes through is also stored and read back, so that a field which `serialize`
// forgets is noticed here, and not after the first restart. Link cairn::testing and GTest.

namespace cairn::testing {

/// What the value is after it was stored and read back, as the journal would.
template <class T> [[nodiscard]] result<T> round_trip(const T& value) {
  byte_buffer bytes;
  encode(value, bytes);
  return decode<T>(bytes.view());
}

/// False when `serialize` forgets something that `==` sees, as bytes or as JSON.
template <class T> [[nodiscard]] bool survives_storage(const T& value) {
  const auto stored = round_trip(value);
  const auto through_json = from_json<T>(to_json(value));
  return stored && *stored == value && through_json && *through_json == value;
}

/// False when that is so of an event of `A`, or when `to_stored` and `from_stored` make another one
/// of it. An event that `to_stored` drops is not compared.
template <class A, class Event> [[nodiscard]] bool event_survives(const Event& fact) {
  return detail::event_is_kept<A>(fact, [](const auto& one) { return survives_storage(one); });
}

namespace detail {

/// `deposited{"cents":5}`, of an event or a command.
template <class T> [[nodiscard]] std::string describe_fact(const T& fact) {
  return std::string{T::stable_name} + fields_of(fact);
}

/// `opened{"owner":"ann"}, deposited{"cents":5}`, of a range of variants.
template <class Events> [[nodiscard]] std::string describe_events(const Events& events) {
  std::string text;
  for (const auto& event : events) {
    if (!text.empty()) text += ", ";
    text += std::visit([](const auto& fact) { return describe_fact(fact); }, event);
  }
  return text.empty() ? "none" : text;
}

/// A state, as far as it can be shown.
template <class T> [[nodiscard]] std::string describe_state(const T& state) {
  if constexpr (has_serialize<T>) {
    return to_json(state);
  } else {
    return ::testing::PrintToString(state);
  }
}
template <class... Ts> [[nodiscard]] std::string describe_state(const std::variant<Ts...>& state) {
  return std::visit(
      []<class T>(const T& one) {
        return std::string{cairn::detail::name_for_people<T>()} + fields_of(one);
      },
      state);
}

}  // namespace detail

/// A line of the user's test file. (`std::source_location` is unknown to clang-tidy 14.)
struct place {
  const char* file;
  int line;
};

/// Stands for the reply of a command that has none.
struct no_reply {
  bool operator==(const no_reply&) const = default;
};

/// What came of a command; each `then` adds a failure to the running test when it is not so.
template <class A, class Command> class after_when {
 public:
  using reply_type = std::conditional_t<has_reply<Command>, reply_of<Command>, no_reply>;

  /// @param lost what was lost of a given event or of the command; empty: nothing
  after_when(typename A::state before,
             const Command& wish,
             decision_for<A> made,
             const std::string& changed,
             place where)
      : now_(std::move(before)), made_(std::move(made)), where_(where) {
    if (!changed.empty()) complain(changed);
    for (const auto& event : made_.events()) {
      std::visit([this](const auto& fact) { this->take(fact); }, event);
    }
    if constexpr (has_snapshots<A> && is_comparable<typename A::state>) {
      if (!survives_storage(now_)) {
        complain("the state " + detail::fields_of(now_) + " changed when stored and read back");
      }
    }
    if constexpr (has_reply<Command>) {
      if (!made_.accepted()) return;
      reply_.emplace(A::reply(std::as_const(now_), wish));
      if (!survives_storage(*reply_)) complain("the reply " + detail::how_changed(*reply_));
    }
  }

  /// Exactly these events, in this order.
  template <class... Facts> after_when& then(const Facts&... expected) {
    const std::vector<typename A::event> facts{expected...};
    if (!made_.accepted()) return complain("expected events, but the command was " + refusal());
    const auto events = made_.events();
    if (std::vector<typename A::event>(events.begin(), events.end()) != facts) {
      return complain("other events than expected: " + detail::describe_events(events) +
                      ", instead of " + detail::describe_events(facts));
    }
    return *this;
  }

  /// Accepted, and nothing new happened.
  after_when& then_nothing() { return then(); }

  after_when& then_rejected(typename A::rejection expected) {
    if (!made_.rejected())
      return complain("expected a rejection, but the command was " + refusal());
    if (made_.rejection() != expected) {
      return complain("rejected, but for another reason: " + number_of(made_.rejection()) +
                      ", instead of " + number_of(expected));
    }
    return *this;
  }

  /// Not taken in this state.
  after_when& then_unhandled() {
    if (!made_.is_unhandled()) return complain("expected unhandled, but it was " + refusal());
    return *this;
  }

  /// Accepted, and its sender gets this beside the receipt.
  after_when& then_reply(const reply_type& expected) {
    static_assert(has_reply<Command>, "cairn: this command's type names no reply");
    if (!reply_) return complain("expected a reply, but the command was " + refusal());
    if (*reply_ != expected) {
      return complain("other reply than expected: " + to_json(*reply_) + ", instead of " +
                      to_json(expected));
    }
    return *this;
  }

  /// The state with the new events applied.
  after_when& then_state(const typename A::state& expected) {
    if (now_ != expected) {
      return complain("other state than expected: " + detail::describe_state(now_) +
                      ", instead of " + detail::describe_state(expected));
    }
    return *this;
  }

 private:
  template <class Fact> void take(const Fact& fact) {
    if (!event_survives<A>(fact)) complain("the event " + detail::how_event_changed<A>(fact));
    cairn::evolve<A>(now_, fact);
  }

  [[nodiscard]] std::string refusal() const {
    if (made_.rejected()) return "rejected with " + number_of(made_.rejection());
    if (made_.is_unhandled()) return "unhandled";
    return made_.is_stashed() ? "set aside" : "accepted";
  }

  [[nodiscard]] static std::string number_of(typename A::rejection why) {
    return std::to_string(static_cast<std::int64_t>(why));
  }

  after_when& complain(const std::string& what) {
    ADD_FAILURE_AT(where_.file, where_.line) << A::stable_name << ": " << what;
    return *this;
  }

  typename A::state now_;
  decision_for<A> made_;
  std::optional<reply_type> reply_;
  place where_;
};

/// An aggregate with a past.
template <class A> class after_given {
 public:
  /// `changed`: what to say of a past event that did not survive; empty: all did.
  after_given(typename A::state now, std::uint64_t events, std::string changed)
      : now_(std::move(now)), events_(events), changed_(std::move(changed)) {}

  /// Decides the command in a context of which only the version is set.
  template <class Command>
  after_when<A, Command> when(const Command& wish,
                              int line = __builtin_LINE(),
                              const char* file = __builtin_FILE()) const {
    return when_in({.version = {events_}}, wish, line, file);
  }

  /// Decides the command in this context, for those that look at the time or at names.
  template <class Command>
  after_when<A, Command> when_in(const context& around,
                                 const Command& wish,
                                 int line = __builtin_LINE(),
                                 const char* file = __builtin_FILE()) const {
    std::string changed = changed_;
    if (changed.empty() && !survives_storage(wish)) {
      changed = "the command " + detail::how_changed(wish);
    }
    return {now_, wish, decide<A>(now_, wish, around), changed, place{file, line}};
  }

 private:
  typename A::state now_;
  std::uint64_t events_;
  std::string changed_;
};

/// Evolves the state by a past event; by what `upcast` or `from_stored` makes of it when it is
/// retired or a stored form.
template <class A, class Fact> void evolve_by(typename A::state& now, const Fact& fact) {
  if constexpr (cairn::detail::is_translated<A, Fact>) {
    auto take = [&now](const auto& today) {
      cairn::evolve<A>(now, today);
      return result<void>{};
    };
    const auto done = cairn::detail::upcaster<A, decltype(take)>{take}.give(fact);
    if (!done) ADD_FAILURE() << A::stable_name << ": " << describe(done.error());
  } else {
    cairn::evolve<A>(now, fact);
  }
}

/// What to say of a past event that does not survive; empty when it does.
template <class A, class Fact> [[nodiscard]] std::string complaint_of(const Fact& fact) {
  if (event_survives<A>(fact)) return {};
  return "the given event " + detail::how_event_changed<A>(fact);
}

/// Starts a test from these past events, each of which has a version of its own; retired ones, too.
template <class A, class... Facts> [[nodiscard]] after_given<A> given(const Facts&... facts) {
  static_assert(check_aggregate<A>());
  static_assert(cairn::detail::check_stored_names<A>());
  typename A::state now{};
  (evolve_by<A>(now, facts), ...);
  std::string changed;
  ((changed = changed.empty() ? complaint_of<A>(facts) : changed), ...);
  return {std::move(now), sizeof...(Facts), std::move(changed)};
}

}  // namespace cairn::testing
