#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/codec.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

// An aggregate whose events are stored as other types. Each event is a command, too.

namespace purses {

using cairn::field, cairn::fields;

/// A command for each event, since some events cannot be stored by themselves.
struct act {
  static constexpr std::string_view stable_name = "act";
  std::string what;
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("what", what), field("cents", cents));
  }
  bool operator==(const act&) const = default;
};

/// Stored as a row. Has no `serialize`: the domain does not say how it is stored.
struct paid {
  static constexpr std::string_view stable_name = "paid";
  std::int64_t cents = 0;
  bool operator==(const paid&) const = default;
};
/// Stored as it is.
struct opened {
  static constexpr std::string_view stable_name = "opened";
  std::string owner;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("owner", owner)); }
  bool operator==(const opened&) const = default;
};
/// Never replayed.
struct looked_at {
  static constexpr std::string_view stable_name = "looked_at";
  bool operator==(const looked_at&) const = default;
};
/// Of no interest where nothing happened; small ones are stored as they are, others as a row.
struct rounded {
  static constexpr std::string_view stable_name = "rounded";
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const rounded&) const = default;
};

struct row_v1 {  // older form of a row, before there were reasons
  static constexpr std::string_view stable_name = "row_v1";
  std::int64_t amount = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("amount", amount)); }
  bool operator==(const row_v1&) const = default;
};
struct row {
  static constexpr std::string_view stable_name = "row";
  std::int64_t amount = 0;
  std::string reason;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("amount", amount), field("reason", reason));
  }
  bool operator==(const row&) const = default;
};

struct purse {
  static constexpr std::string_view stable_name = "test.purse";
  struct state {
    std::int64_t cents = 0;
    std::vector<std::string> story;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("cents", cents), field("story", story));
    }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { unknown };
  using command = std::variant<act>;
  using event = std::variant<opened, paid, looked_at, rounded>;
  using decision = cairn::decision<event, rejection>;

  using stored = std::tuple<row>;
  static row to_stored(const paid& fact) {
    if (fact.cents == 13) throw std::runtime_error{"unlucky"};
    return {fact.cents, "paid"};
  }
  static cairn::dropped to_stored(const looked_at& /*fact*/) { return {}; }
  static std::optional<std::variant<rounded, row>> to_stored(const rounded& fact) {
    if (fact.cents == 0) return std::nullopt;
    if (fact.cents < 10) return fact;
    return row{fact.cents, "rounded"};
  }
  static std::variant<paid, rounded> from_stored(const row& form) {
    if (form.reason == "rounded") return rounded{form.amount};
    return paid{form.amount};
  }
  using retired = std::tuple<row_v1>;
  static row upcast(const row_v1& old) { return {old.amount, "paid"}; }

  static decision decide(const state& /*now*/, const act& wish) {
    if (wish.what == "open") return opened{"ann"};
    if (wish.what == "pay") return paid{wish.cents};
    if (wish.what == "look") return looked_at{};
    if (wish.what == "round") return rounded{wish.cents};
    return rejection::unknown;
  }
  static void evolve(state& now, const opened& /*fact*/) { now.story.emplace_back("opened"); }
  static void evolve(state& now, const paid& fact) {
    now.cents += fact.cents;
    now.story.push_back("paid " + std::to_string(fact.cents));
  }
  static void evolve(state& /*now*/, const looked_at& /*fact*/) {}
  static void evolve(state& now, const rounded& fact) {
    if (fact.cents == 0) return;
    now.story.push_back("rounded " + std::to_string(fact.cents));
  }
};

/// The program before there were reasons: it stored paid events as another row, and themselves.
struct old_purse {
  static constexpr std::string_view stable_name = "test.purse";
  struct state {};
  enum class rejection : std::uint8_t { none };
  using event = std::variant<row_v1, opened>;
  using command = event;
  using decision = cairn::decision<event, rejection>;
  template <class Fact> static decision decide(const state& /*now*/, const Fact& fact) {
    return fact;
  }
  template <class Fact> static void evolve(state& /*now*/, const Fact& /*fact*/) {}
};

}  // namespace purses
