#pragma once

#include "fines/figures/figures.hpp"
#include "fines/read_models/all_case_events.hpp"

#include "cairn/table.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fines {

/// How often each activity happened, in how many cases, and when. In the order of their numbers.
struct all_activities {
  using answer = std::vector<activity_figures>;
};

/// What happened, by activity, on disk.
struct activities {
  static constexpr std::string_view stable_name = "fines.activities";
  static constexpr std::uint32_t version = 1;
  using sources = all_case_events;

  struct sums {
    std::int64_t entries = 0;
    std::int64_t cases = 0;
    calendar_day first = calendar_day::max();
    calendar_day last = calendar_day::min();

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, entries, cases, first, last);
    }
  };

  struct tables {
    cairn::table<activity, sums> activities;
    cairn::table<std::pair<activity, std::string>, bool> cases_of_activity;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive,
                    cairn::field("activities", activities),
                    cairn::field("cases_of_activity", cases_of_activity));
    }
  };

  template <class Fact> static void apply(tables& now, const cairn::recorded<Fact>& fact) {
    const entry one = entry_of(fact.event);
    const std::pair key{one.what, std::string{fact.meta.aggregate_id}};
    const bool is_new = !now.cases_of_activity.contains(key);
    if (is_new) now.cases_of_activity.put(key, true);
    now.activities.update(one.what, [&](sums& all) {
      ++all.entries;
      all.cases += is_new ? 1 : 0;
      all.first = std::min(all.first, one.at.date);
      all.last = std::max(all.last, one.at.date);
    });
  }

  static all_activities::answer query(const tables& now, const all_activities& /*question*/) {
    all_activities::answer all;
    now.activities.each([&all](activity what, const sums& one) {
      all.push_back({what, one.entries, one.cases, one.first, one.last});
    });
    return all;
  }
};

}  // namespace fines
