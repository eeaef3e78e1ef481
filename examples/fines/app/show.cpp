#include "fines/app/show.hpp"

#include "fines/app/ask.hpp"
#include "fines/app/collect.hpp"
#include "fines/domain/reminder.hpp"
#include "fines/read_models/cases.hpp"
#include "support/text_table.hpp"
#include "support/values.hpp"

#include <algorithm>
#include <iostream>
#include <vector>

namespace fines {

namespace {

using align = support::text_table::align;

std::string money(const std::optional<std::int64_t>& cents) {
  return cents ? support::format_cents(*cents) : std::string{};
}

std::string end_of(std::optional<calendar_day> at) {
  return at ? ", at the end of " + support::format_day(*at) : std::string{};
}

void print_standing(const standing& now) {
  std::cout << "  amount       " << money(now.amount_cents) << '\n'
            << "  expenses     " << money(now.expense_cents) << '\n'
            << "  paid         " << money(now.paid_cents) << '\n'
            << "  outstanding  " << money(now.outstanding_cents()) << '\n'
            << "  state        " << to_text(now.newest) << '\n';
  if (now.notified) {
    std::cout << "  notified     " << support::format_day(*now.notified) << '\n';
  }
  if (const auto due = now.penalty_due()) {
    std::cout << "  penalty due  " << support::format_day(*due) << '\n';
  }
}

void print_reminder(const reminder::state& now) {
  if (!now.notice) return;
  std::cout << "  reminder     since " << support::format_day(now.notice->due) << ", when "
            << support::format_cents(now.notice->outstanding_cents) << " were outstanding\n";
}

void print_entries(const std::vector<entry>& lines) {
  support::text_table table{{{"seq"},
                             {"date", align::left},
                             {"activity", align::left},
                             {"amount"},
                             {"expense"},
                             {"payment"}}};
  for (const entry& line : lines) {
    table.row({std::to_string(line.at.seq),
               support::format_day(line.at.date),
               std::string{to_text(line.what)},
               money(line.amount_cents),
               money(line.expense_cents),
               money(line.payment_cents)});
  }
  table.print(std::cout);
}

/// The case now, or by time travel; nothing when there is none, or was none then.
cairn::result<std::optional<standing>> find_case(cairn::runtime& app,
                                                 const std::string& id,
                                                 std::optional<calendar_day> at) {
  if (at) {
    const auto then = cases_as_of(app, *at, id);
    if (!then) return then.error();
    return then->empty() ? std::nullopt : std::optional{then->front().stands};
  }
  const auto found = app.aggregate<fine_case>(id).state();
  if (!found) return found.error();
  const standing& now = found->state.now;
  return now.entries == 0 ? std::nullopt : std::optional{now};
}

std::int64_t owed(const case_figures& one) {
  return std::max<std::int64_t>(0, one.stands.outstanding_cents().value_or(0));
}

exit_code print_outstanding(std::vector<case_figures> all,
                            std::optional<calendar_day> at,
                            std::size_t top) {
  std::erase_if(all, [](const case_figures& one) { return owed(one) == 0; });
  std::stable_sort(all.begin(), all.end(), [](const case_figures& one, const case_figures& other) {
    return owed(one) > owed(other);
  });
  std::int64_t sum_cents = 0;
  for (const case_figures& one : all)
    sum_cents += owed(one);
  std::cout << support::format_cents(sum_cents) << " outstanding in "
            << support::format_count(static_cast<std::int64_t>(all.size())) << " cases"
            << end_of(at) << '\n';
  support::text_table table{{{"case", align::left},
                             {"outstanding"},
                             {"amount"},
                             {"expenses"},
                             {"paid"},
                             {"state", align::left}}};
  all.resize(std::min(all.size(), top));
  for (const auto& [id, now] : all) {
    table.row({id,
               money(now.outstanding_cents()),
               money(now.amount_cents),
               money(now.expense_cents),
               money(now.paid_cents),
               std::string{to_text(now.newest)}});
  }
  table.print(std::cout);
  return exit_code::done;
}

}  // namespace

exit_code print_case(cairn::runtime& app, const std::string& id, std::optional<calendar_day> at) {
  const auto found = find_case(app, id, at);
  if (!found) return report_failure(found.error());
  if (!*found) return report_no_case(id + end_of(at));
  const auto desk = app.aggregate<reminder>(id).state();
  if (!desk) return report_failure(desk.error());
  const auto lines = ask<cases>(app, entries_of{id, at.value_or(calendar_day::max())});
  if (!lines) return report_failure(lines.error());
  std::cout << "case " << id << end_of(at) << '\n';
  print_standing(**found);
  if (!at) print_reminder(desk->state);
  print_entries(*lines);
  return exit_code::done;
}

exit_code show_case(const cairn::config& settings,
                    const std::string& id,
                    std::optional<calendar_day> at) {
  return with_store(settings, if_absent::refuse, [&](cairn::runtime& app, town_clock& /*clock*/) {
    return print_case(app, id, at);
  });
}

exit_code show_outstanding(const cairn::config& settings,
                           std::optional<calendar_day> at,
                           std::size_t top) {
  return with_store(settings, if_absent::refuse, [&](cairn::runtime& app, town_clock& /*clock*/) {
    auto all = at ? cases_as_of(app, *at) : ask<cases>(app, all_cases{});
    if (!all) return report_failure(all.error());
    return print_outstanding(*std::move(all), at, top);
  });
}

}  // namespace fines
