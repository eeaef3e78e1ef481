#include "shop/retail/truth.hpp"

#include "shop/text/values.hpp"

#include <gtest/gtest.h>

namespace {

shop::retail_row row_of(const std::string& invoice,
                        const std::string& time,
                        std::int64_t quantity,
                        const std::string& customer,
                        const std::string& country) {
  return {1, invoice, "71053", "", quantity, *shop::parse_time(time), 1'000, customer, country};
}

/// An invoice whose later row carries an earlier day, a customer less and another country.
shop::figures figures_of_an_odd_invoice() {
  shop::truth sums{{*shop::parse_day("2010-12-01"), *shop::parse_day("2010-11-30")}};
  sums.take(row_of("1", "2010-12-02 09:00:00", 2, "17850", "EIRE"));
  sums.take(row_of("1", "2010-12-01 10:00:00", 3, "", "France"));
  sums.take(row_of("C2", "2010-12-01 11:00:00", -1, "17850", "EIRE"));
  return sums.result();
}

TEST(Truth, TakesTheFirstTimeAndTheLargestNamesOfAnInvoice) {
  const auto all = figures_of_an_odd_invoice();
  ASSERT_EQ(all.invoices.size(), 2U);
  EXPECT_EQ(shop::format_time(all.invoices[0].first_time), "2010-12-01 10:00:00");
  EXPECT_EQ(all.invoices[0].customer, "17850");
  EXPECT_EQ(all.invoices[0].country, "France");
  EXPECT_EQ(all.invoices[0].total_mils, 5'000);
  EXPECT_EQ(all.invoices[1].kind, shop::invoice_kind::cancellation);
}

TEST(Truth, CountsAnInvoiceForEachOfItsCustomersCountriesAndDays) {
  const auto all = figures_of_an_odd_invoice();
  ASSERT_EQ(all.customers.size(), 2U);
  EXPECT_EQ(all.customers[0].orders, 1);
  EXPECT_EQ(all.customers[1].orders, 1);
  EXPECT_EQ(all.customers[1].cancellations, 1);
  EXPECT_EQ(all.customers[1].net_mils(), 1'000);
  ASSERT_EQ(all.countries.size(), 2U);
  EXPECT_EQ(all.countries[0].customers, 1);
  EXPECT_EQ(all.countries[1].customers, 0);
  ASSERT_EQ(all.days.size(), 2U);
  EXPECT_EQ(all.days[0].invoices, 2);
  EXPECT_EQ(all.days[1].invoices, 1);
}

TEST(Truth, KnowsCustomersAsTheyWereOnADay) {
  const auto all = figures_of_an_odd_invoice();
  EXPECT_TRUE(all.customers_as_of.at(*shop::parse_day("2010-11-30")).empty());
  const auto& then = all.customers_as_of.at(*shop::parse_day("2010-12-01"));
  ASSERT_EQ(then.size(), 1U);
  EXPECT_EQ(then[0].orders, 0);
  EXPECT_EQ(then[0].net_mils(), -1'000);
}

}  // namespace
