#pragma once

#include "shop/figures/rows.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace shop {

/// How many a list of the best has.
inline constexpr std::size_t top_limit = 50;

enum class rank_by : std::uint8_t { units, revenue };

/// Whether a stock code is a product's: five digits first. Others are postage, fees, vouchers.
[[nodiscard]] bool is_product(std::string_view stock_code) noexcept;

/// The first `limit` by net units or net revenue, largest first, then by stock code.
[[nodiscard]] std::vector<product_figures> top_of(std::vector<product_figures> all,
                                                  rank_by what,
                                                  std::size_t limit);

}  // namespace shop
