#pragma once

#include "fines/figures/figures.hpp"
#include "fines/read_models/all_case_events.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

namespace fines {

/// What was fined and paid in each month.
struct all_months {
  using answer = std::vector<month_figures>;
};

/// Sums by month. Some hundreds of rows, so they are kept in memory: a model with a `state` instead
/// of `tables`.
struct months {
  static constexpr std::string_view stable_name = "fines.months";
  static constexpr std::uint32_t version = 1;
  using sources = all_case_events;

  struct sums {
    std::int64_t created = 0;
    std::int64_t created_cents = 0;
    std::int64_t payments = 0;
    std::int64_t paid_cents = 0;
    std::int64_t expense_cents = 0;
    std::int64_t to_collection = 0;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(
          archive, created, created_cents, payments, paid_cents, expense_cents, to_collection);
    }
  };

  struct state {
    /// By the first day of the month.
    std::map<calendar_day, sums> by_month;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, cairn::field("by_month", by_month));
    }
  };

  template <class Fact> static void apply(state& now, const cairn::recorded<Fact>& fact) {
    const entry one = entry_of(fact.event);
    sums& all = now.by_month[first_of_month(one.at.date)];
    all.paid_cents += one.payment_cents.value_or(0);
    all.expense_cents += one.expense_cents.value_or(0);
    if (one.what == activity::create_fine) {
      ++all.created;
      all.created_cents += one.amount_cents.value_or(0);
    }
    if (one.what == activity::payment) ++all.payments;
    if (one.what == activity::send_to_collection) ++all.to_collection;
  }

  static all_months::answer query(const state& now, const all_months& /*question*/) {
    all_months::answer all;
    for (const auto& [month, one] : now.by_month) {
      all.push_back({month,
                     one.created,
                     one.created_cents,
                     one.payments,
                     one.paid_cents,
                     one.expense_cents,
                     one.to_collection});
    }
    return all;
  }

 private:
  static calendar_day first_of_month(calendar_day day) {
    const std::chrono::year_month_day date{day};
    return calendar_day{date.year() / date.month() / 1};
  }
};

}  // namespace fines
