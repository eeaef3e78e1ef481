#pragma once

#include "bank/figures/figures.hpp"
#include "bank/read_models/movements.hpp"

#include "cairn/table.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace bank {

/// What was paid in and out in each month.
struct all_months {
  using answer = std::vector<month_figures>;
};

/// Turnover by month, on disk.
struct months {
  static constexpr std::string_view stable_name = "bank.months";
  static constexpr std::uint32_t version = 1;
  using sources = movements;

  struct sums {
    std::int64_t movements = 0;
    std::int64_t credit_cents = 0;
    std::int64_t debit_cents = 0;
    std::int64_t accounts = 0;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, movements, credit_cents, debit_cents, accounts);
    }
  };

  struct tables {
    /// By the first day of the month.
    cairn::table<business_day, sums> months;
    cairn::table<std::pair<business_day, std::string>, bool> accounts_of_month;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive,
                    cairn::field("months", months),
                    cairn::field("accounts_of_month", accounts_of_month));
    }
  };

  template <class Fact> static void apply(tables& now, const cairn::recorded<Fact>& fact) {
    const log_entry entry = posting_of(fact.event).entry;
    const business_day month = first_of_month(entry.date);
    const std::pair key{month, std::string{fact.meta.aggregate_id}};
    const bool is_new = !now.accounts_of_month.contains(key);
    if (is_new) now.accounts_of_month.put(key, true);
    now.months.update(month, [&](sums& one) {
      ++one.movements;
      one.accounts += is_new ? 1 : 0;
      (entry.is_credit() ? one.credit_cents : one.debit_cents) += entry.amount_cents;
    });
  }

  static all_months::answer query(const tables& now, const all_months& /*question*/) {
    all_months::answer all;
    now.months.each([&all](business_day month, const sums& one) {
      all.push_back({month, one.movements, one.credit_cents, one.debit_cents, one.accounts});
    });
    return all;
  }

 private:
  static business_day first_of_month(business_day day) {
    const std::chrono::year_month_day date{day};
    return business_day{date.year() / date.month() / 1};
  }
};

}  // namespace bank
