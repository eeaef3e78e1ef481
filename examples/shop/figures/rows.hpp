#pragma once

#include "shop/domain/invoice_kind.hpp"

#include <chrono>
#include <cstdint>
#include <string>

// A row of each table that the shop can report: what read models answer, and what the check that
// does without Cairn computes from the rows of the input.
//
// gross: without cancellations. net: all together. mils: thousandths of the currency.

namespace shop {

struct invoice_figures {
  std::string invoice;
  invoice_kind kind{};
  std::chrono::local_seconds first_time{};
  std::string customer;
  std::string country;
  std::int64_t lines = 0;
  std::int64_t units = 0;
  std::int64_t total_mils = 0;
};

struct payment_figures {
  std::string invoice;
  /// Empty while no payment has been asked for.
  std::string account;
  std::int64_t paid_mils = 0;
  /// Nothing is left to pay.
  bool is_settled = false;
};

struct account_figures {
  std::string account;
  std::int64_t balance_mils = 0;
};

struct customer_figures {
  /// Empty for the sales whose customer is not known.
  std::string customer;
  std::int64_t orders = 0;
  std::int64_t cancellations = 0;
  std::int64_t gross_mils = 0;
  std::int64_t cancelled_mils = 0;
  std::int64_t net_units = 0;
  std::chrono::local_seconds first_time{};
  std::chrono::local_seconds last_time{};

  [[nodiscard]] std::int64_t net_mils() const noexcept { return gross_mils + cancelled_mils; }
};

struct country_figures {
  std::string country;
  std::int64_t invoices = 0;
  std::int64_t customers = 0;
  std::int64_t net_mils = 0;
  std::int64_t gross_mils = 0;
};

struct product_figures {
  std::string stock_code;
  std::int64_t lines = 0;
  std::int64_t net_units = 0;
  std::int64_t net_mils = 0;
};

struct day_figures {
  std::chrono::local_days day{};
  std::int64_t lines = 0;
  std::int64_t invoices = 0;
  std::int64_t net_units = 0;
  std::int64_t net_mils = 0;
  std::int64_t gross_mils = 0;
};

}  // namespace shop
