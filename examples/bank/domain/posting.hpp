#pragma once

#include "bank/domain/account_events.hpp"
#include "bank/domain/log_entry.hpp"
#include "bank/domain/money.hpp"

#include "cairn/fields.hpp"

#include <cstdint>
#include <optional>

// What three kinds of events have in common: money moved. The aggregate and the read models all
// compute balances with these functions, so that they cannot disagree.

namespace bank {

/// Where an account stands after a movement.
struct standing {
  std::uint64_t seq = 0;
  business_day date{};
  std::int64_t balance_cents = 0;

  bool operator==(const standing&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, seq, date, balance_cents);
  }
};

/// A movement of money in the words of the log.
struct posting {
  log_entry entry;
  /// Imported: `seq` and balance are the log's. Otherwise they follow from what was before.
  bool is_from_log = false;
};

[[nodiscard]] inline posting posting_of(const movement_recorded& fact) {
  return {fact.entry, true};
}

/// What came through the counter, or from another account of this bank.
[[nodiscard]] inline posting posting_of(const deposited& fact) {
  posting moved;
  moved.entry.date = fact.date;
  moved.entry.kind = credit_kind;
  moved.entry.operation = fact.partner_account.empty() ? "VKLAD" : "PREVOD Z UCTU";
  moved.entry.amount_cents = fact.amount_cents;
  moved.entry.partner_account = fact.partner_account;
  return moved;
}

[[nodiscard]] inline posting posting_of(const withdrawn& fact) {
  posting moved;
  moved.entry.date = fact.date;
  moved.entry.kind = debit_kind;
  moved.entry.operation = fact.partner_account.empty() ? "VYBER" : "PREVOD NA UCET";
  moved.entry.amount_cents = fact.amount_cents;
  moved.entry.partner_account = fact.partner_account;
  return moved;
}

/// Where the account stands after `moved`, when it stood at `before`. The bank's recorded balance
/// is the truth, also where it does not follow from the one before.
[[nodiscard]] inline standing standing_after(const posting& moved, const standing& before) {
  const log_entry& entry = moved.entry;
  if (moved.is_from_log) return {entry.seq, entry.date, entry.balance_cents};
  return {before.seq + 1, entry.date, before.balance_cents + entry.change_cents()};
}

/// The one with the higher `seq`; of equals the one that came later.
[[nodiscard]] inline standing newer_of(const standing& before, const standing& later) {
  return later.seq >= before.seq ? later : before;
}

}  // namespace bank
