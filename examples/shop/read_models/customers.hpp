#pragma once

#include "shop/domain/order.hpp"
#include "shop/figures/rows.hpp"
#include "shop/read_models/distinct.hpp"

#include "cairn/read_model.hpp"
#include "cairn/table.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shop {

/// All customers with their orders and what they were worth, as known at the end of the day
/// `until`. The customer without a name stands for all sales whose customer is not known.
struct all_customers {
  using answer = std::vector<customer_figures>;
  std::optional<std::chrono::local_days> until;
};

/// Customers with their orders and lifetime value, on disk. Kept by day, as the sales are.
struct customers {
  static constexpr std::string_view stable_name = "shop.customers";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::some_of<order, line_booked>>;

  using day = std::chrono::local_days;

  struct day_sums {
    std::int64_t orders = 0;
    std::int64_t cancellations = 0;
    std::int64_t gross_mils = 0;
    std::int64_t cancelled_mils = 0;
    std::int64_t units = 0;
    business_time first_time = business_time::max();
    business_time last_time = business_time::min();

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(
          archive, orders, cancellations, gross_mils, cancelled_mils, units, first_time, last_time);
    }
  };

  struct tables {
    cairn::table<std::pair<std::string, day>, day_sums> days;
    cairn::table<std::pair<std::string, std::string>, day> invoices;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, cairn::field("days", days), cairn::field("invoices", invoices));
    }
  };

  static void apply(tables& now, const cairn::recorded<line_booked>& fact) {
    const auto& head = fact->head;
    const day when = std::chrono::floor<std::chrono::days>(head.time);
    const bool is_cancellation = fact->kind == invoice_kind::cancellation;
    const auto seen =
        note(now.invoices, {head.customer, std::string{fact.meta.aggregate_id}}, when);
    now.days.update({head.customer, when}, [&](day_sums& sums) {
      if (seen.counts_on) ++(is_cancellation ? sums.cancellations : sums.orders);
      (is_cancellation ? sums.cancelled_mils : sums.gross_mils) += fact->what.total_mils();
      sums.units += fact->what.quantity;
      sums.first_time = std::min(sums.first_time, head.time);
      sums.last_time = std::max(sums.last_time, head.time);
    });
    if (!seen.no_longer_on) return;
    now.days.update({head.customer, *seen.no_longer_on}, [&](day_sums& sums) {
      --(is_cancellation ? sums.cancellations : sums.orders);
    });
  }

  static all_customers::answer query(const tables& now, const all_customers& question) {
    all_customers::answer all;
    now.days.each([&](const std::pair<std::string, day>& key, const day_sums& sums) {
      if (!is_until(key.second, question.until)) return;
      if (all.empty() || all.back().customer != key.first) {
        all.push_back({.customer = key.first, .first_time = sums.first_time});
      }
      customer_figures& one = all.back();
      one.orders += sums.orders;
      one.cancellations += sums.cancellations;
      one.gross_mils += sums.gross_mils;
      one.cancelled_mils += sums.cancelled_mils;
      one.net_units += sums.units;
      // Days come in their order: the first one has the first time, and the last one the last.
      one.last_time = sums.last_time;
    });
    return all;
  }
};

}  // namespace shop
