#pragma once

#include "bank/domain/log_entry.hpp"
#include "support/column_reader.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace bank {

/// A row of the bank's log: a movement, and whose it is.
struct log_row {
  std::string account;
  log_entry entry;
};

/// Reads movements from a CSV file whose header names the columns row, account_id, seq, trans_id,
/// date, type, operation, k_symbol, amount, balance, bank and partner_account, in any order; other
/// columns are ignored. One thread.
///
/// Malformed is a row with another number of fields than the header; with a row or account number
/// that is not positive; with an empty type; with a number, an amount or a date that is none, or is
/// beyond its limit; or with the row and account number of an earlier row that says something else.
/// If it says the same, it is the same row, and is left out.
class row_reader {
 public:
  using outcome = support::column_reader::outcome;

  explicit row_reader(const std::filesystem::path& file);

  [[nodiscard]] outcome next();

  /// What `next` found, until it is called again.
  [[nodiscard]] const log_row& row() const { return row_; }

  /// "FILE, line 17: the amount \"x\" is no number with at most two decimals"
  [[nodiscard]] const std::string& complaint() const { return rows_.complaint(); }

  [[nodiscard]] std::uint64_t line() const { return rows_.line(); }
  [[nodiscard]] std::uint64_t bytes_read() const { return rows_.bytes_read(); }
  /// Rows that were left out because an earlier one is the same.
  [[nodiscard]] std::uint64_t repeated() const { return rows_.repeated(); }

 private:
  [[nodiscard]] std::string convert();
  [[nodiscard]] std::string convert_numbers(log_entry& entry);
  [[nodiscard]] std::string convert_words(log_entry& entry);

  support::column_reader rows_;
  log_row row_;
};

}  // namespace bank
