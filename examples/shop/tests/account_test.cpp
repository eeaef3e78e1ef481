#include "shop/domain/account.hpp"

#include "cairn/testing.hpp"

#include <gtest/gtest.h>

namespace {

using cairn::testing::given;

using shop::account;
using shop::account_opened;
using shop::agree_credit;
using shop::credit;
using shop::credit_agreed;
using shop::credited;
using shop::debit;
using shop::debited;
using shop::open_account;
using rejection = account::rejection;

TEST(Account, OpensOnce) {
  given<account>()
      .when(open_account{1'000})
      .then(account_opened{1'000})
      .then_state({true, 0, 1'000});
  given<account>(account_opened{1'000})
      .when(open_account{1'000})
      .then_rejected(rejection::already_open);
}

TEST(Account, HasASensibleCreditLine) {
  given<account>().when(open_account{-1}).then_rejected(rejection::credit_line_negative);
  given<account>()
      .when(open_account{account::amount_mils_max + 1})
      .then_rejected(rejection::amount_too_large);
}

TEST(Account, IsOpenedOrGivenMoreCreditByAnAgreement) {
  given<account>().when(agree_credit{1'000}).then(account_opened{1'000});
  given<account>(account_opened{500})
      .when(agree_credit{1'000})
      .then(credit_agreed{1'000})
      .then_state({true, 0, 1'000});
  given<account>(account_opened{1'000}).when(agree_credit{1'000}).then_nothing();
  given<account>(account_opened{500})
      .when(agree_credit{account::amount_mils_max + 1})
      .then_rejected(rejection::amount_too_large);
}

TEST(Account, TakesNothingBeforeItIsOpen) {
  given<account>().when(credit{1, "cash"}).then_rejected(rejection::not_open);
  given<account>().when(debit{1, "536365"}).then_rejected(rejection::not_open);
}

TEST(Account, IsCreditedAndDebited) {
  given<account>(account_opened{0}, credited{500, "cash"})
      .when(debit{200, "536365"})
      .then(debited{200, "536365"})
      .then_state({true, 300, 0});
  given<account>(account_opened{0})
      .when(credit{500, "cash"})
      .then(credited{500, "cash"})
      .then_state({true, 500, 0});
}

TEST(Account, MayBeOwedUpToTheCreditLine) {
  given<account>(account_opened{1'000})
      .when(debit{1'000, "536365"})
      .then_state({true, -1'000, 1'000});
}

TEST(Account, RefusesToBeOverdrawn) {
  given<account>(account_opened{1'000})
      .when(debit{1'001, "536365"})
      .then_rejected(rejection::overdrawn);
  given<account>(account_opened{1'000}, debited{600, "536365"})
      .when(debit{401, "536366"})
      .then_rejected(rejection::overdrawn);
}

TEST(Account, RefusesAmountsThatAreNone) {
  given<account>(account_opened{0})
      .when(credit{0, ""})
      .then_rejected(rejection::amount_not_positive);
  given<account>(account_opened{0})
      .when(debit{-1, ""})
      .then_rejected(rejection::amount_not_positive);
  given<account>(account_opened{0}, credited{1, ""})
      .when(credit{account::amount_mils_max, ""})
      .then_rejected(rejection::amount_too_large);
}

}  // namespace
