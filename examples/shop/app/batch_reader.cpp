#include "shop/app/batch_reader.hpp"

#include "shop/domain/bill.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace shop {

batch batch_reader::next() {
  batch some;
  support::fill_batch(rows_, size_, then_, complaints_, some, [this, &some](const retail_row& row) {
    take(row, some);
  });
  end_invoices(some);
  return some;
}

void batch_reader::take(const retail_row& row, batch& into) {
  const line what{row.row, row.stock_code, row.description, row.quantity, row.unit_price_mils};
  const heading head{row.customer, row.country, row.time};
  into.lines.push_back({.id = row.invoice,
                        .wish = book_line{kind_of(row.invoice), head, what},
                        .options = {.command_id = row.invoice + '/' + std::to_string(row.row)}});
  into.file_lines.push_back(rows_.line());
  present_invoices_.insert(row.invoice);
  std::string account = account_of(row.customer);
  if (accounts_.insert(account).second) into.new_accounts.push_back(std::move(account));
}

/// The rows of an invoice stand together in a log, but for a few; one that comes later is asked for
/// by itself.
void batch_reader::end_invoices(batch& of) {
  const bool file_ends = of.is_last && of.stopped_because.empty();
  if (file_ends) present_invoices_.merge(std::exchange(earlier_invoices_, {}));
  std::set_difference(earlier_invoices_.begin(),
                      earlier_invoices_.end(),
                      present_invoices_.begin(),
                      present_invoices_.end(),
                      std::back_inserter(of.ended_invoices));
  earlier_invoices_ = std::exchange(present_invoices_, {});
  if (file_ends) of.ended_invoices.assign(earlier_invoices_.begin(), earlier_invoices_.end());
}

}  // namespace shop
