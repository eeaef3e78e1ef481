#include "fines/figures/csv_tables.hpp"

#include "support/table_file.hpp"
#include "support/values.hpp"

#include <system_error>

namespace fines {

using support::table_file;

namespace {

constexpr std::size_t year_and_month = 7;

std::string write_cases(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder,
                  "fines_case",
                  "case_id,created,events,initial_cents,amount_cents,expense_cents,payments,"
                  "paid_cents,outstanding_cents,last_activity,credit_collection,last_date"};
  for (const auto& [id, now] : all.cases) {
    file.row(id,
             now.first,
             now.entries,
             now.initial_cents,
             now.amount_cents,
             now.expense_cents,
             now.payments,
             now.paid_cents,
             now.outstanding_cents(),
             to_text(now.newest),
             now.has(activity::send_to_collection) ? 1 : 0,
             now.last);
  }
  return file.close();
}

std::string write_activities(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder, "fines_activity", "activity,n,cases,first,last"};
  for (const auto& one : all.activities)
    file.row(to_text(one.what), one.entries, one.cases, one.first, one.last);
  return file.close();
}

std::string write_months(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder,
                  "fines_month",
                  "month,created,created_cents,payments,paid_cents,expense_cents,to_collection"};
  for (const auto& one : all.months) {
    file.row(support::format_day(one.month).substr(0, year_and_month),
             one.created,
             one.created_cents,
             one.payments,
             one.paid_cents,
             one.expense_cents,
             one.to_collection);
  }
  return file.close();
}

std::string write_articles(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder, "fines_article", "article,fines,created_cents"};
  for (const auto& one : all.articles)
    file.row(one.article, one.fines, one.created_cents);
  return file.close();
}

std::string write_anomalies(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder,
                  "fines_payment_anomaly",
                  "row,case_id,seq,payment_cents,recorded_total_cents,running_total_cents"};
  for (const auto& one : all.anomalies) {
    file.row(one.row,
             one.id,
             one.seq,
             one.payment_cents,
             one.recorded_total_cents,
             one.running_total_cents);
  }
  return file.close();
}

std::string write_variants(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder, "fines_variant", "variant,cases"};
  for (const auto& one : all.variants)
    file.row(one.text(), one.cases);
  return file.close();
}

std::string write_penalties(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder, "fines_penalty", "case_id,due,outstanding_cents,added"};
  const auto day_text = [](const std::optional<calendar_day>& day) {
    return day ? support::format_day(*day) : std::string{};
  };
  for (const auto& [id, notice, added] : all.penalties) {
    if (notice) {
      file.row(id, notice->due, notice->outstanding_cents, day_text(added));
    } else {
      file.row(id, "", "", day_text(added));
    }
  }
  return file.close();
}

std::string write_cases_as_of(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder, as_of_table, "asof,case_id,events,outstanding_cents,state"};
  for (const auto& [day, cases] : all.cases_as_of) {
    for (const auto& [id, then] : cases)
      file.row(day, id, then.entries, then.outstanding_cents(), to_text(then.newest));
  }
  return file.close();
}

}  // namespace

std::string write_csv_tables(const figures& all,
                             const std::set<std::string>& tables,
                             const std::filesystem::path& folder) {
  using write_table = std::string(const figures&, const std::filesystem::path&);
  constexpr std::array<write_table*, table_names.size()> writers{write_cases,
                                                                 write_activities,
                                                                 write_months,
                                                                 write_articles,
                                                                 write_anomalies,
                                                                 write_variants,
                                                                 write_penalties,
                                                                 write_cases_as_of};
  std::error_code trouble;
  std::filesystem::create_directories(folder, trouble);
  if (trouble) return "cannot make " + folder.string() + ": " + trouble.message();
  for (std::size_t i = 0; i < writers.size(); ++i) {
    if (!tables.contains(table_names.at(i))) continue;
    auto complaint = writers.at(i)(all, folder);
    if (!complaint.empty()) return complaint;
  }
  return {};
}

}  // namespace fines
