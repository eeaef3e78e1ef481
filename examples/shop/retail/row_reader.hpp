#pragma once

#include "support/column_reader.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace shop {

/// One line of an invoice as the log of a shop has it.
struct retail_row {
  /// The order of the log; with the invoice it is the row's identity.
  std::uint64_t row = 0;
  std::string invoice;
  std::string stock_code;
  std::string description;
  std::int64_t quantity = 0;
  std::chrono::local_seconds time{};
  std::int64_t unit_price_mils = 0;
  /// Empty when not known.
  std::string customer;
  std::string country;
};

/// Reads retail rows from a CSV file whose header names the columns row, invoice_no, stock_code,
/// description, quantity, invoice_date, unit_price, customer_id and country, in any order; other
/// columns are ignored. One thread.
///
/// Malformed is a row with another number of fields than the header; with an empty field among row,
/// invoice, stock code, quantity, date and price; with a number or a date that is none, or is
/// beyond its limit; or with the row number and invoice of an earlier row that says something else.
/// If it says the same, it is the same row, and is left out.
class row_reader {
 public:
  using outcome = support::column_reader::outcome;

  explicit row_reader(const std::filesystem::path& file);

  [[nodiscard]] outcome next();

  /// What `next` found, until it is called again.
  [[nodiscard]] const retail_row& row() const { return row_; }

  /// "FILE, line 17: the quantity \"x\" is no whole number"
  [[nodiscard]] const std::string& complaint() const { return rows_.complaint(); }

  [[nodiscard]] std::uint64_t line() const { return rows_.line(); }
  [[nodiscard]] std::uint64_t bytes_read() const { return rows_.bytes_read(); }
  /// Rows that were left out because an earlier one is the same.
  [[nodiscard]] std::uint64_t repeated() const { return rows_.repeated(); }

 private:
  enum column : std::uint8_t {
    row_number,
    invoice_no,
    stock_code,
    description,
    quantity,
    invoice_date,
    unit_price,
    customer_id,
    country,
  };

  [[nodiscard]] std::string convert();
  [[nodiscard]] std::string check_repeat(bool& is_repeat);
  [[nodiscard]] const std::string& field(column which) const { return rows_.field(which); }

  support::column_reader rows_;
  retail_row row_;
};

}  // namespace shop
