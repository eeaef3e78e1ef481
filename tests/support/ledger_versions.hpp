#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/codec.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

// One aggregate of two versions of a program, which share a store: `then` has written what `now`
// reads. Each event is a command, too, so that a test can record whatever it likes.

namespace then {

using cairn::field, cairn::fields;

struct opened {
  static constexpr std::string_view stable_name = "opened";
  std::string owner;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("owner", owner)); }
  bool operator==(const opened&) const = default;
};
struct paid_in {
  static constexpr std::string_view stable_name = "paid_in";
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const paid_in&) const = default;
};
struct moved {
  static constexpr std::string_view stable_name = "moved";
  std::int64_t in = 0;
  std::int64_t out = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("in", in), field("out", out));
  }
  bool operator==(const moved&) const = default;
};
struct rounded {
  static constexpr std::string_view stable_name = "rounded";
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const rounded&) const = default;
};
struct mused {
  static constexpr std::string_view stable_name = "mused";
  std::string text;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("text", text)); }
  bool operator==(const mused&) const = default;
};
struct adjusted {
  static constexpr std::string_view stable_name = "adjusted";
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const adjusted&) const = default;
};

struct ledger {
  static constexpr std::string_view stable_name = "test.ledger";
  struct state {
    std::int64_t cents = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  };
  enum class rejection : std::uint8_t { none };
  using event = std::variant<opened, paid_in, moved, rounded, mused, adjusted>;
  using command = event;
  using decision = cairn::decision<event, rejection>;
  template <class Fact> static decision decide(const state& /*now*/, const Fact& fact) {
    return fact;
  }
  static void evolve(state& /*now*/, const opened& /*fact*/) {}
  static void evolve(state& now, const paid_in& fact) { now.cents += fact.cents; }
  static void evolve(state& now, const moved& fact) { now.cents += fact.in - fact.out; }
  static void evolve(state& now, const rounded& fact) { now.cents += fact.cents; }
  static void evolve(state& /*now*/, const mused& /*fact*/) {}
  static void evolve(state& now, const adjusted& fact) { now.cents += fact.cents; }
};

}  // namespace then

namespace now {

using cairn::field, cairn::fields;

/// A newer class version, read by the one `serialize`.
struct opened {
  static constexpr std::string_view stable_name = "opened";
  std::string owner;
  std::string currency = "EUR";
  template <class Ar> void serialize(Ar& ar, unsigned version) {
    fields(ar, field("owner", owner));
    if (version >= 1) fields(ar, field("currency", currency));
  }
  bool operator==(const opened&) const = default;
};
/// Has had two other names.
struct credited {
  static constexpr std::string_view stable_name = "credited";
  static constexpr std::array<std::string_view, 2> former_names{"paid_in", "received"};
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const credited&) const = default;
};
struct debited {
  static constexpr std::string_view stable_name = "debited";
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const debited&) const = default;
};
/// The third of its name: version 2.
struct adjusted {
  static constexpr std::string_view stable_name = "adjusted";
  std::int64_t cents = 0;
  std::string reason;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("cents", cents), field("reason", reason));
  }
  bool operator==(const adjusted&) const = default;
};
/// Of a program between `then` and `now`: version 1.
struct coded_adjustment {
  static constexpr std::string_view stable_name = "adjusted";
  std::int64_t cents = 0;
  std::uint32_t code = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("cents", cents), field("code", code));
  }
  bool operator==(const coded_adjustment&) const = default;
};

struct ledger {
  static constexpr std::string_view stable_name = "test.ledger";
  /// What has happened, in words.
  struct state {
    std::int64_t cents = 0;
    std::vector<std::string> story;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("cents", cents), field("story", story));
    }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { none };
  using event = std::variant<opened, credited, debited, adjusted>;
  using command = event;
  using decision = cairn::decision<event, rejection>;
  using retired =
      std::tuple<then::adjusted, coded_adjustment, then::moved, then::rounded, then::mused>;

  static coded_adjustment upcast(const then::adjusted& old) { return {old.cents, 7}; }
  static adjusted upcast(const coded_adjustment& old) {
    return {old.cents, "code " + std::to_string(old.code)};
  }
  static std::vector<event> upcast(const then::moved& old) {
    if (old.in < 0) throw std::invalid_argument{"moved less than nothing"};
    return {credited{old.in}, debited{old.out}};
  }
  static std::optional<credited> upcast(const then::rounded& old) {
    if (old.cents == 0) return std::nullopt;
    return credited{old.cents};
  }
  static cairn::dropped upcast(const then::mused& /*old*/) { return {}; }

  template <class Fact> static decision decide(const state& /*now*/, const Fact& fact) {
    return fact;
  }
  static void evolve(state& now, const opened& fact) {
    now.story.push_back("opened in " + fact.currency);
  }
  static void evolve(state& now, const credited& fact) {
    now.cents += fact.cents;
    now.story.push_back("+" + std::to_string(fact.cents));
  }
  static void evolve(state& now, const debited& fact) {
    now.cents -= fact.cents;
    now.story.push_back("-" + std::to_string(fact.cents));
  }
  static void evolve(state& now, const adjusted& fact) {
    now.cents += fact.cents;
    now.story.push_back(fact.reason + ": " + std::to_string(fact.cents));
  }
};

}  // namespace now

BOOST_CLASS_VERSION(now::opened, 1)
BOOST_CLASS_VERSION(now::coded_adjustment, 1)
BOOST_CLASS_VERSION(now::adjusted, 2)
// So that snapshots of `then` are not used.
BOOST_CLASS_VERSION(now::ledger::state, 1)
