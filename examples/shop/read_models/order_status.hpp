#pragma once

#include "shop/domain/order.hpp"
#include "shop/figures/rows.hpp"

#include "cairn/read_model.hpp"
#include "cairn/table.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shop {

/// All invoices, in the order of their numbers.
struct all_invoices {
  using answer = std::vector<invoice_figures>;
};

/// What was paid of each invoice, and by which account, in the order of their numbers.
struct all_payments {
  using answer = std::vector<payment_figures>;
};

/// How many invoices of each kind were in each stage at the end of the day `until`.
struct invoices_by_stage {
  using answer = std::map<std::pair<invoice_kind, order_stage>, std::int64_t>;
  std::optional<std::chrono::local_days> until;
};

/// Where each order stands, what it comes to, and what was paid of it. On disk.
struct order_status {
  static constexpr std::string_view stable_name = "shop.order_status";
  static constexpr std::uint32_t version = 2;
  using sources = cairn::sources<cairn::some_of<order,
                                                line_booked,
                                                payment_requested,
                                                confirmed,
                                                payment_refused,
                                                shipped,
                                                delivered,
                                                cancelled,
                                                returned>>;

  struct row {
    invoice_kind kind{};
    business_time first_time = business_time::max();
    std::string customer;
    std::string country;
    std::int64_t lines = 0;
    std::int64_t units = 0;
    std::int64_t total_mils = 0;
    /// Empty while no payment has been asked for.
    std::string account;
    shop::bill bill;
    /// Each stage after the first `placed`, and when it was reached, in that order.
    std::vector<std::pair<order_stage, business_time>> stages;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, kind, first_time, customer, country, lines, units, total_mils);
      cairn::fields(archive, account, bill, stages);
    }

    [[nodiscard]] order_stage stage() const {
      return stages.empty() ? order_stage::placed : stages.back().first;
    }
  };

  struct tables {
    cairn::table<std::string, row> invoices;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, cairn::field("invoices", invoices));
    }
  };

  static void apply(tables& now, const cairn::recorded<line_booked>& fact) {
    now.invoices.update(std::string{fact.meta.aggregate_id}, [&](row& one) {
      one.kind = fact->kind;
      one.first_time = std::min(one.first_time, fact->head.time);
      one.customer = std::max(one.customer, fact->head.customer);
      one.country = std::max(one.country, fact->head.country);
      ++one.lines;
      one.units += fact->what.quantity;
      one.total_mils += fact->what.total_mils();
      // There is more to be paid.
      if (one.stage() == order_stage::confirmed) {
        one.stages.emplace_back(order_stage::placed, fact->head.time);
      }
    });
  }
  static void apply(tables& now, const cairn::recorded<payment_requested>& fact) {
    now.invoices.update(std::string{fact.meta.aggregate_id}, [&](row& one) {
      one.account = fact->account;
      one.bill.add(fact.event);
    });
  }
  static void apply(tables& now, const cairn::recorded<confirmed>& fact) {
    now.invoices.update(std::string{fact.meta.aggregate_id}, [&](row& one) {
      one.bill.add(fact.event);
      if (one.stage() == order_stage::placed && one.bill.is_settled(one.kind, one.total_mils)) {
        one.stages.emplace_back(order_stage::confirmed, fact->time);
      }
    });
  }
  static void apply(tables& now, const cairn::recorded<payment_refused>& fact) {
    now.invoices.update(std::string{fact.meta.aggregate_id},
                        [&](row& one) { one.bill.add(fact.event); });
  }
  static void apply(tables& now, const cairn::recorded<shipped>& fact) {
    reach(now, fact.meta, order_stage::shipped, fact->time);
  }
  static void apply(tables& now, const cairn::recorded<delivered>& fact) {
    reach(now, fact.meta, order_stage::delivered, fact->time);
  }
  static void apply(tables& now, const cairn::recorded<cancelled>& fact) {
    reach(now, fact.meta, order_stage::cancelled, fact->time);
  }
  static void apply(tables& now, const cairn::recorded<returned>& fact) {
    reach(now, fact.meta, order_stage::returned, fact->time);
  }

  static all_invoices::answer query(const tables& now, const all_invoices& /*question*/) {
    all_invoices::answer all;
    now.invoices.each([&all](const std::string& invoice, const row& one) {
      all.push_back({invoice,
                     one.kind,
                     one.first_time,
                     one.customer,
                     one.country,
                     one.lines,
                     one.units,
                     one.total_mils});
    });
    return all;
  }

  static all_payments::answer query(const tables& now, const all_payments& /*question*/) {
    all_payments::answer all;
    now.invoices.each([&all](const std::string& invoice, const row& one) {
      all.push_back({invoice,
                     one.account,
                     one.bill.paid_mils,
                     one.bill.is_settled(one.kind, one.total_mils)});
    });
    return all;
  }

  static invoices_by_stage::answer query(const tables& now, const invoices_by_stage& question) {
    invoices_by_stage::answer counts;
    const auto is_known = [&question](business_time time) {
      return !question.until || std::chrono::floor<std::chrono::days>(time) <= *question.until;
    };
    now.invoices.each([&](const std::string& /*invoice*/, const row& one) {
      if (!is_known(one.first_time)) return;
      auto stage = order_stage::placed;
      for (const auto& [reached, time] : one.stages) {
        if (is_known(time)) stage = reached;
      }
      ++counts[{one.kind, stage}];
    });
    return counts;
  }

 private:
  static void reach(tables& now,
                    const cairn::event_metadata& meta,
                    order_stage stage,
                    business_time time) {
    now.invoices.update(std::string{meta.aggregate_id},
                        [&](row& one) { one.stages.emplace_back(stage, time); });
  }
};

}  // namespace shop
