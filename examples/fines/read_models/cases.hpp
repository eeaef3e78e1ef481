#pragma once

#include "fines/figures/figures.hpp"
#include "fines/read_models/all_case_events.hpp"

#include "cairn/table.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace fines {

/// All cases, as they stand.
struct all_cases {
  using answer = std::vector<case_figures>;
};

/// What happened in a case until the end of a day, in the order of `seq`.
struct entries_of {
  using answer = std::vector<entry>;
  std::string id;
  calendar_day until = calendar_day::max();
};

/// The version that a case's aggregate had once everything that happened up to some day had been
/// recorded, and how much that was. At that version it may have recorded more, when the rows of its
/// log were not in the order of their dates.
struct version_as_of {
  std::string id;
  std::uint64_t entries = 0;
  cairn::version version;
};

/// The versions to look at for the state at the end of `day`: of one case, or of all. A case that
/// begins later has none.
struct versions_as_of {
  using answer = std::vector<version_as_of>;
  calendar_day day{};
  std::optional<std::string> id = {};
};

/// The payments whose recorded total is not the sum of the payments so far.
struct anomalies {
  using answer = std::vector<anomaly_figures>;
};

/// Every case with all that happened in it in the order of `seq`, in whatever order it was
/// recorded. On disk.
struct cases {
  static constexpr std::string_view stable_name = "fines.cases";
  static constexpr std::uint32_t version = 1;
  using sources = all_case_events;

  /// Case, seq, and version of its event, should two have the same seq.
  using line_key = std::tuple<std::string, std::uint64_t, std::uint64_t>;

  struct tables {
    cairn::table<std::string, standing> cases;
    cairn::table<line_key, entry> lines;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, cairn::field("cases", cases), cairn::field("lines", lines));
    }
  };

  template <class Fact> static void apply(tables& now, const cairn::recorded<Fact>& fact) {
    const std::string id{fact.meta.aggregate_id};
    entry line;
    now.cases.update(id, [&](standing& one) { line = one.add(entry_of(fact.event)); });
    now.lines.put({id, line.at.seq, fact.meta.version.value}, line);
  }

  static all_cases::answer query(const tables& now, const all_cases& /*question*/) {
    all_cases::answer all;
    now.cases.each([&all](const std::string& id, const standing& one) {
      all.push_back({id, one});
    });
    return all;
  }

  static entries_of::answer query(const tables& now, const entries_of& question) {
    entries_of::answer all;
    now.lines.each_prefix(question.id, [&](const line_key& /*key*/, const entry& line) {
      if (line.at.date <= question.until) all.push_back(line);
    });
    return all;
  }

  static versions_as_of::answer query(const tables& now, const versions_as_of& question) {
    versions_as_of::answer all;
    const auto take = [&](const line_key& key, const entry& line) {
      if (line.at.date > question.day) return;
      const auto& [id, seq, event_version] = key;
      if (all.empty() || all.back().id != id) all.push_back({id, 0, {}});
      version_as_of& one = all.back();
      ++one.entries;
      one.version.value = std::max(one.version.value, event_version);
    };
    if (question.id) {
      now.lines.each_prefix(*question.id, take);
    } else {
      now.lines.each(take);
    }
    return all;
  }

  static anomalies::answer query(const tables& now, const anomalies& /*question*/) {
    anomalies::answer all;
    std::string id;
    std::int64_t paid_cents = 0;
    now.lines.each([&](const line_key& key, const entry& line) {
      if (std::get<0>(key) != id) paid_cents = 0;
      id = std::get<0>(key);
      paid_cents += line.payment_cents.value_or(0);
      const auto recorded_cents = line.recorded_total_cents;
      if (line.what != activity::payment || !recorded_cents) return;
      if (*recorded_cents == paid_cents) return;
      all.push_back(
          {line.at.row, id, line.at.seq, line.payment_cents, *recorded_cents, paid_cents});
    });
    return all;
  }
};

}  // namespace fines
