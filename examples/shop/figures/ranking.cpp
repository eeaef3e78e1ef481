#include "shop/figures/ranking.hpp"

#include <algorithm>

namespace shop {

bool is_product(std::string_view stock_code) noexcept {
  constexpr std::size_t digits = 5;
  if (stock_code.size() < digits) return false;
  return std::all_of(stock_code.begin(), stock_code.begin() + digits, [](char letter) {
    return letter >= '0' && letter <= '9';
  });
}

std::vector<product_figures> top_of(std::vector<product_figures> all,
                                    rank_by what,
                                    std::size_t limit) {
  std::sort(all.begin(), all.end(), [what](const auto& left, const auto& right) {
    const auto left_sum = what == rank_by::units ? left.net_units : left.net_mils;
    const auto right_sum = what == rank_by::units ? right.net_units : right.net_mils;
    if (left_sum != right_sum) return left_sum > right_sum;
    return left.stock_code < right.stock_code;
  });
  if (all.size() > limit) all.resize(limit);
  return all;
}

}  // namespace shop
