#include "shop/app/batch_reader.hpp"

namespace shop {

batch batch_reader::next() {
  batch some;
  some.lines.reserve(size_);
  while (some.lines.size() < size_ && !some.is_last) {
    switch (rows_.next()) {
      case row_reader::outcome::row: take(rows_.row(), some); break;
      case row_reader::outcome::end: some.is_last = true; break;
      case row_reader::outcome::unreadable:
        some.is_last = true;
        some.stopped_because = rows_.complaint();
        break;
      case row_reader::outcome::malformed:
        complaints_.push_back(rows_.complaint());
        if (then_ == if_malformed::skip) break;
        some.is_last = true;
        some.stopped_because = rows_.complaint();
        break;
    }
  }
  some.bytes_read = rows_.bytes_read();
  return some;
}

void batch_reader::take(const retail_row& row, batch& into) {
  const line what{row.row, row.stock_code, row.description, row.quantity, row.unit_price_mils};
  const heading head{row.customer, row.country, row.time};
  into.lines.push_back({.id = row.invoice,
                        .wish = book_line{kind_of(row.invoice), head, what},
                        .options = {.command_id = row.invoice + '/' + std::to_string(row.row)}});
  into.file_lines.push_back(rows_.line());
  if (!row.customer.empty() && customers_.insert(row.customer).second) {
    into.new_customers.push_back(row.customer);
  }
}

}  // namespace shop
