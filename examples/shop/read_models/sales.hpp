#pragma once

#include "shop/domain/order.hpp"
#include "shop/figures/rows.hpp"
#include "shop/read_models/distinct.hpp"

#include "cairn/read_model.hpp"
#include "cairn/table.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shop {

/// What was sold on each day. `until`: as known at the end of that day.
struct sales_by_day {
  using answer = std::vector<day_figures>;
  std::optional<std::chrono::local_days> until;
};

/// What was sold to each country.
struct sales_by_country {
  using answer = std::vector<country_figures>;
  std::optional<std::chrono::local_days> until;
};

/// What was sold of each product.
struct sales_by_product {
  using answer = std::vector<product_figures>;
  std::optional<std::chrono::local_days> until;
};

/// Sales per day, country and product, on disk. Sums are kept by day, so that one walk answers for
/// today and for any day before.
struct sales {
  static constexpr std::string_view stable_name = "shop.sales";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::some_of<order, line_booked>>;

  using day = std::chrono::local_days;
  using name_and_day = std::pair<std::string, day>;
  using two_names = std::pair<std::string, std::string>;

  struct day_sums {
    std::int64_t lines = 0;
    std::int64_t invoices = 0;
    std::int64_t units = 0;
    std::int64_t net_mils = 0;
    std::int64_t gross_mils = 0;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, lines, invoices, units, net_mils, gross_mils);
    }
  };
  struct country_sums {
    std::int64_t invoices = 0;
    std::int64_t customers = 0;
    std::int64_t net_mils = 0;
    std::int64_t gross_mils = 0;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, invoices, customers, net_mils, gross_mils);
    }
  };
  struct product_sums {
    std::int64_t lines = 0;
    std::int64_t units = 0;
    std::int64_t net_mils = 0;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, lines, units, net_mils);
    }
  };

  struct tables {
    cairn::table<day, day_sums> days;
    cairn::table<std::pair<day, std::string>, bool> invoices_of_day;
    cairn::table<name_and_day, country_sums> countries;
    cairn::table<two_names, day> invoices_of_country;
    cairn::table<two_names, day> customers_of_country;
    cairn::table<name_and_day, product_sums> products;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive,
                    cairn::field("days", days),
                    cairn::field("invoices_of_day", invoices_of_day),
                    cairn::field("countries", countries),
                    cairn::field("invoices_of_country", invoices_of_country),
                    cairn::field("customers_of_country", customers_of_country),
                    cairn::field("products", products));
    }
  };

  static void apply(tables& now, const cairn::recorded<line_booked>& fact) {
    const day when = std::chrono::floor<std::chrono::days>(fact->head.time);
    const std::string invoice{fact.meta.aggregate_id};
    add_to_day(now, fact.event, invoice, when);
    add_to_country(now, fact.event, invoice, when);
    now.products.update({fact->what.stock_code, when}, [&](product_sums& sums) {
      ++sums.lines;
      sums.units += fact->what.quantity;
      sums.net_mils += fact->what.total_mils();
    });
  }

  static sales_by_day::answer query(const tables& now, const sales_by_day& question) {
    sales_by_day::answer all;
    now.days.each([&](day when, const day_sums& sums) {
      if (!is_until(when, question.until)) return false;
      all.push_back({when, sums.lines, sums.invoices, sums.units, sums.net_mils, sums.gross_mils});
      return true;
    });
    return all;
  }

  static sales_by_country::answer query(const tables& now, const sales_by_country& question) {
    sales_by_country::answer all;
    now.countries.each([&](const name_and_day& key, const country_sums& sums) {
      if (!is_until(key.second, question.until)) return;
      if (all.empty() || all.back().country != key.first) all.push_back({.country = key.first});
      country_figures& one = all.back();
      one.invoices += sums.invoices;
      one.customers += sums.customers;
      one.net_mils += sums.net_mils;
      one.gross_mils += sums.gross_mils;
    });
    return all;
  }

  static sales_by_product::answer query(const tables& now, const sales_by_product& question) {
    sales_by_product::answer all;
    now.products.each([&](const name_and_day& key, const product_sums& sums) {
      if (!is_until(key.second, question.until)) return;
      if (all.empty() || all.back().stock_code != key.first) {
        all.push_back({.stock_code = key.first});
      }
      product_figures& one = all.back();
      one.lines += sums.lines;
      one.net_units += sums.units;
      one.net_mils += sums.net_mils;
    });
    return all;
  }

 private:
  static std::int64_t gross_mils(const line_booked& fact) {
    return fact.kind == invoice_kind::cancellation ? 0 : fact.what.total_mils();
  }

  static void add_to_day(tables& now,
                         const line_booked& fact,
                         const std::string& invoice,
                         day when) {
    const bool is_new = !now.invoices_of_day.contains({when, invoice});
    if (is_new) now.invoices_of_day.put({when, invoice}, true);
    now.days.update(when, [&](day_sums& sums) {
      ++sums.lines;
      sums.invoices += is_new ? 1 : 0;
      sums.units += fact.what.quantity;
      sums.net_mils += fact.what.total_mils();
      sums.gross_mils += gross_mils(fact);
    });
  }

  static void add_to_country(tables& now,
                             const line_booked& fact,
                             const std::string& invoice,
                             day when) {
    const auto& [customer, country, time] = fact.head;
    const auto invoice_seen = note(now.invoices_of_country, {country, invoice}, when);
    const auto customer_seen =
        customer.empty() ? sighting{} : note(now.customers_of_country, {country, customer}, when);
    now.countries.update({country, when}, [&](country_sums& sums) {
      sums.invoices += invoice_seen.counts_on ? 1 : 0;
      sums.customers += customer_seen.counts_on ? 1 : 0;
      sums.net_mils += fact.what.total_mils();
      sums.gross_mils += gross_mils(fact);
    });
    if (const auto late = invoice_seen.no_longer_on) {
      now.countries.update({country, *late}, [](country_sums& sums) { --sums.invoices; });
    }
    if (const auto late = customer_seen.no_longer_on) {
      now.countries.update({country, *late}, [](country_sums& sums) { --sums.customers; });
    }
  }
};

}  // namespace shop
