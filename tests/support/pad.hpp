#pragma once

#include "cairn/aggregate.hpp"

#include <atomic>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cairn::tests {

/// Lines that are added one after the other; what it answers depends on those that are there.
struct pad {
  static constexpr std::string_view stable_name = "pad";

  struct add {
    static constexpr std::string_view stable_name = "add";
    std::string line;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("line", line)); }
    bool operator==(const add&) const = default;
  };
  /// Rejected when the line `unless` is there.
  struct add_unless {
    static constexpr std::string_view stable_name = "add_unless";
    std::string line;
    std::string unless;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("line", line), field("unless", unless));
    }
    bool operator==(const add_unless&) const = default;
  };
  /// Set aside while the pad is locked.
  struct add_unlocked {
    static constexpr std::string_view stable_name = "add_unlocked";
    std::string line;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("line", line)); }
    bool operator==(const add_unlocked&) const = default;
  };
  struct lock {
    static constexpr std::string_view stable_name = "lock";
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar); }
    bool operator==(const lock&) const = default;
  };
  /// Brings back what was set aside. With a line, which may be long.
  struct unlock {
    static constexpr std::string_view stable_name = "unlock";
    std::string line;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("line", line)); }
    bool operator==(const unlock&) const = default;
  };
  struct added {
    static constexpr std::string_view stable_name = "added";
    std::string line;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("line", line)); }
    bool operator==(const added&) const = default;
  };
  struct locked {
    static constexpr std::string_view stable_name = "locked";
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar); }
    bool operator==(const locked&) const = default;
  };
  struct unlocked {
    static constexpr std::string_view stable_name = "unlocked";
    std::string line;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("line", line)); }
    bool operator==(const unlocked&) const = default;
  };
  struct state {
    std::vector<std::string> lines = {};
    bool is_locked = false;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("lines", lines), field("is_locked", is_locked));
    }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { is_there };
  using command = std::variant<add, add_unless, add_unlocked, lock, unlock>;
  using event = std::variant<added, locked, unlocked>;
  using decision = cairn::decision<event, rejection>;

  /// How often anything was decided, and how often `then` was called, in all tests together.
  static inline std::atomic<int> decided{0};
  static inline std::atomic<int> called{0};

  static decision decide(const state&, const add& wish) {
    ++decided;
    return decision{added{wish.line}}.then([](const receipt&) { ++called; });
  }
  static decision decide(const state& now, const add_unless& wish) {
    ++decided;
    for (const std::string& line : now.lines) {
      if (line == wish.unless) return rejection::is_there;
    }
    return added{wish.line};
  }
  static decision decide(const state& now, const add_unlocked& wish) {
    ++decided;
    if (now.is_locked) return cairn::stash;
    return added{wish.line};
  }
  static decision decide(const state&, const lock&) {
    ++decided;
    return locked{};
  }
  static decision decide(const state&, const unlock& wish) {
    ++decided;
    return decision{unlocked{wish.line}}.then_unstash();
  }
  static void evolve(state& now, const added& fact) { now.lines.push_back(fact.line); }
  static void evolve(state& now, const locked&) { now.is_locked = true; }
  static void evolve(state& now, const unlocked&) { now.is_locked = false; }
};

}  // namespace cairn::tests
