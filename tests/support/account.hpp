#pragma once

#include "cairn/aggregate.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace bank {

// -- facts: past tense, stored for ever ----------------------------------------------------------

struct opened {
  static constexpr std::string_view stable_name = "opened";
  std::string owner;

  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("owner", owner));
  }
  bool operator==(const opened&) const = default;
};

struct deposited {
  static constexpr std::string_view stable_name = "deposited";
  std::int64_t cents = 0;

  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("cents", cents));
  }
  bool operator==(const deposited&) const = default;
};

struct withdrawn {
  static constexpr std::string_view stable_name = "withdrawn";
  std::int64_t cents = 0;

  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("cents", cents));
  }
  bool operator==(const withdrawn&) const = default;
};

// -- wishes: imperative, may be turned down -------------------------------------------------------

struct open {
  static constexpr std::string_view stable_name = "open";
  std::string owner;

  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("owner", owner));
  }
  bool operator==(const open&) const = default;
};

struct deposit {
  static constexpr std::string_view stable_name = "deposit";
  std::int64_t cents = 0;

  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("cents", cents));
  }
  bool operator==(const deposit&) const = default;
};

struct withdraw {
  static constexpr std::string_view stable_name = "withdraw";
  std::int64_t cents = 0;

  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("cents", cents));
  }
  bool operator==(const withdraw&) const = default;
};

// -- the aggregate: how wishes become facts, and what is remembered of them
// -------------------------

struct account {
  static constexpr std::string_view stable_name = "bank.account";

  struct state {
    bool is_open = false;
    std::int64_t balance_cents = 0;

    template <class Ar> void serialize(Ar& ar, unsigned) {
      cairn::fields(
          ar, cairn::field("is_open", is_open), cairn::field("balance_cents", balance_cents));
    }
    bool operator==(const state&) const = default;
  };

  enum class rejection : std::uint8_t {
    already_open,
    not_open,
    amount_not_positive,
    insufficient_funds,
  };

  using command = std::variant<open, deposit, withdraw>;
  using event = std::variant<opened, deposited, withdrawn>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& now, const open& wish) {
    if (now.is_open) return rejection::already_open;
    return opened{wish.owner};
  }

  static decision decide(const state& now, const deposit& wish) {
    if (!now.is_open) return rejection::not_open;
    if (wish.cents <= 0) return rejection::amount_not_positive;
    return deposited{wish.cents};
  }

  static decision decide(const state& now, const withdraw& wish) {
    if (!now.is_open) return rejection::not_open;
    if (wish.cents <= 0) return rejection::amount_not_positive;
    if (wish.cents > now.balance_cents) return rejection::insufficient_funds;
    return withdrawn{wish.cents};
  }

  static void evolve(state& now, const opened&) { now.is_open = true; }
  static void evolve(state& now, const deposited& fact) { now.balance_cents += fact.cents; }
  static void evolve(state& now, const withdrawn& fact) { now.balance_cents -= fact.cents; }
};

static_assert(cairn::check_aggregate<account>());

}  // namespace bank
