#pragma once

#include "cairn/aggregate.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace shop {

struct open_account {
  static constexpr std::string_view stable_name = "open";
  std::int64_t credit_line_mils = 0;

  bool operator==(const open_account&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("credit_line_mils", credit_line_mils));
  }
};

/// Lets the customer owe so much, at least; opens the account if need be.
struct agree_credit {
  static constexpr std::string_view stable_name = "agree_credit";
  std::int64_t credit_line_mils = 0;

  bool operator==(const agree_credit&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("credit_line_mils", credit_line_mils));
  }
};

struct credit {
  static constexpr std::string_view stable_name = "credit";
  std::int64_t amount_mils = 0;
  /// What it is for: an invoice's number, or words.
  std::string reason;

  bool operator==(const credit&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(
        archive, cairn::field("amount_mils", amount_mils), cairn::field("reason", reason));
  }
};

struct debit {
  static constexpr std::string_view stable_name = "debit";
  std::int64_t amount_mils = 0;
  std::string reason;

  bool operator==(const debit&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(
        archive, cairn::field("amount_mils", amount_mils), cairn::field("reason", reason));
  }
};

struct account_opened {
  static constexpr std::string_view stable_name = "opened";
  std::int64_t credit_line_mils = 0;

  bool operator==(const account_opened&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("credit_line_mils", credit_line_mils));
  }
};

struct credit_agreed {
  static constexpr std::string_view stable_name = "credit_agreed";
  std::int64_t credit_line_mils = 0;

  bool operator==(const credit_agreed&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("credit_line_mils", credit_line_mils));
  }
};

struct credited {
  static constexpr std::string_view stable_name = "credited";
  std::int64_t amount_mils = 0;
  std::string reason;

  bool operator==(const credited&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(
        archive, cairn::field("amount_mils", amount_mils), cairn::field("reason", reason));
  }
};

struct debited {
  static constexpr std::string_view stable_name = "debited";
  std::int64_t amount_mils = 0;
  std::string reason;

  bool operator==(const debited&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(
        archive, cairn::field("amount_mils", amount_mils), cairn::field("reason", reason));
  }
};

/// A customer's balance, which never falls below the credit line. Its id is the customer's.
struct account {
  static constexpr std::string_view stable_name = "shop.account";

  struct state {
    bool is_open = false;
    /// Below zero the customer owes the shop, by credit_line_mils at most.
    std::int64_t balance_mils = 0;
    std::int64_t credit_line_mils = 0;

    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, is_open, balance_mils, credit_line_mils);
    }
  };

  enum class rejection : std::uint8_t {
    already_open,
    not_open,
    credit_line_negative,
    amount_not_positive,
    amount_too_large,
    overdrawn,
  };

  using command = std::variant<open_account, agree_credit, credit, debit>;
  using event = std::variant<account_opened, credit_agreed, credited, debited>;
  using decision = cairn::decision<event, rejection>;

  /// No single amount, no credit line and no balance may be larger.
  static constexpr std::int64_t amount_mils_max = 1'000'000'000'000'000;

  static decision decide(const state& now, const open_account& wish) {
    if (now.is_open) return rejection::already_open;
    if (wish.credit_line_mils < 0) return rejection::credit_line_negative;
    if (wish.credit_line_mils > amount_mils_max) return rejection::amount_too_large;
    return account_opened{wish.credit_line_mils};
  }

  static decision decide(const state& now, const agree_credit& wish) {
    if (!now.is_open) return decide(now, open_account{wish.credit_line_mils});
    if (wish.credit_line_mils <= now.credit_line_mils) return {};
    if (wish.credit_line_mils > amount_mils_max) return rejection::amount_too_large;
    return credit_agreed{wish.credit_line_mils};
  }

  static decision decide(const state& now, const credit& wish) {
    if (!now.is_open) return rejection::not_open;
    if (wish.amount_mils <= 0) return rejection::amount_not_positive;
    if (wish.amount_mils > amount_mils_max - now.balance_mils) return rejection::amount_too_large;
    return credited{wish.amount_mils, wish.reason};
  }

  static decision decide(const state& now, const debit& wish) {
    if (!now.is_open) return rejection::not_open;
    if (wish.amount_mils <= 0) return rejection::amount_not_positive;
    if (wish.amount_mils > now.balance_mils + now.credit_line_mils) return rejection::overdrawn;
    return debited{wish.amount_mils, wish.reason};
  }

  static void evolve(state& now, const account_opened& fact) {
    now.is_open = true;
    now.credit_line_mils = fact.credit_line_mils;
  }
  static void evolve(state& now, const credit_agreed& fact) {
    now.credit_line_mils = fact.credit_line_mils;
  }
  static void evolve(state& now, const credited& fact) { now.balance_mils += fact.amount_mils; }
  static void evolve(state& now, const debited& fact) { now.balance_mils -= fact.amount_mils; }
};

}  // namespace shop
