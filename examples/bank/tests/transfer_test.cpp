#include "bank/app/transfer.hpp"

#include "bank/app/ask.hpp"
#include "bank/app/collect.hpp"
#include "bank_in_memory.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace {

using namespace std::chrono_literals;

constexpr bank::business_day new_year{2001y / 1 / 1};
constexpr bank::business_day next_day = new_year + std::chrono::days{1};

/// A bank where ann has 500 and may owe 100, and bob has nothing.
class Transfer : public ::testing::Test {
 protected:
  void SetUp() override {
    send("ann", bank::open_account{new_year, 100});
    send("ann", bank::deposit{500, new_year, ""});
    send("bob", bank::open_account{new_year, 0});
  }

  void send(const std::string& account, const bank::account::command& wish) {
    ASSERT_NE(app->aggregate<bank::account>(account).ask(wish).accepted(), nullptr);
  }

  /// Nothing, or who refused.
  std::optional<bank::transfer_refusal> move(const bank::transfer_options& options) {
    const auto moved = bank::move_money(*app, options);
    EXPECT_TRUE(moved);
    repeated = moved && moved->repeated;
    return moved ? moved->refused : std::nullopt;
  }

  std::int64_t balance_of(const std::string& account) {
    return app->aggregate<bank::account>(account).state()->state.newest.balance_cents;
  }

  /// Whether the newest one was done before.
  bool repeated = false;
  cairn::result<cairn::runtime> app = bank::testing::start_in_memory();
};

TEST_F(Transfer, TakesFromOneAndGivesToTheOther) {
  EXPECT_FALSE(move({"ann", "bob", 600, new_year, ""}));
  EXPECT_EQ(balance_of("ann"), -100);
  EXPECT_EQ(balance_of("bob"), 600);
}

TEST_F(Transfer, NamesThePartnerInBothStatements) {
  EXPECT_FALSE(move({"ann", "bob", 5, new_year, ""}));
  const auto paid = bank::ask<bank::ledger>(*app, bank::statement{.account = "ann"});
  const auto got = bank::ask<bank::ledger>(*app, bank::statement{.account = "bob"});
  EXPECT_EQ(paid->lines.back().partner_account, "bob");
  EXPECT_EQ(paid->lines.back().operation, "PREVOD NA UCET");
  EXPECT_EQ(got->lines.back().partner_account, "ann");
  EXPECT_EQ(got->lines.back().operation, "PREVOD Z UCTU");
}

TEST_F(Transfer, ChangesNeitherAccountWhenTheFirstRefuses) {
  const auto refused = move({"ann", "bob", 601, new_year, ""});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->account, "ann");
  EXPECT_EQ(refused->why, bank::account::rejection::overdrawn);
  EXPECT_EQ(balance_of("ann"), 500);
  EXPECT_EQ(balance_of("bob"), 0);
}

TEST_F(Transfer, ChangesNeitherAccountWhenTheSecondRefuses) {
  send("bob", bank::deposit{1, next_day, ""});
  const auto refused = move({"ann", "bob", 10, new_year, ""});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->account, "bob");
  EXPECT_EQ(refused->why, bank::account::rejection::date_before_last);
  const auto unknown = move({"ann", "eve", 10, new_year, ""});
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->account, "eve");
  EXPECT_EQ(unknown->why, bank::account::rejection::not_open);
  EXPECT_EQ(balance_of("ann"), 500);
  EXPECT_EQ(balance_of("bob"), 1);
}

TEST_F(Transfer, CountsOnceWhenItIsRepeatedWithItsId) {
  EXPECT_FALSE(move({"ann", "bob", 200, new_year, "rent"}));
  EXPECT_FALSE(repeated);
  EXPECT_FALSE(move({"ann", "bob", 200, new_year, "rent"}));
  EXPECT_TRUE(repeated);
  EXPECT_EQ(balance_of("ann"), 300);
  EXPECT_EQ(balance_of("bob"), 200);
}

TEST_F(Transfer, IsAnotherOneBetweenOtherAccountsWithTheSameId) {
  send("eve", bank::open_account{new_year, 0});
  EXPECT_FALSE(move({"ann", "bob", 200, new_year, "rent"}));
  EXPECT_FALSE(move({"bob", "eve", 50, new_year, "rent"}));
  EXPECT_FALSE(repeated);
  EXPECT_FALSE(move({"bob", "ann", 50, new_year, "rent"}));
  EXPECT_FALSE(repeated);
  EXPECT_EQ(balance_of("ann"), 350);
  EXPECT_EQ(balance_of("bob"), 100);
  EXPECT_EQ(balance_of("eve"), 50);
}

}  // namespace
