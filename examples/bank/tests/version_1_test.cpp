#include "version_1.hpp"

#include "bank/domain/account.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cairn/cairn.hpp>
#include <chrono>

namespace {

using namespace std::chrono_literals;

constexpr bank::business_day new_year{2001y / 1 / 1};

cairn::config store_in(const bank::testing::temporary_folder& folder) {
  return {.store = folder.path()};
}

/// Writes a store as version 1 of the program did, with a snapshot after each event.
void write_with_version_1(const bank::testing::temporary_folder& folder) {
  auto app = cairn::builder{store_in(folder)}.add<bank_v1::account>({.snapshot_every = 1}).start();
  ASSERT_TRUE(app) << cairn::describe(app.error());
  const auto ann = app->aggregate<bank_v1::account>("ann");
  ASSERT_TRUE(ann.ask(bank_v1::open_account{new_year}).accepted());
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

}  // namespace
