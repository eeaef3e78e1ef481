#include "shop/process_managers/payment.hpp"

#include "shop/process_managers/checkout.hpp"
#include "shop/process_managers/payment_deadline.hpp"

#include "cairn/testing/process_manager_kit.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace {

using namespace shop;
using namespace std::chrono_literals;
using cairn::testing::process_manager_kit;

constexpr business_time morning{1'291'191'960s};
const std::string number = "536365";
const heading head{"17850", "United Kingdom", morning};
const line lantern{2, "71053", "WHITE METAL LANTERN", 6, 3'390};

payment_requested ask_for(std::int64_t amount_mils) {
  return {"17850", amount_mils, morning, 15min};
}

TEST(Payment, DebitsTheAccountAndConfirmsTheOrder) {
  process_manager_kit<payment> kit;
  kit.when<order>(number, ask_for(500))
      .expect_sent<account>("17850", debit{500, number})
      .expect_sent<order>(number, confirm{500, morning})
      .expect_nothing_else();
  kit.accept(number).accept(number);
  kit.when<order>(number, confirmed{500, morning}).expect_nothing_else();
  EXPECT_FALSE(kit.find(number));
}

TEST(Payment, CreditsTheAccountWhenMoneyIsToBeGivenBack) {
  process_manager_kit<payment> kit;
  kit.when<order>("C" + number, ask_for(-500))
      .expect_sent<account>("17850", credit{500, "C" + number})
      .expect_sent<order>("C" + number, confirm{-500, morning})
      .expect_nothing_else();
}

TEST(Payment, HasNothingToDoForWhatCostsNothing) {
  process_manager_kit<payment> kit;
  kit.when<order>(number, ask_for(0)).expect_nothing_else();
  EXPECT_FALSE(kit.find(number));
}

TEST(Payment, TellsTheOrderWhyItIsNotPaid) {
  const auto expect = [](account::rejection no, payment_refusal why) {
    process_manager_kit<payment> kit;
    kit.when<order>(number, ask_for(500));
    kit.when_rejected<account>(number, no)
        .expect_sent<order>(number, refuse_payment{500, why, morning})
        .expect_nothing_else();
    kit.accept(number);
    kit.when<order>(number, payment_refused{500, why, morning}).expect_nothing_else();
    EXPECT_FALSE(kit.find(number));
  };
  expect(account::rejection::overdrawn, payment_refusal::overdrawn);
  expect(account::rejection::not_open, payment_refusal::no_account);
  expect(account::rejection::amount_too_large, payment_refusal::amount_too_large);
}

TEST(Payment, GivesBackWhatCameTooLate) {
  process_manager_kit<payment> kit;
  kit.when<order>(number, ask_for(500));
  kit.accept(number);
  kit.when_rejected<order>(number, order::rejection::already_cancelled)
      .expect_sent<account>("17850", credit{500, "too late: " + number})
      .expect_nothing_else();
  kit.accept(number);
}

TEST(Payment, GoesOnGivingBackUntilTheAccountTakesIt) {
  process_manager_kit<payment> kit;
  kit.when<order>(number, ask_for(500));
  kit.accept(number);
  kit.when_rejected<order>(number, order::rejection::already_cancelled);
  kit.when_rejected<account>(number, account::rejection::amount_too_large).expect_nothing_else();
  kit.accept(number);
}

TEST(Payment, LeavesARefusalThatCameTooLateAlone) {
  process_manager_kit<payment> kit;
  kit.when<order>(number, ask_for(500));
  kit.when_rejected<account>(number, account::rejection::overdrawn);
  kit.when_rejected<order>(number, order::rejection::already_cancelled).expect_nothing_else();
}

TEST(Payment, TakesAnOrderThatIsUndoneOffTheBooks) {
  process_manager_kit<payment> kit;
  kit.when<order>(number, reversal_requested{head, {lantern}, 500})
      .expect_sent<order>("C-" + number, reverse{head, {lantern}, 500})
      .expect_nothing_else();
  EXPECT_FALSE(kit.find(number));
}

TEST(Checkout, PlacesTheOrderThatComesOutOfACart) {
  process_manager_kit<checkout> kit;
  kit.when<cart>("17850", checked_out{{lantern}, 3, "United Kingdom", morning})
      .expect_sent<order>("W17850-3", place{head, {lantern}, payment_window})
      .expect_nothing_else();
  EXPECT_FALSE(kit.find("W17850-3"));
}

TEST(Checkout, LeavesAloneWhatAnEarlierProgramHasPlacedItself) {
  process_manager_kit<checkout> kit;
  kit.when<cart>("17850", checked_out{{lantern}, 0, "", {}}).expect_nothing_else();
}

TEST(PaymentDeadline, RefusesWhatIsNotPaidInTime) {
  process_manager_kit<payment_deadline> kit;
  kit.when<order>(number, ask_for(500)).expect_nothing_else();
  kit.when_passes(14min).expect_nothing_else();
  kit.when_passes(1min).expect_sent<order>(
      number, refuse_payment{500, payment_refusal::too_late, morning + 15min});
  kit.when_rejected<order>(number, order::rejection::not_asked_for).expect_nothing_else();
}

TEST(PaymentDeadline, IsOverOnceTheOrderIsPaidRefusedOrCancelled) {
  const auto expect_over = [](const auto& fact) {
    process_manager_kit<payment_deadline> kit;
    kit.when<order>(number, ask_for(500));
    kit.when<order>(number, fact).expect_nothing_else();
    EXPECT_FALSE(kit.find(number));
    kit.when_passes(1h).expect_nothing_else();
  };
  expect_over(confirmed{500, morning});
  expect_over(payment_refused{500, payment_refusal::overdrawn, morning});
  expect_over(cancelled{morning});
}

TEST(PaymentDeadline, IsNotKeptForOrdersWithoutOne) {
  process_manager_kit<payment_deadline> kit;
  kit.when<order>(number, payment_requested{"17850", 500, morning, 0s}).expect_nothing_else();
  EXPECT_FALSE(kit.find(number));
}

}  // namespace
