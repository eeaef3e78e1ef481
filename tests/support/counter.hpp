#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/steps.hpp"

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <variant>

// A counter that can be switched off: then it sets additions aside until it is switched on again.

namespace counting {

struct add {
  static constexpr std::string_view stable_name = "add";
  std::int64_t amount = 1;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("amount", amount));
  }
  bool operator==(const add&) const = default;
};
/// Adds even while it is switched off.
struct set_to {
  static constexpr std::string_view stable_name = "set_to";
  std::int64_t value = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("value", value));
  }
  bool operator==(const set_to&) const = default;
};
struct switch_to {
  static constexpr std::string_view stable_name = "switch_to";
  bool on = true;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("on", on));
  }
  bool operator==(const switch_to&) const = default;
};
/// Adds 1 and goes to sleep.
struct retire {
  static constexpr std::string_view stable_name = "retire";
  template <class Ar> void serialize(Ar&, unsigned) {}
  bool operator==(const retire&) const = default;
};
/// Nothing that a counter does.
struct sing {
  static constexpr std::string_view stable_name = "sing";
  template <class Ar> void serialize(Ar&, unsigned) {}
  bool operator==(const sing&) const = default;
};
/// Adds several amounts, one after the other; none when one of them is negative.
struct add_all {
  static constexpr std::string_view stable_name = "add_all";
  std::vector<std::int64_t> amounts;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("amounts", amounts));
  }
  bool operator==(const add_all&) const = default;
};
/// Adds 1 and lets the listener hear of it, twice.
struct announce {
  static constexpr std::string_view stable_name = "announce";
  bool with_event = true;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("with_event", with_event));
  }
  bool operator==(const announce&) const = default;
};

struct added {
  static constexpr std::string_view stable_name = "added";
  std::int64_t amount = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("amount", amount));
  }
  bool operator==(const added&) const = default;
};
struct was_set {
  static constexpr std::string_view stable_name = "was_set";
  std::int64_t value = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("value", value));
  }
  bool operator==(const was_set&) const = default;
};
struct switched {
  static constexpr std::string_view stable_name = "switched";
  bool on = true;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("on", on));
  }
  bool operator==(const switched&) const = default;
};

struct counter {
  static constexpr std::string_view stable_name = "counter";

  struct state {
    std::int64_t value = 0;
    bool is_on = true;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      cairn::fields(ar, cairn::field("value", value), cairn::field("is_on", is_on));
    }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { negative };
  using command = std::variant<add, set_to, switch_to, retire, sing, add_all, announce>;
  using event = std::variant<added, was_set, switched>;
  using decision = cairn::decision<event, rejection>;

  /// What `announce` calls. Set by a test before its runtime starts.
  static inline std::function<void(int, const cairn::receipt&)> listener;

  static decision decide(const state& now, const add& wish) {
    if (!now.is_on) return cairn::stash;
    if (wish.amount < 0) return rejection::negative;
    if (wish.amount == 13) throw std::runtime_error{"bad luck"};
    if (wish.amount == 0) return {};
    return added{wish.amount};
  }
  static decision decide(const state&, const set_to& wish) { return was_set{wish.value}; }
  static decision decide(const state&, const switch_to& wish) {
    if (!wish.on) return switched{false};
    return decision{switched{true}}.then_unstash();
  }
  static decision decide(const state&, const retire&) { return decision{added{1}}.then_sleep(); }
  static decision decide(const state&, const sing&) { return cairn::unhandled; }
  static decision decide(const state& now, const add_all& wish) {
    cairn::steps<counter> all{now};
    for (const std::int64_t amount : wish.amounts)
      all = std::move(all).then([amount](const state& s) { return decide(s, add{amount}); });
    return all;
  }
  static decision decide(const state&, const announce& wish) {
    decision made = wish.with_event ? decision{added{1}} : decision{};
    return std::move(made)
        .then([](const cairn::receipt& done) {
          if (listener) listener(1, done);
        })
        .then([](const cairn::receipt& done) {
          if (listener) listener(2, done);
        });
  }

  static void evolve(state& now, const added& fact) {
    if (fact.amount == 666) throw std::runtime_error{"not that one"};
    now.value += fact.amount;
  }
  static void evolve(state& now, const was_set& fact) {
    if (fact.value == 666) throw std::runtime_error{"nor to that one"};
    now.value = fact.value;
  }
  static void evolve(state& now, const switched& fact) { now.is_on = fact.on; }
};

}  // namespace counting
