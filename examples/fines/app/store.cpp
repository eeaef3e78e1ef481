#include "fines/app/store.hpp"

#include "fines/domain/reminder.hpp"
#include "fines/domain/town_calendar.hpp"
#include "fines/process_managers/penalty_deadline.hpp"
#include "fines/read_models/activities.hpp"
#include "fines/read_models/articles.hpp"
#include "fines/read_models/cases.hpp"
#include "fines/read_models/months.hpp"
#include "fines/read_models/reminders.hpp"
#include "fines/read_models/variants.hpp"

#include <iostream>
#include <utility>

namespace fines {

namespace {

std::string_view to_text(fine_case::rejection why) {
  using rejection = fine_case::rejection;
  switch (why) {
    case rejection::created_already: return "there is such a case already";
    case rejection::no_such_case: return "there is no such case";
    case rejection::done_already: return "this was done already";
    case rejection::too_early: return "it is too early for that: see `fines case`";
    case rejection::date_before_last: return "something later has happened in the case already";
    case rejection::amount_not_positive: return "the amount must be positive";
    case rejection::amount_out_of_range: return "the amount is negative or too large";
    case rejection::more_than_outstanding: return "this is more than is outstanding";
    case rejection::nothing_outstanding: return "nothing is outstanding";
    case rejection::penalty_not_higher:
      return "with a penalty, the amount must be higher than without";
  }
  return "unknown";
}

}  // namespace

cairn::builder make_builder(const cairn::config& settings,
                            std::shared_ptr<const town_clock> clock) {
  cairn::builder parts{settings};
  parts.add<fine_case>({.snapshot_every = 100})
      .add<reminder>()
      .add<town_calendar>()
      .add_read_model<cases>()
      .add_read_model<activities>()
      .add_read_model<months>()
      .add_read_model<articles>()
      .add_read_model<variants>()
      .add_read_model<reminders>()
      .add_process_manager<penalty_deadline>({.timers_by = std::move(clock)});
  return parts;
}

cairn::result<cairn::runtime> open_store(const cairn::config& settings,
                                         if_absent then,
                                         const std::shared_ptr<town_clock>& clock) {
  if (auto ready = support::prepare_folder(program_name, settings.store, then); !ready) {
    return ready.error();
  }
  auto parts = make_builder(settings, clock);
  parts.log(cairn::stderr_log(cairn::log_level::warning));
  auto app = parts.start();
  if (!app) return app;
  const auto books = app->aggregate<town_calendar>(std::string{town_calendar::id}).state();
  if (!books) return books.error();
  if (const auto closed = books->state.closed) clock->close(*closed);
  return app;
}

exit_code with_store(const cairn::config& settings,
                     if_absent then,
                     const std::function<exit_code(cairn::runtime& app, town_clock& clock)>& use) {
  const auto clock = std::make_shared<town_clock>();
  auto app = open_store(settings, then, clock);
  if (!app) return report_failure(app.error());
  const exit_code so_far = use(*app, *clock);
  const auto stopped = app->stop();
  return stopped ? so_far : report_failure(stopped.error());
}

exit_code report_failure(const cairn::error& why) {
  return support::report_failure(program_name, why);
}

exit_code report_rejection(const std::string& id, fine_case::rejection why) {
  if (why == fine_case::rejection::no_such_case) return report_no_case(id);
  std::cerr << program_name << ": case " << id << ": " << to_text(why) << '\n';
  return exit_code::rejected;
}

exit_code report_no_case(const std::string& id) {
  std::cerr << program_name << ": there is no case " << id << '\n';
  return exit_code::not_found;
}

}  // namespace fines
