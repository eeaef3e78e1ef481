#include "fines/app/collect.hpp"

#include "fines/app/ask.hpp"
#include "fines/read_models/activities.hpp"
#include "fines/read_models/articles.hpp"
#include "fines/read_models/cases.hpp"
#include "fines/read_models/months.hpp"
#include "fines/read_models/reminders.hpp"
#include "fines/read_models/variants.hpp"

#include <algorithm>
#include <utility>

namespace fines {

namespace {

/// What a case was at the end of `day`, when it was recorded in another order than it happened:
/// step by step through its past, with what happened until then and without the rest.
cairn::result<standing> retrace(const cairn::aggregate_handle<fine_case>& one,
                                cairn::version until,
                                calendar_day day) {
  standing then;
  for (cairn::version at{1}; at.value <= until.value; ++at.value) {
    const auto found = one.state_at(at);
    if (!found) return found.error();
    if (found->state.latest.at.date <= day) then.add(found->state.latest);
  }
  return then;
}

cairn::result<standing> standing_as_of(cairn::runtime& app,
                                       const version_as_of& then,
                                       calendar_day day) {
  const auto one = app.aggregate<fine_case>(then.id);
  const auto found = one.state_at(then.version);
  if (!found) return found.error();
  if (found->state.now.entries == then.entries) return found->state.now;
  return retrace(one, then.version, day);
}

void sort_as_written(figures& all) {
  std::sort(all.activities.begin(), all.activities.end(), [](const auto& one, const auto& other) {
    return to_text(one.what) < to_text(other.what);
  });
  std::sort(all.anomalies.begin(), all.anomalies.end(), [](const auto& one, const auto& other) {
    return one.row < other.row;
  });
  std::sort(all.variants.begin(), all.variants.end(), [](const auto& one, const auto& other) {
    if (one.cases != other.cases) return one.cases > other.cases;
    return one.text() < other.text();
  });
}

}  // namespace

cairn::result<std::vector<case_figures>> cases_as_of(cairn::runtime& app,
                                                     calendar_day day,
                                                     const std::optional<std::string>& id) {
  const auto versions = ask<cases>(app, versions_as_of{day, id});
  if (!versions) return versions.error();
  std::vector<case_figures> all;
  all.reserve(versions->size());
  for (const auto& then : *versions) {
    auto stands = standing_as_of(app, then, day);
    if (!stands) return stands.error();
    all.push_back({then.id, *std::move(stands)});
  }
  return all;
}

cairn::result<figures> collect_figures(cairn::runtime& app, const std::set<calendar_day>& as_of) {
  auto every_case = ask<cases>(app, all_cases{});
  if (!every_case) return every_case.error();
  auto by_activity = ask<activities>(app, all_activities{});
  if (!by_activity) return by_activity.error();
  auto by_month = ask<months>(app, all_months{});
  if (!by_month) return by_month.error();
  auto by_article = ask<articles>(app, all_articles{});
  if (!by_article) return by_article.error();
  auto odd = ask<cases>(app, anomalies{});
  if (!odd) return odd.error();
  auto ways = ask<variants>(app, all_variants{});
  if (!ways) return ways.error();
  auto penalties = ask<reminders>(app, all_penalties{});
  if (!penalties) return penalties.error();
  figures all{*std::move(every_case),
              *std::move(by_activity),
              *std::move(by_month),
              *std::move(by_article),
              *std::move(odd),
              *std::move(ways),
              *std::move(penalties),
              {}};
  sort_as_written(all);
  for (const calendar_day day : as_of) {
    auto then = cases_as_of(app, day);
    if (!then) return then.error();
    all.cases_as_of[day] = *std::move(then);
  }
  return all;
}

}  // namespace fines
