#include "shop/retail/generate.hpp"

#include "shop/retail/row_reader.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace {

std::string made(std::uint64_t rows, std::uint64_t seed) {
  std::ostringstream out;
  shop::generate({.rows = rows, .seed = seed}, out);
  return std::move(out).str();
}

TEST(Generate, GivesTheSameForTheSameSeed) {
  EXPECT_EQ(made(2'000, 7), made(2'000, 7));
  EXPECT_NE(made(2'000, 7), made(2'000, 8));
}

// The same on every machine: FNV-1a over the bytes, as it was when this was written.
TEST(Generate, GivesTheBytesThatItAlwaysGave) {
  std::uint64_t sum = 0xCBF29CE484222325U;
  for (const char byte : made(5'000, 1)) {
    sum = (sum ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
  }
  EXPECT_EQ(sum, 4'354'460'326'877'977'764U);
}

TEST(Generate, MakesALogWithEverythingThatAShopHas) {
  const support::testing::temporary_file file{made(20'000, 1)};
  shop::row_reader rows{file.path()};
  std::uint64_t count = 0;
  std::uint64_t unknown = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t adjusted = 0;
  std::uint64_t corrected = 0;
  std::uint64_t abroad = 0;
  auto before = std::chrono::local_seconds::min();
  for (auto what = rows.next(); what != shop::row_reader::outcome::end; what = rows.next()) {
    ASSERT_EQ(what, shop::row_reader::outcome::row) << rows.complaint();
    const auto& row = rows.row();
    EXPECT_EQ(row.row, ++count);
    EXPECT_GE(row.time + std::chrono::minutes{120}, before);
    before = row.time;
    unknown += row.customer.empty() ? 1 : 0;
    cancelled += row.invoice.starts_with('C') ? 1 : 0;
    adjusted += row.invoice.starts_with('A') ? 1 : 0;
    corrected += row.unit_price_mils == 0 && row.quantity < 0 ? 1 : 0;
    abroad += row.country != "United Kingdom" ? 1 : 0;
  }
  EXPECT_EQ(count, 20'000U);
  EXPECT_GT(unknown, 3'000U);
  EXPECT_LT(unknown, 7'000U);
  EXPECT_GT(cancelled, 50U);
  EXPECT_GT(adjusted, 0U);
  EXPECT_GT(corrected, 10U);
  EXPECT_GT(abroad, 500U);
}

TEST(Generate, MakesExactlyAsManyRowsAsAskedFor) {
  for (const std::uint64_t rows : {0U, 1U, 17U}) {
    const auto text = made(rows, 3);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), static_cast<std::ptrdiff_t>(rows + 1));
  }
}

}  // namespace
