#include "days.hpp"
#include "fines/domain/fine_case.hpp"

#include "cairn/testing.hpp"

#include <gtest/gtest.h>

namespace {

using namespace fines;
using cairn::testing::given;
using fines::testing::at;
using fines::testing::created;
using fines::testing::day;
using fines::testing::on;
using rejection = fine_case::rejection;

const fine_created fine = created(on("2001-01-01"), 3'000);
const fine_sent sent{on("2001-01-10"), 1'000};
const notification_inserted notified{on("2001-02-01"), {}, {}};
const penalty_added penalty{on("2001-04-02"), 6'000};

TEST(FinesCase, IsCreatedOnce) {
  fine_created fact = fine;
  fact.article = "157";
  fact.vehicle_class = "A";
  given<fine_case>().when(create_fine{3'000, "157", "A", day("2001-01-01")}).then(fact);
  given<fine_case>(fine)
      .when(create_fine{3'000, {}, {}, day("2001-01-02")})
      .then_rejected(rejection::created_already);
  given<fine_case>()
      .when(create_fine{0, {}, {}, day("2001-01-01")})
      .then_rejected(rejection::amount_not_positive);
  given<fine_case>()
      .when(create_fine{amount_cents_max + 1, {}, {}, day("2001-01-01")})
      .then_rejected(rejection::amount_out_of_range);
}

TEST(FinesCase, TakesNothingBeforeItExists) {
  const calendar_day some = day("2001-01-01");
  const auto nothing = given<fine_case>();
  nothing.when(pay{1, some}).then_rejected(rejection::no_such_case);
  nothing.when(send_fine{0, some}).then_rejected(rejection::no_such_case);
  nothing.when(insert_notification{some}).then_rejected(rejection::no_such_case);
  nothing.when(add_penalty{1, some}).then_rejected(rejection::no_such_case);
  nothing.when(appeal{appeal_step::dated, some}).then_rejected(rejection::no_such_case);
  nothing.when(send_to_collection{some}).then_rejected(rejection::no_such_case);
}

TEST(FinesCase, GoesTheWholeWayStepByStep) {
  given<fine_case>(fine).when(send_fine{1'000, day("2001-01-10")}).then(sent);
  given<fine_case>(fine, sent).when(insert_notification{day("2001-02-01")}).then(notified);
  given<fine_case>(fine, sent, notified).when(add_penalty{6'000, day("2001-04-02")}).then(penalty);
  given<fine_case>(fine, sent, notified, penalty)
      .when(send_to_collection{day("2002-01-01")})
      .then(sent_to_collection{on("2002-01-01")});
}

TEST(FinesCase, TakesNoStepTwiceAndNoneBeforeItsTime) {
  given<fine_case>(fine, sent)
      .when(send_fine{0, day("2001-02-01")})
      .then_rejected(rejection::done_already);
  given<fine_case>(fine)
      .when(insert_notification{day("2001-02-01")})
      .then_rejected(rejection::too_early);
  given<fine_case>(fine, sent, notified)
      .when(send_to_collection{day("2001-05-01")})
      .then_rejected(rejection::too_early);
  given<fine_case>(fine, sent, notified, penalty)
      .when(add_penalty{9'000, day("2001-05-01")})
      .then_rejected(rejection::done_already);
}

TEST(FinesCase, TakesNothingDatedBeforeItsLastDay) {
  given<fine_case>(fine)
      .when(send_fine{0, day("2000-12-31")})
      .then_rejected(rejection::date_before_last);
  given<fine_case>(fine).when(pay{1, day("2000-12-31")}).then_rejected(rejection::date_before_last);
}

TEST(FinesCase, RefusesAnExpenseThatIsNone) {
  given<fine_case>(fine)
      .when(send_fine{-1, day("2001-01-10")})
      .then_rejected(rejection::amount_out_of_range);
}

TEST(FinesCase, IsPaidInPartsButNotMoreThanIsOutstanding) {
  const payment_received half{on("2001-01-05"), 1'500, {}};
  given<fine_case>(fine, half)
      .when(pay{1'500, day("2001-01-06")})
      .then(payment_received{on("2001-01-06"), 1'500, {}});
  given<fine_case>(fine, half)
      .when(pay{1'501, day("2001-01-06")})
      .then_rejected(rejection::more_than_outstanding);
  given<fine_case>(fine, half)
      .when(pay{0, day("2001-01-06")})
      .then_rejected(rejection::amount_not_positive);
}

TEST(FinesCase, IsPenalizedOnTheSixtiethDayWhenSomethingIsOwed) {
  const auto owing = given<fine_case>(fine, sent, notified);
  owing.when(add_penalty{6'000, day("2001-04-01")}).then_rejected(rejection::too_early);
  owing.when(add_penalty{3'000, day("2001-04-02")}).then_rejected(rejection::penalty_not_higher);
  owing.when(add_penalty{amount_cents_max + 1, day("2001-04-02")})
      .then_rejected(rejection::amount_out_of_range);
  given<fine_case>(fine, sent, notified, payment_received{on("2001-02-02"), 4'000, {}})
      .when(add_penalty{6'000, day("2001-04-02")})
      .then_rejected(rejection::nothing_outstanding);
}

TEST(FinesCase, IsNotCollectedWhenItIsPaid) {
  given<fine_case>(fine, sent, notified, penalty, payment_received{on("2001-04-03"), 7'000, {}})
      .when(send_to_collection{day("2002-01-01")})
      .then_rejected(rejection::nothing_outstanding);
}

TEST(FinesCase, IsAppealedAgainstStepByStep) {
  const appeal_dated dated{on("2001-02-10")};
  const appeal_sent to_prefecture{on("2001-02-11"), {}};
  const appeal_result_received result{on("2001-02-12")};
  const auto begun = given<fine_case>(fine, sent, notified);
  begun.when(appeal{appeal_step::dated, day("2001-02-10")}).then(dated);
  begun.when(appeal{appeal_step::sent, day("2001-02-10")}).then_rejected(rejection::too_early);
  begun.when(appeal{appeal_step::to_judge, day("2001-02-10")})
      .then(judge_appealed_to{on("2001-02-10"), {}, {}, {}});
  given<fine_case>(fine, sent, dated)
      .when(appeal{appeal_step::sent, day("2001-02-11")})
      .then(to_prefecture);
  given<fine_case>(fine, sent, dated, to_prefecture)
      .when(appeal{appeal_step::result_received, day("2001-02-12")})
      .then(result);
  given<fine_case>(fine, sent, dated, to_prefecture, result)
      .when(appeal{appeal_step::result_notified, day("2001-02-13")})
      .then(appeal_result_notified{on("2001-02-13")});
  given<fine_case>(fine, sent, dated)
      .when(appeal{appeal_step::dated, day("2001-02-11")})
      .then_rejected(rejection::done_already);
}

TEST(FinesCase, TakesOverWhatTheLogSaysWhateverWasBefore) {
  const payment_received much{at(9, "2000-01-01"), 999'999, 5};
  given<fine_case>().when(take_over{much}).then(much);
  given<fine_case>(fine, sent, notified, penalty).when(take_over{penalty}).then(penalty);
}

TEST(FinesCase, TakesOverNoAmountThatCouldMakeASumOverflow) {
  given<fine_case>()
      .when(take_over{fine_sent{at(1, "2001-01-01"), amount_cents_max + 1}})
      .then_rejected(rejection::amount_out_of_range);
  given<fine_case>()
      .when(take_over{payment_received{at(1, "2001-01-01"), -amount_cents_max - 1, {}}})
      .then_rejected(rejection::amount_out_of_range);
}

}  // namespace
