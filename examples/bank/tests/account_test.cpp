#include "bank/domain/account.hpp"

#include "cairn/testing.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

namespace {

using namespace std::chrono_literals;

using bank::account;
using bank::deposit;
using bank::deposited;
using bank::limit_set;
using bank::log_entry;
using bank::movement_recorded;
using bank::open_account;
using bank::opened;
using bank::record_movement;
using bank::set_limit;
using bank::withdraw;
using bank::withdrawn;
using cairn::testing::given;
using rejection = account::rejection;

constexpr bank::business_day new_year{2001y / 1 / 1};
constexpr bank::business_day next_day = new_year + std::chrono::days{1};

log_entry entry_of(std::uint64_t seq, std::int64_t amount_cents, std::int64_t balance_cents) {
  log_entry entry;
  entry.row = 100 + seq;
  entry.seq = seq;
  entry.date = new_year;
  entry.kind = amount_cents < 0 ? bank::debit_kind : bank::credit_kind;
  entry.amount_cents = amount_cents < 0 ? -amount_cents : amount_cents;
  entry.balance_cents = balance_cents;
  return entry;
}

TEST(Account, OpensOnce) {
  given<account>().when(open_account{new_year, 1'000}).then(opened{new_year, 1'000});
  given<account>(opened{new_year, 0})
      .when(open_account{new_year, 0})
      .then_rejected(rejection::already_open);
}

TEST(Account, DoesNothingBeforeItIsOpen) {
  given<account>().when(deposit{1, new_year, {}}).then_rejected(rejection::not_open);
  given<account>().when(withdraw{1, new_year, {}}).then_rejected(rejection::not_open);
  given<account>().when(set_limit{1}).then_rejected(rejection::not_open);
}

TEST(Account, TakesDepositsAndWithdrawals) {
  given<account>(opened{new_year, 0}, deposited{500, new_year, {}})
      .when(withdraw{200, next_day, "7"})
      .then(withdrawn{200, next_day, "7"})
      .then_state({true, 0, 2, {2, next_day, 300}, {2, next_day, 300}});
}

TEST(Account, MayBeOverdrawnDownToItsLimitAndNoFurther) {
  given<account>(opened{new_year, 1'000})
      .when(withdraw{1'000, new_year, {}})
      .then(withdrawn{1'000, new_year, {}});
  given<account>(opened{new_year, 1'000})
      .when(withdraw{1'001, new_year, {}})
      .then_rejected(rejection::overdrawn);
}

TEST(Account, FollowsANewLimit) {
  given<account>(opened{new_year, 0}, limit_set{50})
      .when(withdraw{50, new_year, {}})
      .then(withdrawn{50, new_year, {}});
  given<account>(opened{new_year, 100}, withdrawn{100, new_year, {}})
      .when(set_limit{0})
      .then(limit_set{0});
  given<account>(opened{new_year, 100}, withdrawn{60, new_year, {}}, limit_set{10})
      .when(withdraw{1, new_year, {}})
      .then_rejected(rejection::overdrawn);
}

TEST(Account, RefusesALimitThatIsNone) {
  given<account>().when(open_account{new_year, -1}).then_rejected(rejection::limit_out_of_range);
  given<account>(opened{new_year, 0})
      .when(set_limit{bank::balance_cents_max + 1})
      .then_rejected(rejection::limit_out_of_range);
}

TEST(Account, RefusesAmountsThatAreNone) {
  const auto open = given<account>(opened{new_year, 0});
  open.when(deposit{0, new_year, {}}).then_rejected(rejection::amount_not_positive);
  open.when(withdraw{-1, new_year, {}}).then_rejected(rejection::amount_not_positive);
  open.when(deposit{bank::amount_cents_max + 1, new_year, {}})
      .then_rejected(rejection::amount_out_of_range);
  open.when(withdraw{bank::amount_cents_max + 1, new_year, {}})
      .then_rejected(rejection::amount_out_of_range);
  given<account>(opened{new_year, 0}, movement_recorded{entry_of(1, 1, bank::balance_cents_max)})
      .when(deposit{1, next_day, {}})
      .then_rejected(rejection::amount_out_of_range);
}

TEST(Account, TakesNoMovementDatedBeforeItsLastOne) {
  given<account>(opened{next_day, 0})
      .when(deposit{1, new_year, {}})
      .then_rejected(rejection::date_before_last);
  given<account>(opened{new_year, 0}, deposited{5, next_day, {}})
      .when(withdraw{1, new_year, {}})
      .then_rejected(rejection::date_before_last);
}

TEST(Account, IsOpenedByTheFirstMovementOfALog) {
  given<account>()
      .when(record_movement{entry_of(1, 500, 500)})
      .then(opened{new_year, 0}, movement_recorded{entry_of(1, 500, 500)})
      .then_state({true, 0, 1, {1, new_year, 500}, {1, new_year, 500}});
}

TEST(Account, TakesTheRecordedBalanceForTheTruthEvenBelowItsLimit) {
  given<account>(opened{new_year, 0}, movement_recorded{entry_of(1, 500, 500)})
      .when(record_movement{entry_of(2, -900, -410)})
      .then(movement_recorded{entry_of(2, -900, -410)})
      .then_state({true, 0, 2, {2, new_year, -410}, {2, new_year, -410}});
}

TEST(Account, GoesOnFromARecordedBalance) {
  given<account>(opened{new_year, 0}, movement_recorded{entry_of(4, 500, 777)})
      .when(deposit{3, next_day, {}})
      .then_state({true, 0, 2, {5, next_day, 780}, {5, next_day, 780}});
}

TEST(Account, StandsWhereItsHighestMovementLeftItWhateverCameLast) {
  given<account>(opened{new_year, 0}, movement_recorded{entry_of(2, 5, 15)})
      .when(record_movement{entry_of(1, 10, 10)})
      .then_state({true, 0, 2, {2, new_year, 15}, {1, new_year, 10}});
}

TEST(Account, RefusesARecordThatCouldMakeASumOverflow) {
  given<account>()
      .when(record_movement{entry_of(1, bank::amount_cents_max + 1, 0)})
      .then_rejected(rejection::amount_out_of_range);
  given<account>()
      .when(record_movement{entry_of(1, 1, -bank::balance_cents_max - 1)})
      .then_rejected(rejection::amount_out_of_range);
}

}  // namespace
