#include "bank/app/batch_reader.hpp"
#include "bank/app/collect.hpp"
#include "bank/figures/csv_tables.hpp"
#include "bank_in_memory.hpp"
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

TEST(BankFigures, ComeInTheOrderOfAccountNumbers) {
  std::vector<std::string> accounts{"ann", "100", "20", "3"};
  std::sort(accounts.begin(), accounts.end(), bank::is_account_before);
  EXPECT_EQ(accounts, (std::vector<std::string>{"3", "20", "100", "ann"}));
}

}  // namespace
