#include "shop/app/report.hpp"

#include "shop/app/collect.hpp"
#include "shop/app/store.hpp"
#include "shop/figures/csv_tables.hpp"
#include "shop/figures/print_report.hpp"

#include <iostream>

namespace shop {

namespace {

exit_code print_figures(cairn::runtime& app, const report_options& options) {
  const auto all = collect_report(app, options.as_of);
  if (!all) return report_failure(all.error());
  print_report(*all, options.limit, std::cout);
  return exit_code::done;
}

exit_code write_figures(cairn::runtime& app,
                        const std::filesystem::path& folder,
                        const std::set<std::chrono::local_days>& as_of) {
  const auto all = collect_figures(app, as_of);
  if (!all) return report_failure(all.error());
  const auto complaint = write_csv_tables(*all, folder);
  if (complaint.empty()) return exit_code::done;
  std::cerr << "shop: " << complaint << '\n';
  return exit_code::failed;
}

}  // namespace

exit_code report(const cairn::config& settings, const report_options& options) {
  auto app = open_store(settings, if_absent::refuse);
  if (!app) return report_failure(app.error());
  return close_store(*app, print_figures(*app, options));
}

exit_code export_tables(const cairn::config& settings,
                        const std::filesystem::path& folder,
                        const std::set<std::chrono::local_days>& as_of) {
  auto app = open_store(settings, if_absent::refuse);
  if (!app) return report_failure(app.error());
  return close_store(*app, write_figures(*app, folder, as_of));
}

}  // namespace shop
