#include "fines/app/export.hpp"

#include "fines/app/books.hpp"
#include "fines/app/collect.hpp"
#include "fines/figures/csv_tables.hpp"

#include <iostream>

namespace fines {

exit_code export_tables(const cairn::config& settings, const export_options& options) {
  return with_store(settings, if_absent::refuse, [&](cairn::runtime& app, town_clock& /*clock*/) {
    if (const auto settled = settle_deadlines(app); !settled) {
      return report_failure(settled.error());
    }
    // Time travel is the dear part: only when it is asked for.
    const bool looks_back = options.tables.contains(as_of_table);
    const auto all = collect_figures(app, looks_back ? options.as_of : std::set<calendar_day>{});
    if (!all) return report_failure(all.error());
    const auto complaint = write_csv_tables(*all, options.tables, options.folder);
    if (complaint.empty()) return exit_code::done;
    std::cerr << program_name << ": " << complaint << '\n';
    return exit_code::failed;
  });
}

}  // namespace fines
