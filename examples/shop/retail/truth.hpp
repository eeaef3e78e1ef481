#pragma once

#include "shop/figures/figures.hpp"
#include "shop/retail/row_reader.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace shop {

/// Computes the shop's figures straight from the rows, in memory and without Cairn: the second
/// opinion that a store is compared with. It is written to be seen through, not to be fast.
class truth {
 public:
  /// `as_of`: the days for figures::customers_as_of.
  explicit truth(std::set<std::chrono::local_days> as_of) : as_of_(std::move(as_of)) {}

  void take(const retail_row& row);

  [[nodiscard]] figures result() const;

 private:
  struct counted {
    std::set<std::string> invoices;
    std::set<std::string> cancellations;
    std::set<std::string> customers;
  };
  struct customer_so_far {
    customer_figures sums;
    counted seen;
  };

  void take_invoice(const retail_row& row);
  void pay(figures& all) const;
  static void add(const retail_row& row, customer_so_far& to);

  std::set<std::chrono::local_days> as_of_;
  std::map<std::string, invoice_figures> invoices_;
  /// The account that pays each invoice.
  std::map<std::string, std::string> payers_;
  std::set<std::string> accounts_;
  std::map<std::string, customer_so_far> customers_;
  std::map<std::string, std::pair<country_figures, counted>> countries_;
  std::map<std::string, product_figures> products_;
  std::map<std::chrono::local_days, std::pair<day_figures, counted>> days_;
  std::map<std::chrono::local_days, std::map<std::string, customer_so_far>> customers_as_of_;
};

}  // namespace shop
