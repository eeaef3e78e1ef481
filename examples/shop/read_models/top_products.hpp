#pragma once

#include "shop/domain/order.hpp"
#include "shop/figures/ranking.hpp"

#include "cairn/read_model.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace shop {

/// The products with the largest sums.
struct top_of_products {
  using answer = std::vector<product_figures>;
  rank_by what = rank_by::revenue;
  std::size_t limit = top_limit;
  /// Without postage, fees and the like.
  bool products_only = false;
};

/// Which products sell best. Some thousand sums, so they are kept in memory, with snapshots: a
/// model with a `state` instead of `tables`.
struct top_products {
  static constexpr std::string_view stable_name = "shop.top_products";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::some_of<order, line_booked>>;

  struct sums {
    std::int64_t lines = 0;
    std::int64_t units = 0;
    std::int64_t net_mils = 0;

    bool operator==(const sums&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, lines, units, net_mils);
    }
  };

  struct state {
    std::map<std::string, sums> by_stock_code;

    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, cairn::field("by_stock_code", by_stock_code));
    }
  };

  static void apply(state& now, const cairn::recorded<line_booked>& fact) {
    sums& one = now.by_stock_code[fact->what.stock_code];
    ++one.lines;
    one.units += fact->what.quantity;
    one.net_mils += fact->what.total_mils();
  }

  static top_of_products::answer query(const state& now, const top_of_products& question) {
    std::vector<product_figures> all;
    for (const auto& [stock_code, one] : now.by_stock_code) {
      if (question.products_only && !is_product(stock_code)) continue;
      all.push_back({stock_code, one.lines, one.units, one.net_mils});
    }
    return top_of(std::move(all), question.what, question.limit);
  }
};

}  // namespace shop
