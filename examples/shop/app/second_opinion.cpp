#include "shop/app/second_opinion.hpp"

#include "shop/figures/csv_tables.hpp"
#include "shop/figures/print_report.hpp"
#include "shop/retail/truth.hpp"

#include <iostream>
#include <optional>

namespace shop {

namespace {

using day = std::chrono::local_days;

/// Gives `sums` the rows up to the day `until`; done, or malformed when rows were left out.
exit_code read_rows(const second_opinion_options& input, std::optional<day> until, truth& sums) {
  row_reader rows{input.file};
  exit_code so_far = exit_code::done;
  for (;;) {
    switch (rows.next()) {
      case row_reader::outcome::row:
        if (!until || std::chrono::floor<std::chrono::days>(rows.row().time) <= *until) {
          sums.take(rows.row());
        }
        break;
      case row_reader::outcome::end: return so_far;
      case row_reader::outcome::unreadable:
        std::cerr << "shop: " << rows.complaint() << '\n';
        return exit_code::failed;
      case row_reader::outcome::malformed:
        std::cerr << "shop: " << rows.complaint() << '\n';
        if (!input.skip_malformed) return exit_code::malformed;
        so_far = exit_code::malformed;
        break;
    }
  }
}

bool is_complete(const second_opinion_options& input, exit_code read) {
  return read == exit_code::done || (read == exit_code::malformed && input.skip_malformed);
}

}  // namespace

exit_code print_truth(const second_opinion_options& input, const report_options& options) {
  truth sums{{}};
  const exit_code read = read_rows(input, options.as_of, sums);
  if (!is_complete(input, read)) return read;
  figures all = sums.result();
  report_figures shown{all.days, all.countries, all.products, all.customers, {}};
  for (const auto& one : all.invoices)
    ++shown.stages[{one.kind, order_stage::confirmed}];
  print_report(shown, options.limit, std::cout);
  return read;
}

exit_code write_truth(const second_opinion_options& input,
                      const std::filesystem::path& folder,
                      const std::set<day>& as_of) {
  truth sums{as_of};
  const exit_code read = read_rows(input, {}, sums);
  if (!is_complete(input, read)) return read;
  const auto complaint = write_csv_tables(sums.result(), folder);
  if (complaint.empty()) return read;
  std::cerr << "shop: " << complaint << '\n';
  return exit_code::failed;
}

}  // namespace shop
