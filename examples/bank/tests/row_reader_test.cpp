#include "bank/log/row_reader.hpp"

#include "support/temporary_file.hpp"
#include "support/values.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace {

using bank::row_reader;

const std::string header =
    "row,account_id,seq,trans_id,date,type,operation,k_symbol,amount,balance,bank,"
    "partner_account\n";

/// All that a file holds: a row as "account/row amount balance", a complaint without the file's
/// name.
std::vector<std::string> read_all(const std::string& contents) {
  const support::testing::temporary_file file{contents};
  row_reader rows{file.path()};
  std::vector<std::string> found;
  for (;;) {
    switch (rows.next()) {
      case row_reader::outcome::row:
        found.push_back(rows.row().account + '/' + std::to_string(rows.row().entry.row) + ' ' +
                        std::to_string(rows.row().entry.amount_cents) + ' ' +
                        std::to_string(rows.row().entry.balance_cents));
        break;
      case row_reader::outcome::end: return found;
      case row_reader::outcome::malformed:
        found.push_back(rows.complaint().substr(file.path().string().size()));
        break;
      case row_reader::outcome::unreadable:
        found.push_back(rows.complaint().substr(file.path().string().size()));
        return found;
    }
  }
}

using lines = std::vector<std::string>;

TEST(BankRowReader, ReadsAMovement) {
  const support::testing::temporary_file file{
      header + "55,1628,2,477639,1993-01-12,PRIJEM,PREVOD Z UCTU,DUCHOD,4276.00,4976.5,UV,0159\n"};
  row_reader rows{file.path()};
  ASSERT_EQ(rows.next(), row_reader::outcome::row);
  EXPECT_EQ(rows.row().account, "1628");
  EXPECT_EQ(rows.row().entry,
            (bank::log_entry{55,
                             2,
                             477'639,
                             *support::parse_day("1993-01-12"),
                             "PRIJEM",
                             "PREVOD Z UCTU",
                             "DUCHOD",
                             427'600,
                             497'650,
                             "UV",
                             "0159"}));
  EXPECT_EQ(rows.next(), row_reader::outcome::end);
}

TEST(BankRowReader, FindsColumnsByName) {
  EXPECT_EQ(read_all("partner_account,x,bank,balance,amount,k_symbol,operation,type,date,trans_id,"
                     "seq,account_id,row\n,,,-0.07,1,,,VYDAJ,1993-01-12,9,1,007,3\n"),
            (lines{"7/3 100 -7"}));
}

TEST(BankRowReader, RefusesAFileWithoutItsColumns) {
  EXPECT_EQ(read_all("row,account_id\n1,2\n"),
            (lines{": the header needs the column seq exactly once: expected are row, account_id, "
                   "seq, trans_id, date, type, operation, k_symbol, amount, balance, bank, "
                   "partner_account; found are row, account_id"}));
}

TEST(BankRowReader, ShowsNoMoreOfAStrangeHeaderThanCanBeRead) {
  const auto complaints = read_all(std::string(5'000, 'x') + "\n");
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_TRUE(complaints[0].ends_with("; found are " + std::string(400, 'x') + "..."));
}

/// The bank takes back what it booked by mistake.
TEST(BankRowReader, ReadsAmountsBelowZero) {
  EXPECT_EQ(read_all(header + "1,2,1,1,1993-01-12,PRIJEM,,,-3,7,,\n"), (lines{"2/1 -300 700"}));
}

TEST(BankRowReader, NamesTheLineOfAMalformedRowAndGoesOnBehindIt) {
  EXPECT_EQ(read_all(header + "1,2,1,1,1993-01-12,PRIJEM,,,1.005,1,,\n"
                              "2,2,1,1,1993-01-12,PRIJEM,,,1,,,\n"
                              "3,2,1,1,1993-02-29,PRIJEM,,,1,1,,\n"
                              "4,2,1,1,1993-01-12,,,,1,1,,\n"
                              "5,0,1,1,1993-01-12,PRIJEM,,,1,1,,\n"
                              "6,2,x,1,1993-01-12,PRIJEM,,,1,1,,\n"
                              "7,2,1,1,1993-01-12,PRIJEM,,,1,1,\n"
                              "8,2,1,1,1993-01-12,PRIJEM,,,1,10000000000000.01,,\n"
                              "9,2,1,1,1993-01-12,PRIJEM,,,-100000000000.01,1,,\n"
                              "10,2,1,1,1993-01-12,PRIJEM,,,1,1,,\n"),
            (lines{", line 2: the amount \"1.005\" is no number with at most two decimals",
                   ", line 3: the balance \"\" is no number with at most two decimals",
                   ", line 4: the date \"1993-02-29\" is not of the form YYYY-MM-DD",
                   ", line 5: the type is empty",
                   ", line 6: the account_id \"0\" is no positive whole number",
                   ", line 7: the seq \"x\" is no whole number",
                   ", line 8: 11 fields instead of 12",
                   ", line 9: the balance \"10000000000000.01\" is too large",
                   ", line 10: the amount \"-100000000000.01\" is too large",
                   "2/10 100 100"}));
}

TEST(BankRowReader, LeavesOutARowThatItHasReadAlready) {
  const std::string row = "1,2,1,1,1993-01-12,PRIJEM,,,1,1,,\n";
  EXPECT_EQ(read_all(header + row + row), (lines{"2/1 100 100"}));
}

TEST(BankRowReader, RefusesARowThatSaysSomethingElseThanBefore) {
  EXPECT_EQ(read_all(header + "1,2,1,1,1993-01-12,PRIJEM,,,1,1,,\n"
                              "1,2,1,1,1993-01-12,PRIJEM,,,2,1,,\n"
                              "1,3,1,1,1993-01-12,PRIJEM,,,2,2,,\n"),
            (lines{"2/1 100 100",
                   ", line 3: row 1 of account 2 says something else than on line 2",
                   "3/1 200 200"}));
}

}  // namespace
