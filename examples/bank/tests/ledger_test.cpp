#include "bank/app/ask.hpp"
#include "bank/app/collect.hpp"
#include "bank_in_memory.hpp"
#include "support/values.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

bank::business_day day(const char* text) {
  return *support::parse_day(text);
}

bank::log_entry entry_of(std::uint64_t seq, const char* date, std::int64_t balance_cents) {
  bank::log_entry entry;
  entry.row = seq;
  entry.seq = seq;
  entry.date = day(date);
  entry.kind = bank::credit_kind;
  entry.amount_cents = 100;
  entry.balance_cents = balance_cents;
  return entry;
}

/// A bank with one account, "7": three movements of a log, of which the second and the third came
/// the other way round, and then two at the counter.
class Ledger : public ::testing::Test {
 protected:
  void SetUp() override {
    send(bank::record_movement{entry_of(1, "2001-01-10", 100)});
    send(bank::record_movement{entry_of(3, "2001-01-30", 301)});
    send(bank::record_movement{entry_of(2, "2001-01-20", 200)});
    send(bank::set_limit{1'000});
    send(bank::withdraw{400, day("2001-02-10"), ""});
    send(bank::deposit{50, day("2001-02-20"), "8"});
  }

  void send(const bank::account::command& wish) {
    ASSERT_NE(app->aggregate<bank::account>("7").ask(wish).accepted(), nullptr);
  }

  std::vector<std::int64_t> balances(const bank::statement& question) {
    const auto page = bank::ask<bank::ledger>(*app, question);
    EXPECT_TRUE(page);
    std::vector<std::int64_t> all{page->balance_cents_before};
    for (const auto& line : page->lines)
      all.push_back(line.balance_cents);
    return all;
  }

  /// The balance and the number of movements at the end of a day.
  std::pair<std::int64_t, std::int64_t> as_of(const char* text) {
    const auto then = bank::accounts_as_of(*app, day(text), "7");
    EXPECT_TRUE(then);
    if (then->empty()) return {0, 0};
    return {then->front().balance_cents, then->front().movements};
  }

  cairn::result<cairn::runtime> app = bank::testing::start_in_memory();
};

TEST_F(Ledger, ShowsTheMovementsInTheOrderOfSeq) {
  EXPECT_EQ(balances({.account = "7"}), (std::vector<std::int64_t>{0, 100, 200, 301, -99, -49}));
}

TEST_F(Ledger, ShowsAPartOfTheMovementsWithTheBalanceBeforeThem) {
  EXPECT_EQ(balances({.account = "7", .from = day("2001-01-20"), .until = day("2001-02-10")}),
            (std::vector<std::int64_t>{100, 200, 301, -99}));
  EXPECT_EQ(balances({.account = "7", .from = day("2001-03-01")}),
            (std::vector<std::int64_t>{-49}));
  EXPECT_EQ(balances({.account = "70"}), (std::vector<std::int64_t>{0}));
}

TEST_F(Ledger, KnowsTheWordsForTransfersAndCash) {
  const auto page = bank::ask<bank::ledger>(*app, bank::statement{.account = "7"});
  ASSERT_EQ(page->lines.size(), 5U);
  EXPECT_EQ(page->lines[3].operation, "VYBER");
  EXPECT_EQ(page->lines[4].operation, "PREVOD Z UCTU");
  EXPECT_EQ(page->lines[4].partner_account, "8");
}

TEST_F(Ledger, FindsTheStateAtAnyPastDate) {
  using known = std::pair<std::int64_t, std::int64_t>;
  EXPECT_EQ(as_of("2001-01-09"), (known{0, 0}));
  EXPECT_EQ(as_of("2001-01-10"), (known{100, 1}));
  EXPECT_EQ(as_of("2001-01-29"), (known{200, 2}));
  EXPECT_EQ(as_of("2001-01-30"), (known{301, 3}));
  EXPECT_EQ(as_of("2001-02-10"), (known{-99, 4}));
  EXPECT_EQ(as_of("2030-01-01"), (known{-49, 5}));
}

TEST_F(Ledger, ReportsOnlyTheBalancesThatDoNotFollow) {
  const auto odd = bank::ask<bank::ledger>(*app, bank::differences{});
  ASSERT_EQ(odd->size(), 1U);
  EXPECT_EQ(odd->front().seq, 3U);
  EXPECT_EQ(odd->front().expected_cents, 300);
}

TEST_F(Ledger, AgreesWithTheAggregate) {
  const auto accounts = bank::ask<bank::ledger>(*app, bank::all_accounts{});
  const auto now = app->aggregate<bank::account>("7").state();
  ASSERT_EQ(accounts->size(), 1U);
  EXPECT_EQ(accounts->front().balance_cents, now->state.newest.balance_cents);
  EXPECT_EQ(accounts->front().movements_below_zero, 2);
  EXPECT_EQ(accounts->front().first_below_zero, day("2001-02-10"));
}

}  // namespace
