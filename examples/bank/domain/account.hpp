#pragma once

#include "bank/domain/account_commands.hpp"
#include "bank/domain/account_events.hpp"
#include "bank/domain/old_events.hpp"
#include "bank/domain/posting.hpp"

#include "cairn/aggregate.hpp"

#include <cstdint>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

namespace bank {

/// A bank account: it takes deposits, and withdrawals down to its overdraft limit. Its id is the
/// account's number.
struct account {
  static constexpr std::string_view stable_name = "bank.account";

  struct state {
    bool is_open = false;
    std::int64_t limit_cents = 0;
    std::uint64_t movements = 0;
    /// After the movement with the highest `seq`: where the account stands.
    standing newest;
    /// After the movement that was recorded last. It differs from `newest` only when a log was
    /// imported whose rows are not in the order of `seq`. Time travel reads this one.
    standing latest;

    /// What can still be withdrawn.
    [[nodiscard]] std::int64_t available_cents() const noexcept {
      return newest.balance_cents + limit_cents;
    }

    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, is_open, limit_cents, movements, newest, latest);
    }
  };

  enum class rejection : std::uint8_t {
    already_open,
    not_open,
    limit_out_of_range,
    amount_not_positive,
    amount_out_of_range,
    date_before_last,
    overdrawn,
  };

  using command = std::variant<open_account, set_limit, deposit, withdraw, record_movement>;
  using event = std::variant<opened, limit_set, deposited, withdrawn, movement_recorded>;
  using decision = cairn::decision<event, rejection>;
  /// What older versions of the program have stored, and this one no longer does.
  using retired = std::tuple<moved>;

  /// What a retired event means today.
  static std::vector<event> upcast(const moved& old) {
    if (old.cents < 0) return {withdrawn{-old.cents, old.date, {}}};
    return {deposited{old.cents, old.date, {}}};
  }

  static decision decide(const state& now, const open_account& wish) {
    if (now.is_open) return rejection::already_open;
    if (!is_limit(wish.limit_cents)) return rejection::limit_out_of_range;
    return opened{wish.date, wish.limit_cents};
  }

  // A limit may be lowered below what is owed already: then nothing can be withdrawn.
  static decision decide(const state& now, const set_limit& wish) {
    if (!now.is_open) return rejection::not_open;
    if (!is_limit(wish.limit_cents)) return rejection::limit_out_of_range;
    return limit_set{wish.limit_cents};
  }

  static decision decide(const state& now, const deposit& wish) {
    if (!now.is_open) return rejection::not_open;
    if (wish.amount_cents <= 0) return rejection::amount_not_positive;
    if (wish.amount_cents > amount_cents_max) return rejection::amount_out_of_range;
    if (wish.amount_cents > balance_cents_max - now.newest.balance_cents) {
      return rejection::amount_out_of_range;
    }
    if (wish.date < now.newest.date) return rejection::date_before_last;
    return deposited{wish.amount_cents, wish.date, wish.partner_account};
  }

  static decision decide(const state& now, const withdraw& wish) {
    if (!now.is_open) return rejection::not_open;
    if (wish.amount_cents <= 0) return rejection::amount_not_positive;
    if (wish.amount_cents > amount_cents_max) return rejection::amount_out_of_range;
    if (wish.date < now.newest.date) return rejection::date_before_last;
    if (wish.amount_cents > now.available_cents()) return rejection::overdrawn;
    return withdrawn{wish.amount_cents, wish.date, wish.partner_account};
  }

  static decision decide(const state& now, const record_movement& wish) {
    const log_entry& entry = wish.entry;
    if (!is_within(entry.amount_cents, amount_cents_max)) return rejection::amount_out_of_range;
    if (!is_within(entry.balance_cents, balance_cents_max)) return rejection::amount_out_of_range;
    if (now.is_open) return movement_recorded{entry};
    return {opened{entry.date, 0}, movement_recorded{entry}};
  }

  static void evolve(state& now, const opened& fact) {
    now.is_open = true;
    now.limit_cents = fact.limit_cents;
    // Nothing that is dated before the opening comes through the counter.
    now.newest.date = fact.date;
  }
  static void evolve(state& now, const limit_set& fact) { now.limit_cents = fact.limit_cents; }
  static void evolve(state& now, const deposited& fact) { post(now, posting_of(fact)); }
  static void evolve(state& now, const withdrawn& fact) { post(now, posting_of(fact)); }
  static void evolve(state& now, const movement_recorded& fact) { post(now, posting_of(fact)); }

 private:
  static bool is_limit(std::int64_t cents) { return 0 <= cents && cents <= balance_cents_max; }

  static void post(state& now, const posting& moved) {
    ++now.movements;
    now.latest = standing_after(moved, now.newest);
    now.newest = newer_of(now.newest, now.latest);
  }
};

}  // namespace bank

// The state of version 1 of this program had other fields. Snapshots of another class version are
// passed over, and made anew from the events.
BOOST_CLASS_VERSION(bank::account::state, 1)
