#pragma once

#include "shop/domain/order_stage.hpp"
#include "shop/figures/rows.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace shop {

/// Everything that `shop export` and `shop truth` write, in the order in which it is written: by
/// the bytes of the first column.
struct figures {
  std::vector<invoice_figures> invoices;
  std::vector<payment_figures> payments;
  std::vector<account_figures> accounts;
  std::vector<customer_figures> customers;
  std::vector<country_figures> countries;
  std::vector<product_figures> products;
  std::vector<day_figures> days;
  std::vector<product_figures> top_units;
  std::vector<product_figures> top_revenue;
  std::vector<product_figures> top_revenue_products_only;
  /// The known customers as they stood at the end of a day.
  std::map<std::chrono::local_days, std::vector<customer_figures>> customers_as_of;
};

/// What a report shows, to people.
struct report_figures {
  std::vector<day_figures> days;
  std::vector<country_figures> countries;
  std::vector<product_figures> products;
  std::vector<customer_figures> customers;
  std::map<std::pair<invoice_kind, order_stage>, std::int64_t> stages;
};

}  // namespace shop
