#include "shop/retail/truth.hpp"

#include "shop/domain/bill.hpp"
#include "shop/figures/ranking.hpp"

#include <algorithm>

namespace shop {

namespace {

std::int64_t total_of(const retail_row& row) {
  return row.quantity * row.unit_price_mils;
}

std::int64_t gross_of(const retail_row& row) {
  return kind_of(row.invoice) == invoice_kind::cancellation ? 0 : total_of(row);
}

std::int64_t count_of(const std::set<std::string>& names) {
  return static_cast<std::int64_t>(names.size());
}

}  // namespace

void truth::take(const retail_row& row) {
  const auto day = std::chrono::floor<std::chrono::days>(row.time);
  take_invoice(row);
  add(row, customers_[row.customer]);
  for (const auto until : as_of_) {
    if (day <= until && !row.customer.empty()) add(row, customers_as_of_[until][row.customer]);
  }

  auto& [country, seen_there] = countries_[row.country];
  country.country = row.country;
  country.net_mils += total_of(row);
  country.gross_mils += gross_of(row);
  seen_there.invoices.insert(row.invoice);
  if (!row.customer.empty()) seen_there.customers.insert(row.customer);

  auto& product = products_[row.stock_code];
  product.stock_code = row.stock_code;
  ++product.lines;
  product.net_units += row.quantity;
  product.net_mils += total_of(row);

  auto& [sums, seen_then] = days_[day];
  sums.day = day;
  ++sums.lines;
  sums.net_units += row.quantity;
  sums.net_mils += total_of(row);
  sums.gross_mils += gross_of(row);
  seen_then.invoices.insert(row.invoice);
}

void truth::take_invoice(const retail_row& row) {
  const auto [place, is_new] = invoices_.try_emplace(row.invoice);
  auto& invoice = place->second;
  if (is_new) {
    invoice.invoice = row.invoice;
    invoice.kind = kind_of(row.invoice);
    invoice.first_time = row.time;
    payers_[row.invoice] = account_of(row.customer);
  }
  accounts_.insert(account_of(row.customer));
  invoice.first_time = std::min(invoice.first_time, row.time);
  invoice.customer = std::max(invoice.customer, row.customer);
  invoice.country = std::max(invoice.country, row.country);
  ++invoice.lines;
  invoice.units += row.quantity;
  invoice.total_mils += total_of(row);
}

void truth::add(const retail_row& row, customer_so_far& to) {
  auto& [sums, seen] = to;
  const bool is_first = seen.invoices.empty() && seen.cancellations.empty();
  sums.customer = row.customer;
  sums.first_time = is_first ? row.time : std::min(sums.first_time, row.time);
  sums.last_time = is_first ? row.time : std::max(sums.last_time, row.time);
  sums.net_units += row.quantity;
  if (kind_of(row.invoice) == invoice_kind::cancellation) {
    seen.cancellations.insert(row.invoice);
    sums.cancelled_mils += total_of(row);
  } else {
    seen.invoices.insert(row.invoice);
    sums.gross_mils += total_of(row);
  }
  sums.orders = count_of(seen.invoices);
  sums.cancellations = count_of(seen.cancellations);
}

/// Every invoice is paid in full, by the customer of its first row.
void truth::pay(figures& all) const {
  std::map<std::string, std::int64_t> balances;
  for (const auto& account : accounts_)
    balances[account] = 0;
  for (const auto& [name, one] : invoices_) {
    const std::string& account = payers_.at(name);
    all.payments.push_back({name, account, one.total_mils, true});
    balances[account] -= one.total_mils;
  }
  for (const auto& [account, balance_mils] : balances)
    all.accounts.push_back({account, balance_mils});
}

figures truth::result() const {
  figures all;
  for (const auto& [name, one] : invoices_)
    all.invoices.push_back(one);
  pay(all);
  for (const auto& [name, one] : customers_)
    all.customers.push_back(one.sums);
  for (const auto& [name, one] : countries_) {
    all.countries.push_back(one.first);
    all.countries.back().invoices = count_of(one.second.invoices);
    all.countries.back().customers = count_of(one.second.customers);
  }
  std::vector<product_figures> products_only;
  for (const auto& [name, one] : products_) {
    all.products.push_back(one);
    if (is_product(name)) products_only.push_back(one);
  }
  for (const auto& [day, one] : days_) {
    all.days.push_back(one.first);
    all.days.back().invoices = count_of(one.second.invoices);
  }
  all.top_units = top_of(all.products, rank_by::units, top_limit);
  all.top_revenue = top_of(all.products, rank_by::revenue, top_limit);
  all.top_revenue_products_only = top_of(products_only, rank_by::revenue, top_limit);
  for (const auto until : as_of_)
    all.customers_as_of[until];
  for (const auto& [until, customers] : customers_as_of_) {
    for (const auto& [name, one] : customers)
      all.customers_as_of[until].push_back(one.sums);
  }
  return all;
}

}  // namespace shop
