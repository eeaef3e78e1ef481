#pragma once

#include "bank/domain/money.hpp"

#include <cairn/cairn.hpp>
#include <cstdint>
#include <string_view>
#include <variant>

// Version 1 of this program: its aggregate and its events, kept so that a test can write a store as
// it did. See "From version 1 to version 2" in the README.

namespace bank_v1 {

using bank::business_day;

struct open_account {
  static constexpr std::string_view stable_name = "open";
  business_day date{};

  bool operator==(const open_account&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("date", date));
  }
};

struct opened {
  static constexpr std::string_view stable_name = "opened";
  business_day date{};

  bool operator==(const opened&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("date", date));
  }
};

struct move {
  static constexpr std::string_view stable_name = "move";
  std::int64_t cents = 0;
  business_day date{};

  bool operator==(const move&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("cents", cents), cairn::field("date", date));
  }
};

struct set_credit_line {
  static constexpr std::string_view stable_name = "set_credit_line";
  std::int64_t limit_cents = 0;

  bool operator==(const set_credit_line&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("limit_cents", limit_cents));
  }
};

/// Positive when it was paid in, negative when it was paid out.
struct moved {
  static constexpr std::string_view stable_name = "moved";
  std::int64_t cents = 0;
  business_day date{};

  bool operator==(const moved&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("cents", cents), cairn::field("date", date));
  }
};

struct credit_line_set {
  static constexpr std::string_view stable_name = "credit_line_set";
  std::int64_t limit_cents = 0;

  bool operator==(const credit_line_set&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("limit_cents", limit_cents));
  }
};

struct account {
  static constexpr std::string_view stable_name = "bank.account";

  struct state {
    bool is_open = false;
    std::int64_t cents = 0;
    std::int64_t limit_cents = 0;

    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, is_open, cents, limit_cents);
    }
  };

  enum class rejection : std::uint8_t { already_open, overdrawn };
  using command = std::variant<open_account, move, set_credit_line>;
  using event = std::variant<opened, moved, credit_line_set>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& now, const open_account& wish) {
    if (now.is_open) return rejection::already_open;
    return opened{wish.date};
  }
  static decision decide(const state& now, const move& wish) {
    if (now.cents + wish.cents < -now.limit_cents) return rejection::overdrawn;
    return moved{wish.cents, wish.date};
  }
  static decision decide(const state& /*now*/, const set_credit_line& wish) {
    return credit_line_set{wish.limit_cents};
  }

  static void evolve(state& now, const opened& /*fact*/) { now.is_open = true; }
  static void evolve(state& now, const moved& fact) { now.cents += fact.cents; }
  static void evolve(state& now, const credit_line_set& fact) {
    now.limit_cents = fact.limit_cents;
  }
};

}  // namespace bank_v1
