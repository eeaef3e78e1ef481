#include "shop/retail/catalogue.hpp"

#include <array>
#include <string_view>

namespace shop {

namespace {

constexpr std::array<std::string_view, 16> looks{
    "RED",
    "WHITE",
    "PINK",
    "BLUE SPOTTY",
    "VINTAGE",
    "RETRO",
    "IVORY",
    "GLASS",
    "WOODEN",
    "KNITTED",
    "ANTIQUE",
    "FRENCH",
    "SILVER",
    "FELT",
    "CAFÉ",
    "SET OF 6",
};
constexpr std::array<std::string_view, 20> themes{
    "HEART",    "STAR",       "UNION JACK", "POLKADOT", "WOODLAND", "CHRISTMAS", "STRAWBERRY",
    "PAISLEY",  "BIRD",       "OWL",        "ROSE",     "DAISY",    "TOADSTOOL", "CIRCUS PARADE",
    "SPACEBOY", "DOLLY GIRL", "REGENCY",    "SKULLS",   "CHERRY",   "DINOSAUR",
};
constexpr std::array<std::string_view, 22> things{
    "T-LIGHT HOLDER",
    "LUNCH BAG",
    "JUMBO BAG",
    "CAKESTAND, 3 TIER",
    "BUNTING",
    "LANTERN",
    "HOT WATER BOTTLE",
    "MUG",
    "CAKE CASES",
    "DOORMAT",
    "PHOTO FRAME 7\" X 5\"",
    "ALARM CLOCK",
    "TRAY, OVAL",
    "WRAPPING PAPER",
    "TEA TOWEL",
    "BIRTHDAY CARD, ",
    "COOKIE CUTTER",
    "CUSHION COVER",
    "JAM JAR",
    "NOTEBOOK",
    "BOWL",
    "HANGING ORNAMENT",
};
constexpr std::array<std::int64_t, 16> prices_mils{
    190, 290, 420, 550, 650, 850, 1250, 1450, 1650, 1950, 2100, 2550, 2950, 4250, 7950, 12750};
constexpr std::array<std::string_view, 15> countries{
    "Germany",
    "France",
    "EIRE",
    "Spain",
    "Netherlands",
    "Belgium",
    "Switzerland",
    "Portugal",
    "Australia",
    "Norway",
    "Channel Islands",
    "Korea, Republic of",
    "Japan",
    "USA",
    "Unspecified",
};

template <class Row> std::string_view one_of(dice& chance, const Row& row) {
  return row.at(chance.below(row.size()));
}

}  // namespace

std::vector<product> make_products(dice& chance, std::uint64_t count) {
  constexpr std::uint64_t first_code = 10002;
  constexpr std::uint64_t codes = 80'000;
  // Shares no factor with `codes`, so that no code comes up twice.
  constexpr std::uint64_t stride = 27'183;
  std::vector<product> all;
  for (std::uint64_t i = 0; i < count; ++i) {
    product one;
    one.stock_code = std::to_string(first_code + i * stride % codes);
    if (i >= codes || chance.happens(1, 4)) one.stock_code += static_cast<char>('A' + i % 26);
    if (i >= codes) one.stock_code += std::to_string(i);
    one.description.append(one_of(chance, looks)).append(" ").append(one_of(chance, themes));
    one.description.append(" ").append(one_of(chance, things));
    one.unit_price_mils = prices_mils.at(chance.below(prices_mils.size()));
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<shopper> make_shoppers(dice& chance, std::uint64_t count) {
  constexpr std::uint64_t first_id = 12346;
  std::vector<shopper> all;
  for (std::uint64_t i = 0; i < count; ++i) {
    const bool at_home = chance.happens(9, 10);
    const auto abroad = countries.at(chance.heavy_tailed(countries.size(), dice::tail::even));
    all.push_back({std::to_string(first_id + i), std::string{at_home ? "United Kingdom" : abroad}});
  }
  return all;
}

}  // namespace shop
