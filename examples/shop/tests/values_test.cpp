#include "shop/text/values.hpp"

#include <gtest/gtest.h>

namespace {

using shop::parse_day;
using shop::parse_integer;
using shop::parse_mils;
using shop::parse_time;

TEST(Values, ReadsPricesAsMils) {
  EXPECT_EQ(parse_mils("2.55"), 2'550);
  EXPECT_EQ(parse_mils("0.001"), 1);
  EXPECT_EQ(parse_mils("-11062.06"), -11'062'060);
  EXPECT_EQ(parse_mils("7"), 7'000);
  EXPECT_EQ(parse_mils("2.1000000"), 2'100);
  EXPECT_EQ(parse_mils("0"), 0);
}

TEST(Values, ReadsNoPriceFromAnythingElse) {
  for (const auto* text : {"",
                           "-",
                           ".5",
                           "5.",
                           "1.0001",
                           "1e3",
                           " 1",
                           "1 ",
                           "+1",
                           "1,5",
                           "--1",
                           "1.-5",
                           "x",
                           "9999999999999999999999",
                           "9223372036854775.808"}) {
    EXPECT_EQ(parse_mils(text), std::nullopt) << text;
  }
}

TEST(Values, ReadsWholeNumbersOnly) {
  EXPECT_EQ(parse_integer("-80995"), -80'995);
  for (const auto* text : {"", "-", "+1", "1.0", " 1", "1 ", "99999999999999999999"}) {
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
  }
}

TEST(Values, WritesTimesAsItReadsThem) {
  for (const auto* text : {"2010-12-01 08:26:00",
                           "2012-02-29 23:59:59",
                           "1969-12-31 23:59:59",
                           "0001-01-01 00:00:00"}) {
    const auto time = parse_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(shop::format_time(*time), text);
  }
}

TEST(Values, ReadsNoTimeThatDoesNotExist) {
  for (const auto* text : {"",
                           "2010-12-01",
                           "2010-12-01 08:26",
                           "2010-02-30 08:26:00",
                           "2010-13-01 08:26:00",
                           "2010-12-01 24:00:00",
                           "2010-12-01 08:60:00",
                           "2010-12-01 08:26:60",
                           "2010-12-01T08:26:00",
                           "10/12/2010 08:26:00",
                           "2010-12-01 08:26:00 ",
                           "2010-12-01 -8:26:00"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_day("2011-02-29"), std::nullopt);
  EXPECT_TRUE(parse_day("2012-02-29"));
}

TEST(Values, WritesNumbersForPeople) {
  EXPECT_EQ(shop::format_count(270'959), "270,959");
  EXPECT_EQ(shop::format_count(-1'000), "-1,000");
  EXPECT_EQ(shop::format_count(999), "999");
  EXPECT_EQ(shop::format_money(1'234'567'890), "1,234,567.89");
  EXPECT_EQ(shop::format_money(-1), "-0.001");
  EXPECT_EQ(shop::format_money(0), "0.00");
  EXPECT_EQ(shop::format_money(std::numeric_limits<std::int64_t>::min()),
            "-9,223,372,036,854,775.808");
}

}  // namespace
