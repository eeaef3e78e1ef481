#pragma once

#include "fines/domain/activity.hpp"
#include "fines/domain/case_events.hpp"
#include "support/column_reader.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace fines {

/// A row of the log: what happened, and in which case.
struct log_row {
  std::string id;
  case_event fact;
};

/// Reads what happened from a CSV file whose header names the columns row, case_id, seq, activity,
/// date, amount, expense, payment_amount, total_payment_amount, points, article, vehicle_class,
/// dismissal, resource, notification_type, last_sent and matricola, in any order; other columns are
/// ignored. One thread.
///
/// Malformed is a row with another number of fields than the header; with a row number that is not
/// positive; without a case; with an activity that this program does not know; with a field that
/// its activity does not have, and that would be lost; with a number, an amount or a date that is
/// none, or is beyond its limit; or with the row number and case of an earlier row that says
/// something else. If it says the same, it is the same row, and is left out.
class row_reader {
 public:
  using outcome = support::column_reader::outcome;

  explicit row_reader(const std::filesystem::path& file);

  [[nodiscard]] outcome next();

  /// What `next` found, until it is called again.
  [[nodiscard]] const log_row& row() const { return row_; }
  /// Its place in the log.
  [[nodiscard]] std::uint64_t row_number() const { return at_.row; }

  /// "FILE, line 17: the amount \"x\" is no number with at most two decimals"
  [[nodiscard]] const std::string& complaint() const { return rows_.complaint(); }

  [[nodiscard]] std::uint64_t line() const { return rows_.line(); }
  [[nodiscard]] std::uint64_t bytes_read() const { return rows_.bytes_read(); }
  /// Rows that were left out because an earlier one is the same.
  [[nodiscard]] std::uint64_t repeated() const { return rows_.repeated(); }

 private:
  struct numbers;

  [[nodiscard]] std::string convert();
  [[nodiscard]] std::string convert_place();
  [[nodiscard]] std::string convert_numbers(numbers& found) const;
  [[nodiscard]] std::string look_for_strays(activity what) const;
  [[nodiscard]] case_event make_fact(activity what, const numbers& found) const;

  support::column_reader rows_;
  happening at_;
  log_row row_;
};

}  // namespace fines
