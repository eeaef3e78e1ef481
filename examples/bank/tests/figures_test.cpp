#include "bank/app/batch_reader.hpp"
#include "bank/app/collect.hpp"
#include "bank/figures/csv_tables.hpp"
#include "bank_in_memory.hpp"
#include "support/temporary_file.hpp"
#include "support/values.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> tables{
    "bank_account", "bank_month", "bank_type", "bank_asof", "bank_negative", "bank_rounding"};

std::string contents_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Sends all rows, some at a time; every one must be accepted, as `repeated` says.
void import(cairn::runtime& app, const fs::path& file, bool repeated) {
  bank::batch_reader reader{file, 4, support::if_malformed::stop};
  for (bool more = true; more;) {
    const bank::batch some = reader.next();
    for (const auto& one : app.ask_many<bank::account>(some.lines)) {
      ASSERT_NE(one.accepted(), nullptr);
      EXPECT_EQ(one.accepted()->repeated, repeated);
    }
    more = !some.is_last;
  }
}

// The sample has what is odd in such logs: rows that are not in the order of seq, balances that do
// not follow, an account that begins in the middle, accounts below zero, and words with quotes. Its
// tables were computed by SQL.
TEST(BankFigures, AreThoseOfTheSampleAlsoWhenItIsImportedTwice) {
  const fs::path sample{SAMPLE_FOLDER};
  const fs::path folder = fs::path{testing::TempDir()} / ("bank." + std::to_string(::getpid()));
  std::set<bank::business_day> days;
  for (const auto* day : {"2000-12-31", "2001-01-31", "2001-02-15", "2001-02-28"})
    days.insert(*support::parse_day(day));

  auto app = bank::testing::start_in_memory();
  ASSERT_TRUE(app) << cairn::describe(app.error());
  for (const bool repeated : {false, true}) {
    import(*app, sample / "bank.csv", repeated);
    const auto all = bank::collect_figures(*app, days);
    ASSERT_TRUE(all) << cairn::describe(all.error());
    ASSERT_EQ(bank::write_csv_tables(*all, folder), "");
    for (const auto table : tables) {
      const std::string name = std::string{table} + ".csv";
      EXPECT_EQ(contents_of(folder / name), contents_of(sample / name)) << name;
    }
  }
  fs::remove_all(folder);
}

TEST(BankFigures, TakeAwayWhatAnAmountBelowZeroTakesBack) {
  const support::testing::temporary_file file{
      "row,account_id,seq,trans_id,date,type,operation,k_symbol,amount,balance,bank,"
      "partner_account\n"
      "1,7,1,1,2001-01-30,PRIJEM,VKLAD,,10,10,,\n"
      "2,7,2,2,2001-01-30,PRIJEM,VKLAD,,-3,7,,\n"
      "3,7,3,3,2001-01-31,VYDAJ,VYBER,,-1,8,,\n"};
  auto app = bank::testing::start_in_memory();
  ASSERT_TRUE(app) << cairn::describe(app.error());
  import(*app, file.path(), false);
  const auto all = bank::collect_figures(*app, {});
  ASSERT_TRUE(all) << cairn::describe(all.error());
  ASSERT_EQ(all->accounts.size(), 1U);
  EXPECT_EQ(all->accounts[0].sum_cents, 800);
  EXPECT_EQ(all->accounts[0].balance_cents, 800);
  ASSERT_EQ(all->months.size(), 1U);
  EXPECT_EQ(all->months[0].credit_cents, 700);
  EXPECT_EQ(all->months[0].debit_cents, -100);
  EXPECT_TRUE(all->differences.empty());
}

TEST(BankFigures, ComeInTheOrderOfAccountNumbers) {
  std::vector<std::string> accounts{"ann", "100", "20", "3"};
  std::sort(accounts.begin(), accounts.end(), bank::is_account_before);
  EXPECT_EQ(accounts, (std::vector<std::string>{"3", "20", "100", "ann"}));
}

}  // namespace
