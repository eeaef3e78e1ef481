#include "bank/figures/csv_tables.hpp"

#include "support/table_file.hpp"
#include "support/values.hpp"

#include <algorithm>
#include <system_error>

namespace bank {

using support::table_file;

namespace {

std::string write_accounts(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder,
                  "bank_account",
                  "account_id,trans,first,last,sum_cents,balance_cents,min_balance_cents"};
  for (const auto& one : all.accounts) {
    file.row(one.account,
             one.movements,
             one.first,
             one.last,
             one.sum_cents,
             one.balance_cents,
             one.balance_cents_min);
  }
  return file.close();
}

std::string write_months(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder, "bank_month", "month,trans,credit_cents,debit_cents,accounts"};
  for (const auto& one : all.months) {
    constexpr std::size_t year_and_month = 7;
    file.row(support::format_day(one.month).substr(0, year_and_month),
             one.movements,
             one.credit_cents,
             one.debit_cents,
             one.accounts);
  }
  return file.close();
}

std::string write_kinds(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder, "bank_type", "type,operation,k_symbol,n,amount_cents"};
  for (const auto& one : all.kinds) {
    file.row(one.kind, one.operation, one.symbol, one.movements, one.amount_cents);
  }
  return file.close();
}

std::string write_accounts_as_of(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder, "bank_asof", "asof,account_id,trans,balance_cents"};
  for (const auto& [day, accounts] : all.accounts_as_of) {
    for (const auto& one : accounts)
      file.row(day, one.account, one.movements, one.balance_cents);
  }
  return file.close();
}

std::string write_negative(const figures& all, const std::filesystem::path& folder) {
  table_file file{
      folder, "bank_negative", "account_id,rows_below_zero,first_date,min_balance_cents"};
  for (const auto& one : all.accounts) {
    if (one.movements_below_zero == 0) continue;
    file.row(one.account, one.movements_below_zero, one.first_below_zero, one.balance_cents_min);
  }
  return file.close();
}

std::string write_differences(const figures& all, const std::filesystem::path& folder) {
  table_file file{
      folder, "bank_rounding", "row,account_id,seq,expected_cents,recorded_cents,diff_cents"};
  for (const auto& one : all.differences) {
    file.row(one.row,
             one.account,
             one.seq,
             one.expected_cents,
             one.recorded_cents,
             one.recorded_cents - one.expected_cents);
  }
  return file.close();
}

}  // namespace

bool is_account_before(const std::string& one, const std::string& other) {
  const auto number = support::parse_integer(one);
  const auto other_number = support::parse_integer(other);
  if (number && other_number && *number != *other_number) return *number < *other_number;
  if (number.has_value() != other_number.has_value()) return number.has_value();
  return one < other;
}

std::string write_csv_tables(const figures& all, const std::filesystem::path& folder) {
  std::error_code trouble;
  std::filesystem::create_directories(folder, trouble);
  if (trouble) return "cannot make " + folder.string() + ": " + trouble.message();
  for (const auto& complaint : {write_accounts(all, folder),
                                write_months(all, folder),
                                write_kinds(all, folder),
                                write_accounts_as_of(all, folder),
                                write_negative(all, folder),
                                write_differences(all, folder)}) {
    if (!complaint.empty()) return complaint;
  }
  return {};
}

}  // namespace bank
