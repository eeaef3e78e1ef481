#pragma once

#include "shop/retail/dice.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace shop {

/// Something that a made-up shop sells.
struct product {
  std::string stock_code;
  std::string description;
  std::int64_t unit_price_mils = 0;
};

/// A customer of a made-up shop.
struct shopper {
  std::string customer;
  std::string country;
};

/// `count` products with distinct stock codes, and the descriptions of a gift shop.
[[nodiscard]] std::vector<product> make_products(dice& chance, std::uint64_t count);

/// `count` customers with distinct ids, nine out of ten from the United Kingdom.
[[nodiscard]] std::vector<shopper> make_shoppers(dice& chance, std::uint64_t count);

}  // namespace shop
