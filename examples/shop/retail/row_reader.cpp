#include "shop/retail/row_reader.hpp"

#include "shop/domain/line.hpp"
#include "shop/text/values.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

namespace shop {

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

// These become names of aggregates, ids of commands, and keys of tables.
constexpr std::size_t name_bytes_max = 100;

bool is_name(const std::string& text) {
  return text.size() <= name_bytes_max && text.find('\0') == std::string::npos;
}

std::string wrong(std::string_view what, const std::string& text, std::string_view why) {
  constexpr std::size_t shown = 40;
  return std::string{"the "}
      .append(what)
      .append(" \"")
      .append(text, 0, shown)
      .append("\" ")
      .append(why);
}

std::size_t hash_of(const std::vector<std::string>& fields) {
  std::size_t sum = 0;
  for (const auto& field : fields) {
    sum = sum * 0x9E3779B97F4A7C15U + std::hash<std::string>{}(field);
  }
  return sum;
}

}  // namespace

row_reader::row_reader(const std::filesystem::path& file) : file_(file), csv_(file) {}

row_reader::outcome row_reader::next() {
  if (!header_read_ && !read_header()) return outcome::unreadable;
  for (;;) {
    switch (csv_.next()) {
      case csv_reader::outcome::end: return outcome::end;
      case csv_reader::outcome::malformed: return complain(outcome::malformed, csv_.complaint());
      case csv_reader::outcome::record: break;
    }
    if (const auto why = convert(); !why.empty()) return complain(outcome::malformed, why);
    bool is_repeat = false;
    const auto why = check_repeat(is_repeat);
    if (!why.empty()) return complain(outcome::malformed, why);
    if (!is_repeat) return outcome::row;
    ++repeated_;
  }
}

bool row_reader::read_header() {
  if (!csv_.is_open()) {
    complaint_ = file_.string() + ": cannot be opened";
    return false;
  }
  if (csv_.next() != csv_reader::outcome::record) {
    complaint_ = file_.string() + ": has no header line";
    return false;
  }
  const auto& names = csv_.fields();
  header_size_ = names.size();
  for (std::size_t i = 0; i < column_names.size(); ++i) {
    const auto found = std::find(names.begin(), names.end(), column_names.at(i));
    if (found == names.end() || std::count(found, names.end(), *found) != 1) {
      complaint_ = file_.string() + ": the header needs the column " +
                   std::string{column_names.at(i)} + " exactly once";
      return false;
    }
    places_.at(i) = static_cast<std::size_t>(found - names.begin());
  }
  header_read_ = true;
  return true;
}

/// Fills row_; returns what is wrong with the record, or nothing.
std::string row_reader::convert() {
  if (csv_.fields().size() != header_size_) {
    return std::to_string(csv_.fields().size()) + " fields instead of " +
           std::to_string(header_size_);
  }
  const auto row = parse_integer(field(row_number));
  if (!row || *row <= 0) return wrong("row", field(row_number), "is no positive whole number");
  if (field(invoice_no).empty()) return "the invoice number is empty";
  if (field(stock_code).empty()) return "the stock code is empty";
  for (const column which : {invoice_no, stock_code, customer_id, country}) {
    if (!is_name(field(which)))
      return wrong(column_names.at(which), field(which), "is too long, or holds a NUL byte");
  }
  const auto count = parse_integer(field(quantity));
  if (!count) return wrong("quantity", field(quantity), "is no whole number");
  if (!is_within(*count, quantity_max)) return wrong("quantity", field(quantity), "is too large");
  const auto time = parse_time(field(invoice_date));
  if (!time) return wrong("date", field(invoice_date), "is not of the form YYYY-MM-DD HH:MM:SS");
  const auto price = parse_mils(field(unit_price));
  if (!price) {
    return wrong("price", field(unit_price), "is no number with at most three decimals");
  }
  if (!is_within(*price, unit_price_mils_max)) {
    return wrong("price", field(unit_price), "is too large");
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
  const std::size_t hash = hash_of(csv_.fields());
  const auto [place, is_new] =
      seen_.try_emplace(row_.invoice + '/' + std::to_string(row_.row), seen_row{hash, csv_.line()});
  if (is_new) return {};
  is_repeat = place->second.contents_hash == hash;
  if (is_repeat) return {};
  return "row " + std::to_string(row_.row) + " of invoice " + row_.invoice +
         " says something else than on line " + std::to_string(place->second.line);
}

row_reader::outcome row_reader::complain(outcome what, const std::string& why) {
  complaint_ = file_.string() + ", line " + std::to_string(csv_.line()) + ": " + why;
  return what;
}

}  // namespace shop
