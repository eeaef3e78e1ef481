#include "bank/app/export.hpp"

#include "bank/app/collect.hpp"
#include "bank/figures/csv_tables.hpp"

#include <iostream>

namespace bank {

exit_code export_tables(const cairn::config& settings,
                        const std::filesystem::path& folder,
                        const std::set<business_day>& as_of) {
  return with_store(settings, if_absent::refuse, [&](cairn::runtime& app) {
    const auto all = collect_figures(app, as_of);
    if (!all) return report_failure(all.error());
    const auto complaint = write_csv_tables(*all, folder);
    if (complaint.empty()) return exit_code::done;
    std::cerr << program_name << ": " << complaint << '\n';
    return exit_code::failed;
  });
}

}  // namespace bank
