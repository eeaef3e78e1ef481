#include "shop/app/batch_reader.hpp"

namespace shop {

batch batch_reader::next() {
  batch some;
  support::fill_batch(rows_, size_, then_, complaints_, some, [this, &some](const retail_row& row) {
    take(row, some);
  });
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
