#pragma once

#include "fines/domain/fine_case.hpp"
#include "fines/domain/reminder.hpp"
#include "fines/figures/figures.hpp"

#include "cairn/read_model.hpp"
#include "cairn/table.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fines {

/// The cases with a reminder, a penalty or both, in the order of their names.
struct all_penalties {
  using answer = std::vector<penalty_figures>;
};

/// What the process manager has found to be due beside what the log says was added, on disk.
struct reminders {
  static constexpr std::string_view stable_name = "fines.reminders";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::some_of<reminder, penalty_fell_due, reminder_withdrawn>,
                                 cairn::some_of<fine_case, penalty_added>>;

  struct row {
    std::optional<penalty_notice> notice;
    /// The first day on which the log has a penalty.
    std::optional<calendar_day> added;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, notice, added);
    }
  };

  struct tables {
    cairn::table<std::string, row> cases;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, cairn::field("cases", cases));
    }
  };

  static void apply(tables& now, const cairn::recorded<penalty_fell_due>& fact) {
    now.cases.update(std::string{fact.meta.aggregate_id},
                     [&](row& one) { one.notice = fact->notice; });
  }
  static void apply(tables& now, const cairn::recorded<reminder_withdrawn>& fact) {
    now.cases.update(std::string{fact.meta.aggregate_id}, [](row& one) { one.notice.reset(); });
  }
  static void apply(tables& now, const cairn::recorded<penalty_added>& fact) {
    now.cases.update(std::string{fact.meta.aggregate_id}, [&](row& one) {
      const calendar_day day = fact->at.date;
      one.added = one.added ? std::min(*one.added, day) : day;
    });
  }

  static all_penalties::answer query(const tables& now, const all_penalties& /*question*/) {
    all_penalties::answer all;
    now.cases.each([&all](const std::string& id, const row& one) {
      if (one.notice || one.added) all.push_back({id, one.notice, one.added});
    });
    return all;
  }
};

}  // namespace fines
