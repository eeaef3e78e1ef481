#include "fines/app/import.hpp"

#include "fines/app/batch_reader.hpp"
#include "fines/app/books.hpp"
#include "fines/domain/town_calendar.hpp"
#include "support/importer.hpp"
#include "support/send.hpp"

#include <algorithm>
#include <iostream>
#include <string>
#include <unordered_set>

namespace fines {

namespace {

/// Sends a batch; done, or it has said why not.
exit_code send(cairn::runtime& app,
               const batch& some,
               support::import_tally& count,
               std::unordered_set<std::string>& cases) {
  const auto outcomes = support::send_all(app, some.lines);
  if (!outcomes) return report_failure(outcomes.error());
  for (std::size_t i = 0; i < outcomes->size(); ++i) {
    const cairn::outcome<fine_case>& one = (*outcomes)[i];
    const std::string id{some.lines[i].id.text()};
    if (const auto* why = one.rejected()) {
      std::cerr << program_name << ": line " << some.file_lines[i] << " was refused\n";
      return report_rejection(id, *why);
    }
    ++count.rows;
    if (one.accepted()->repeated) ++count.rows_known_before;
    cases.insert(id);
  }
  return exit_code::done;
}

}  // namespace

exit_code import_file(const cairn::config& settings, const support::import_options& options) {
  return with_store(
      settings, if_absent::create, [&options](cairn::runtime& app, town_clock& clock) {
        batch_reader reader{options.file, options.batch, options.malformed};
        std::unordered_set<std::string> cases;
        return support::run_import(
            program_name,
            options,
            reader,
            [&](const batch& some, support::import_tally& count) {
              return send(app, some, count, cases);
            },
            [&cases] { return "of " + std::to_string(cases.size()) + " cases"; },
            [&](support::progress& shown) {
              if (!reader.latest()) return exit_code::done;
              // A log may have days that the calendar does not have; no deadline passes on them.
              const calendar_day day =
                  std::clamp(*reader.latest(), town_calendar::first_day, town_calendar::last_day);
              return close_books(app, clock, day, [&shown](std::uint64_t steps) {
                shown.show_left(steps, "steps of deadlines");
              });
            });
      });
}

}  // namespace fines
