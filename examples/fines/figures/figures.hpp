#pragma once

#include "fines/domain/activity.hpp"
#include "fines/domain/money.hpp"
#include "fines/domain/penalty_notice.hpp"
#include "fines/domain/standing.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// A row of each table that the program exports.

namespace fines {

/// A case, now or as it stood at the end of a day.
struct case_figures {
  std::string id;
  standing stands;
};

struct activity_figures {
  activity what{};
  std::int64_t entries = 0;
  std::int64_t cases = 0;
  calendar_day first{};
  calendar_day last{};
};

struct month_figures {
  /// Its first day.
  calendar_day month{};
  std::int64_t created = 0;
  std::int64_t created_cents = 0;
  std::int64_t payments = 0;
  std::int64_t paid_cents = 0;
  std::int64_t expense_cents = 0;
  std::int64_t to_collection = 0;
};

struct article_figures {
  std::string article;
  std::int64_t fines = 0;
  /// Nothing when none of the fines has an amount.
  std::optional<std::int64_t> created_cents;
};

/// A payment whose recorded total is not the sum of the payments so far.
struct anomaly_figures {
  std::uint64_t row = 0;
  std::string id;
  std::uint64_t seq = 0;
  std::optional<std::int64_t> payment_cents;
  std::int64_t recorded_total_cents = 0;
  std::int64_t running_total_cents = 0;
};

/// What happened in a case, in its order.
struct variant_figures {
  std::vector<activity> path;
  std::int64_t cases = 0;

  /// "Create Fine > Payment"
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const activity what : path)
      all.append(all.empty() ? "" : " > ").append(to_text(what));
    return all;
  }
};

/// When a penalty was due in a case, and when the log has one.
struct penalty_figures {
  std::string id;
  /// Nothing: none was due.
  std::optional<penalty_notice> notice;
  /// Nothing: there was none.
  std::optional<calendar_day> added;
};

/// Everything that `fines export` writes, in the order in which it is written: by the name of case,
/// activity or article, by month, by row; variants by number of cases, the most frequent first.
struct figures {
  std::vector<case_figures> cases;
  std::vector<activity_figures> activities;
  std::vector<month_figures> months;
  std::vector<article_figures> articles;
  std::vector<anomaly_figures> anomalies;
  std::vector<variant_figures> variants;
  std::vector<penalty_figures> penalties;
  std::map<calendar_day, std::vector<case_figures>> cases_as_of;
};

}  // namespace fines
