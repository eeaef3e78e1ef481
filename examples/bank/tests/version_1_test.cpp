#include "version_1.hpp"

#include "bank/app/ask.hpp"
#include "bank/app/collect.hpp"
#include "bank/domain/account.hpp"
#include "bank/read_models/ledger.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cairn/cairn.hpp>
#include <chrono>

namespace {

using namespace std::chrono_literals;

constexpr bank::business_day new_year{2001y / 1 / 1};
constexpr bank::business_day next_day = new_year + std::chrono::days{1};

cairn::config store_in(const bank::testing::temporary_folder& folder) {
  return {.store = folder.path()};
}

/// Writes a store as version 1 of the program did, with a snapshot after each event.
void write_with_version_1(const bank::testing::temporary_folder& folder) {
  auto app = cairn::builder{store_in(folder)}.add<bank_v1::account>({.snapshot_every = 1}).start();
  ASSERT_TRUE(app) << cairn::describe(app.error());
  const auto ann = app->aggregate<bank_v1::account>("ann");
  ASSERT_TRUE(ann.ask(bank_v1::open_account{new_year}).accepted());
  const auto bob = app->aggregate<bank_v1::account>("bob");
  ASSERT_TRUE(bob.ask(bank_v1::open_account{new_year}).accepted());
  ASSERT_TRUE(bob.ask(bank_v1::set_credit_line{200}).accepted());
  ASSERT_TRUE(bob.ask(bank_v1::move{500, new_year}).accepted());
  ASSERT_TRUE(bob.ask(bank_v1::move{-650, next_day}).accepted());
  ASSERT_TRUE(app->stop());
}

TEST(VersionOne, WroteAccountsThatAreStillOpenAndHaveNoLimit) {
  const bank::testing::temporary_folder folder;
  ASSERT_NO_FATAL_FAILURE(write_with_version_1(folder));

  auto app = cairn::builder{store_in(folder)}.add<bank::account>({.snapshot_every = 1}).start();
  ASSERT_TRUE(app) << cairn::describe(app.error());
  const auto ann = app->aggregate<bank::account>("ann");
  const auto found = ann.state();
  ASSERT_TRUE(found) << cairn::describe(found.error());
  EXPECT_TRUE(found->state.is_open);
  EXPECT_EQ(found->state.newest.date, new_year);
  EXPECT_EQ(found->state.limit_cents, 0);

  // It also takes commands of today.
  EXPECT_TRUE(ann.ask(bank::deposit{500, new_year, {}}).accepted());
  EXPECT_EQ(ann.state()->state.newest.balance_cents, 500);
}

TEST(VersionOne, WroteMovementsThatAreDepositsAndWithdrawalsToday) {
  const bank::testing::temporary_folder folder;
  ASSERT_NO_FATAL_FAILURE(write_with_version_1(folder));

  auto app = cairn::builder{store_in(folder)}
                 .add<bank::account>({.snapshot_every = 1})
                 .add_read_model<bank::ledger>()
                 .start();
  ASSERT_TRUE(app) << cairn::describe(app.error());
  const auto bob = app->aggregate<bank::account>("bob").state();
  ASSERT_TRUE(bob) << cairn::describe(bob.error());
  EXPECT_EQ(bob->state.newest, (bank::standing{2, next_day, -150}));
  EXPECT_EQ(bob->state.limit_cents, 200);

  const auto page = bank::ask<bank::ledger>(*app, bank::statement{.account = "bob"});
  ASSERT_TRUE(page) << cairn::describe(page.error());
  ASSERT_EQ(page->lines.size(), 2U);
  EXPECT_EQ(page->lines[0].operation, "VKLAD");
  EXPECT_EQ(page->lines[1].operation, "VYBER");
  EXPECT_EQ(page->lines[1].balance_cents, -150);

  const auto then = bank::accounts_as_of(*app, new_year, "bob");
  ASSERT_TRUE(then) << cairn::describe(then.error());
  ASSERT_EQ(then->size(), 1U);
  EXPECT_EQ(then->front().balance_cents, 500);
}

}  // namespace
