#include "fines/app/books.hpp"

#include "fines/app/deadlines.hpp"
#include "fines/process_managers/penalty_deadline.hpp"
#include "support/settle.hpp"
#include "support/values.hpp"

#include <iostream>
#include <string>

namespace fines {

cairn::result<bool> settle_deadlines(cairn::runtime& app,
                                     const std::function<void(std::uint64_t steps)>& show) {
  return support::settle<penalty_deadline>(app, show);
}

exit_code close_books(cairn::runtime& app,
                      town_clock& clock,
                      calendar_day day,
                      const std::function<void(std::uint64_t steps)>& show) {
  const auto answer = app.aggregate<town_calendar>(std::string{town_calendar::id})
                          .ask(close_day{day}, {.timeout = answer_timeout});
  if (const auto* why = answer.failed()) return report_failure(*why);
  if (answer.rejected() != nullptr) {
    std::cerr << program_name << ": the calendar has no day " << support::format_day(day)
              << ": deadlines are kept for the years 1678 to 2261\n";
    return exit_code::rejected;
  }
  clock.close(day);
  const auto settled = settle_deadlines(app, show);
  if (!settled) return report_failure(settled.error());
  if (*settled) return exit_code::done;
  std::cerr << program_name
            << ": interrupted; the deadlines go on when the store is opened again\n";
  return static_cast<exit_code>(static_cast<int>(exit_code::interrupted) + support::stop_signal());
}

exit_code close_day_of(const cairn::config& settings, calendar_day day) {
  return with_store(settings, if_absent::refuse, [&](cairn::runtime& app, town_clock& clock) {
    const exit_code closed = close_books(app, clock, day);
    if (closed != exit_code::done) return closed;
    return print_penalties(app, {});
  });
}

}  // namespace fines
