#include "fines/app/deadlines.hpp"

#include "fines/app/ask.hpp"
#include "fines/app/books.hpp"
#include "fines/read_models/cases.hpp"
#include "fines/read_models/reminders.hpp"
#include "support/text_table.hpp"
#include "support/values.hpp"

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace fines {

namespace {

using align = support::text_table::align;

struct deadline {
  std::string id;
  penalty_notice notice;
  std::string penalty;
};

std::string penalty_text(const penalty_figures& one) {
  if (!one.added) return "none so far";
  const auto late = *one.added - one.notice->due;
  return "added " + support::format_day(*one.added) + ", after " + std::to_string(late.count()) +
         " days";
}

/// All deadlines that passed or will pass while something is owed, by day and case.
cairn::result<std::vector<deadline>> all_deadlines(cairn::runtime& app) {
  if (const auto settled = settle_deadlines(app); !settled) return settled.error();
  const auto penalties = ask<reminders>(app, all_penalties{});
  if (!penalties) return penalties.error();
  const auto every_case = ask<cases>(app, all_cases{});
  if (!every_case) return every_case.error();
  std::vector<deadline> all;
  std::set<std::string> passed;
  for (const penalty_figures& one : *penalties) {
    if (!one.notice) continue;
    passed.insert(one.id);
    all.push_back({one.id, *one.notice, penalty_text(one)});
  }
  for (const case_figures& one : *every_case) {
    const auto due = one.stands.penalty_due();
    if (!due || passed.contains(one.id)) continue;
    all.push_back({one.id, {*due, one.stands.outstanding_cents().value_or(0)}, "to come"});
  }
  std::sort(all.begin(), all.end(), [](const deadline& one, const deadline& other) {
    return std::pair{one.notice.due, one.id} < std::pair{other.notice.due, other.id};
  });
  return all;
}

exit_code print_due(cairn::runtime& app, const due_options& options) {
  auto all = all_deadlines(app);
  if (!all) return report_failure(all.error());
  std::erase_if(*all, [&](const deadline& one) {
    return one.notice.due < options.from || one.notice.due > options.until;
  });
  std::int64_t sum_cents = 0;
  for (const deadline& one : *all)
    sum_cents += one.notice.outstanding_cents;
  std::cout << support::format_count(static_cast<std::int64_t>(all->size())) << " deadlines, with "
            << support::format_cents(sum_cents) << " outstanding\n";
  support::text_table table{{{"deadline", align::left},
                             {"case", align::left},
                             {"outstanding"},
                             {"penalty", align::left}}};
  all->resize(std::min(all->size(), options.top));
  for (const auto& [id, notice, penalty] : *all) {
    table.row({support::format_day(notice.due),
               id,
               support::format_cents(notice.outstanding_cents),
               penalty});
  }
  table.print(std::cout);
  return exit_code::done;
}

/// How the penalties of the log compare with what was due.
struct comparison {
  std::int64_t due = 0;
  std::int64_t in_time = 0;
  std::int64_t late = 0;
  std::int64_t never = 0;
  std::int64_t not_due = 0;
};

comparison compare(const std::vector<penalty_figures>& all, std::chrono::days within) {
  comparison sums;
  for (const penalty_figures& one : all) {
    if (!one.notice) {
      ++sums.not_due;
      continue;
    }
    ++sums.due;
    if (!one.added) {
      ++sums.never;
    } else {
      ++(*one.added - one.notice->due <= within ? sums.in_time : sums.late);
    }
  }
  return sums;
}

}  // namespace

exit_code show_due(const cairn::config& settings, const due_options& options) {
  return with_store(settings, if_absent::refuse, [&](cairn::runtime& app, town_clock& /*clock*/) {
    return print_due(app, options);
  });
}

exit_code print_penalties(cairn::runtime& app, std::chrono::days within) {
  if (const auto settled = settle_deadlines(app); !settled) return report_failure(settled.error());
  const auto books = app.aggregate<town_calendar>(std::string{town_calendar::id}).state();
  if (!books) return report_failure(books.error());
  const auto all = ask<reminders>(app, all_penalties{});
  if (!all) return report_failure(all.error());
  const comparison sums = compare(*all, within);
  const auto count = [](std::int64_t number) {
    return support::format_count(number);
  };
  const auto closed = books->state.closed;
  std::cout << "books closed " << (closed ? "until " + support::format_day(*closed) : "never")
            << '\n'
            << count(sums.due) << " penalties due\n"
            << "  " << count(sums.in_time) << " added within " << within.count() << " days\n"
            << "  " << count(sums.late) << " added later\n"
            << "  " << count(sums.never) << " not added\n"
            << count(sums.not_due) << " added although none was due\n";
  return exit_code::done;
}

exit_code show_penalties(const cairn::config& settings, std::chrono::days within) {
  return with_store(settings, if_absent::refuse, [&](cairn::runtime& app, town_clock& /*clock*/) {
    return print_penalties(app, within);
  });
}

}  // namespace fines
