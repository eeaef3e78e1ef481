#include "shop/retail/row_reader.hpp"

#include "shop/text/values.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using shop::row_reader;

const std::string header =
    "row,invoice_no,stock_code,description,quantity,invoice_date,unit_price,customer_id,country\n";

/// All that a file holds: a row as "row/description", a complaint without the file's name.
std::vector<std::string> read_all(const std::string& contents) {
  const support::testing::temporary_file file{contents};
  row_reader rows{file.path()};
  std::vector<std::string> found;
  for (;;) {
    switch (rows.next()) {
      case row_reader::outcome::row:
        found.push_back(std::to_string(rows.row().row) + "/" + rows.row().description);
        break;
      case row_reader::outcome::end: return found;
      case row_reader::outcome::malformed:
      case row_reader::outcome::unreadable:
        found.push_back(rows.complaint().substr(file.path().string().size()));
        if (found.back().starts_with(':')) return found;
        break;
    }
  }
}

using lines = std::vector<std::string>;

TEST(RowReader, ReadsARow) {
  const support::testing::temporary_file file{
      header + "7,C536365,85123A,\"TRAY, \"\"OVAL\"\"\",-6,2010-12-01 08:26:00,2.55,17850,EIRE\n"};
  row_reader rows{file.path()};
  ASSERT_EQ(rows.next(), row_reader::outcome::row);
  EXPECT_EQ(rows.row().row, 7U);
  EXPECT_EQ(rows.row().invoice, "C536365");
  EXPECT_EQ(rows.row().stock_code, "85123A");
  EXPECT_EQ(rows.row().description, "TRAY, \"OVAL\"");
  EXPECT_EQ(rows.row().quantity, -6);
  EXPECT_EQ(rows.row().time, shop::parse_time("2010-12-01 08:26:00"));
  EXPECT_EQ(rows.row().unit_price_mils, 2'550);
  EXPECT_EQ(rows.row().customer, "17850");
  EXPECT_EQ(rows.row().country, "EIRE");
  EXPECT_EQ(rows.next(), row_reader::outcome::end);
}

TEST(RowReader, FindsColumnsByName) {
  EXPECT_EQ(read_all("country,x,row,customer_id,invoice_no,stock_code,quantity,invoice_date,"
                     "unit_price,description\nEIRE,,1,,2,3,4,2010-12-01 08:26:00,5,six\n"),
            (lines{"1/six"}));
}

TEST(RowReader, WantsEachColumnOnce) {
  const std::string expected =
      " exactly once: expected are row, invoice_no, stock_code, description, quantity, "
      "invoice_date, unit_price, customer_id, country; found are ";
  EXPECT_EQ(read_all("row,invoice_no\n"),
            (lines{": the header needs the column stock_code" + expected + "row, invoice_no"}));
  EXPECT_EQ(read_all("row," + header),
            (lines{": the header needs the column row" + expected +
                   "row, row, invoice_no, stock_code, description, quantity, invoice_date, "
                   "unit_price, customer_id, country"}));
  EXPECT_EQ(read_all(""), (lines{": has no header line"}));
}

TEST(RowReader, KeepsFieldsByteForByte) {
  EXPECT_EQ(read_all(header + "1,2,3, CAF\xC3\x89 ,4,2010-12-01 08:26:00,5,,\r\n"
                              "2,2,3,\"two\nlines\",4,2010-12-01 08:26:00,5,,\r\n"
                              "\n3,2,3,,4,2010-12-01 08:26:00,5,,"),
            (lines{"1/ CAF\xC3\x89 ", "2/two\nlines", "3/"}));
}

TEST(RowReader, IgnoresAByteOrderMark) {
  EXPECT_EQ(read_all("\xEF\xBB\xBF" + header + "1,2,3,x,4,2010-12-01 08:26:00,5,,\n"),
            (lines{"1/x"}));
}

TEST(RowReader, NamesTheLineOfAMalformedRowAndGoesOnBehindIt) {
  EXPECT_EQ(read_all(header + "1,2,3,x,four,2010-12-01 08:26:00,5,,\n"
                              "2,2,3,x,4,2010-12-01 08:26:00,5,\n"
                              "3,2,3,x,4,2010-12-01,5,,\n"
                              "4,2,3,x,4,2010-12-01 08:26:00,5.0001,,\n"
                              "0,2,3,x,4,2010-12-01 08:26:00,5,,\n"
                              "6,,3,x,4,2010-12-01 08:26:00,5,,\n"
                              "7,2,,x,4,2010-12-01 08:26:00,5,,\n"
                              "8,2,3,good,4,2010-12-01 08:26:00,5,,\n"),
            (lines{", line 2: the quantity \"four\" is no whole number",
                   ", line 3: 8 fields instead of 9",
                   ", line 4: the date \"2010-12-01\" is not of the form YYYY-MM-DD HH:MM:SS",
                   ", line 5: the price \"5.0001\" is no number with at most three decimals",
                   ", line 6: the row \"0\" is no positive whole number",
                   ", line 7: the invoice number is empty",
                   ", line 8: the stock code is empty",
                   "8/good"}));
}

TEST(RowReader, LosesOnlyTheRowWhoseQuoteIsNotClosed) {
  EXPECT_EQ(read_all(header + "1,2,3,\"open,4,2010-12-01 08:26:00,5,,\n"
                              "2,2,3,good,4,2010-12-01 08:26:00,5,,\n"
                              "3,2,3,\"good, too\",4,2010-12-01 08:26:00,5,,\n"),
            (lines{", line 2: a quote stands where none may", "2/good", "3/good, too"}));
  EXPECT_EQ(read_all(header + "1,2,3,\"open,4,2010-12-01 08:26:00,5,,\n"),
            (lines{", line 2: a quoted field does not end"}));
}

TEST(RowReader, RefusesNumbersBeyondTheirLimits) {
  EXPECT_EQ(read_all(header +
                     "1,2,3,x,10000001,2010-12-01 08:26:00,5,,\n"
                     "2,2,3,x,1,2010-12-01 08:26:00,-900000.001,,\n" +
                     "3," + std::string(101, '2') + ",3,x,1,2010-12-01 08:26:00,1,,\n")
                .size(),
            3U);
}

TEST(RowReader, LeavesOutARowThatItHasReadAlready) {
  const std::string row = "1,2,3,x,4,2010-12-01 08:26:00,5,,\n";
  EXPECT_EQ(read_all(header + row + row), (lines{"1/x"}));
}

TEST(RowReader, RefusesARowThatSaysSomethingElseThanBefore) {
  EXPECT_EQ(
      read_all(header + "1,2,3,x,4,2010-12-01 08:26:00,5,,\n"
                        "1,2,3,x,5,2010-12-01 08:26:00,5,,\n"
                        "1,20,3,x,5,2010-12-01 08:26:00,5,,\n"),
      (lines{"1/x", ", line 3: row 1 of invoice 2 says something else than on line 2", "1/x"}));
}

}  // namespace
