#include "shop/retail/row_reader.hpp"

#include "shop/domain/line.hpp"
#include "shop/text/values.hpp"

#include <array>
#include <string_view>

namespace shop {

using support::is_name;
using support::wrong_field;

namespace {

constexpr std::array<std::string_view, 9> column_names{"row",
                                                       "invoice_no",
                                                       "stock_code",
                                                       "description",
                                                       "quantity",
                                                       "invoice_date",
                                                       "unit_price",
                                                       "customer_id",
                                                       "country"};

}  // namespace

row_reader::row_reader(const std::filesystem::path& file)
    : rows_(file, {column_names.begin(), column_names.end()}) {}

row_reader::outcome row_reader::next() {
  for (;;) {
    const outcome found = rows_.next();
    if (found != outcome::row) return found;
    if (const auto why = convert(); !why.empty()) return rows_.refuse(why);
    bool is_repeat = false;
    const auto why = check_repeat(is_repeat);
    if (!why.empty()) return rows_.refuse(why);
    if (!is_repeat) return outcome::row;
  }
}

/// Fills row_; returns what is wrong with the record, or nothing.
std::string row_reader::convert() {
  const auto row = parse_integer(field(row_number));
  if (!row || *row <= 0)
    return wrong_field("row", field(row_number), "is no positive whole number");
  if (field(invoice_no).empty()) return "the invoice number is empty";
  if (field(stock_code).empty()) return "the stock code is empty";
  for (const column which : {invoice_no, stock_code, customer_id, country}) {
    if (!is_name(field(which)))
      return wrong_field(column_names.at(which), field(which), "is too long, or holds a NUL byte");
  }
  const auto count = parse_integer(field(quantity));
  if (!count) return wrong_field("quantity", field(quantity), "is no whole number");
  if (!is_within(*count, quantity_max))
    return wrong_field("quantity", field(quantity), "is too large");
  const auto time = parse_time(field(invoice_date));
  if (!time)
    return wrong_field("date", field(invoice_date), "is not of the form YYYY-MM-DD HH:MM:SS");
  const auto price = parse_mils(field(unit_price));
  if (!price) {
    return wrong_field("price", field(unit_price), "is no number with at most three decimals");
  }
  if (!is_within(*price, unit_price_mils_max)) {
    return wrong_field("price", field(unit_price), "is too large");
  }
  row_ = {static_cast<std::uint64_t>(*row),
          field(invoice_no),
          field(stock_code),
          field(description),
          *count,
          *time,
          *price,
          field(customer_id),
          field(country)};
  return {};
}

std::string row_reader::check_repeat(bool& is_repeat) {
  using sighting = support::column_reader::sighting;
  const auto seen = rows_.look_for_repeat(row_.invoice + '/' + std::to_string(row_.row));
  is_repeat = seen == sighting::repeated;
  if (seen != sighting::different) return {};
  return "row " + std::to_string(row_.row) + " of invoice " + row_.invoice +
         " says something else than on line " + std::to_string(rows_.first_line());
}

}  // namespace shop
