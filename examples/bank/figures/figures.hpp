#pragma once

#include "bank/domain/money.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// A row of each table that the bank exports. Credit is what was paid in, debit what was paid out.

namespace bank {

struct account_figures {
  std::string account;
  std::int64_t movements = 0;
  business_day first{};
  business_day last{};
  /// Credits minus debits; the recorded balance may differ, see difference_figures.
  std::int64_t sum_cents = 0;
  /// Recorded with the newest movement.
  std::int64_t balance_cents = 0;
  std::int64_t balance_cents_min = 0;
  std::int64_t movements_below_zero = 0;
  /// The earliest date below zero, if there is one.
  business_day first_below_zero{};
};

struct month_figures {
  /// Its first day.
  business_day month{};
  std::int64_t movements = 0;
  std::int64_t credit_cents = 0;
  std::int64_t debit_cents = 0;
  std::int64_t accounts = 0;
};

struct kind_figures {
  std::string kind;
  std::string operation;
  std::string symbol;
  std::int64_t movements = 0;
  std::int64_t amount_cents = 0;
};

/// A movement whose recorded balance does not follow from the one before.
struct difference_figures {
  std::uint64_t row = 0;
  std::string account;
  std::uint64_t seq = 0;
  std::int64_t expected_cents = 0;
  std::int64_t recorded_cents = 0;
};

/// An account as it stood at the end of a day.
struct past_figures {
  std::string account;
  std::int64_t movements = 0;
  std::int64_t balance_cents = 0;
};

/// Everything that `bank export` writes, in the order in which it is written: by account number,
/// month, kind, or row.
struct figures {
  std::vector<account_figures> accounts;
  std::vector<month_figures> months;
  std::vector<kind_figures> kinds;
  std::vector<difference_figures> differences;
  std::map<business_day, std::vector<past_figures>> accounts_as_of;
};

/// Account numbers by their value, before anything that is no number.
[[nodiscard]] bool is_account_before(const std::string& one, const std::string& other);

}  // namespace bank
