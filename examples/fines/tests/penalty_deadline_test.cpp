#include "fines/process_managers/penalty_deadline.hpp"

#include "days.hpp"

#include "cairn/testing.hpp"
#include "cairn/testing/process_manager_kit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace fines;
using cairn::testing::given;
using fines::testing::at;
using fines::testing::created;
using fines::testing::day;
using std::chrono::days;

const std::string id = "A1";

/// A case of 30.00 whose offender was notified on 2001-02-01: the deadline is 2001-04-02. The books
/// stand at the beginning of 2001-02-02.
class PenaltyDeadline : public ::testing::Test {
 protected:
  void SetUp() override {
    kit.when<fine_case>(id, created(at(1, "2001-01-01"), 3'000)).expect_nothing_else();
    kit.when<fine_case>(id, notification_inserted{at(3, "2001-02-01"), "P", "N"})
        .expect_nothing_else();
  }

  cairn::testing::process_manager_kit<penalty_deadline> kit{beginning_of(day("2001-02-02"))};
};

TEST_F(PenaltyDeadline, RemindsOfWhatIsNotPaidIn60Days) {
  kit.when_passes(days{58}).expect_nothing_else();
  kit.when_passes(days{1})
      .expect_sent<reminder>(id, remind{{day("2001-04-02"), 3'000}})
      .expect_nothing_else();
}

TEST_F(PenaltyDeadline, RemindsOfWhatIsLeft) {
  kit.when<fine_case>(id, fine_sent{at(2, "2001-01-10"), 1'100}).expect_nothing_else();
  kit.when<fine_case>(id, payment_received{at(4, "2001-04-01"), 500, {}}).expect_nothing_else();
  kit.when_passes(days{59}).expect_sent<reminder>(id, remind{{day("2001-04-02"), 3'600}});
}

TEST_F(PenaltyDeadline, DoesNotRemindOfWhatIsPaid) {
  kit.when<fine_case>(id, payment_received{at(4, "2001-04-01"), 3'000, {}}).expect_nothing_else();
  EXPECT_EQ(kit.timers_pending(), 0U);
  kit.when_passes(days{100}).expect_nothing_else();
}

TEST_F(PenaltyDeadline, TakesAPaymentOnTheDeadlineForTooLate) {
  kit.when<fine_case>(id, payment_received{at(4, "2001-04-02"), 3'000, {}}).expect_nothing_else();
  kit.when_passes(days{59}).expect_sent<reminder>(id, remind{{day("2001-04-02"), 3'000}});
}

TEST_F(PenaltyDeadline, DoesNotCareThatALaterPenaltyIsKnownAlready) {
  kit.when<fine_case>(id, penalty_added{at(4, "2001-04-02"), 6'000}).expect_nothing_else();
  kit.when_passes(days{59}).expect_sent<reminder>(id, remind{{day("2001-04-02"), 3'000}});
}

TEST_F(PenaltyDeadline, WithdrawsItsReminderWhenAnEarlierPaymentBecomesKnown) {
  kit.when_passes(days{59});
  kit.accept(id);
  kit.when<fine_case>(id, payment_received{at(4, "2001-03-01"), 3'000, {}})
      .expect_sent<reminder>(id, withdraw{})
      .expect_nothing_else();
  kit.when_passes(days{1}).expect_nothing_else();
}

TEST_F(PenaltyDeadline, RemindsAnewWhenAnEarlierPartPaymentBecomesKnown) {
  kit.when_passes(days{59});
  kit.accept(id);
  kit.when<fine_case>(id, payment_received{at(4, "2001-03-01"), 1'000, {}})
      .expect_sent<reminder>(id, withdraw{});
  kit.accept(id);
  kit.when_passes(days{0}).expect_sent<reminder>(id, remind{{day("2001-04-02"), 2'000}});
}

TEST_F(PenaltyDeadline, DoesNotCareForWhatHappensLater) {
  kit.when_passes(days{59});
  kit.accept(id);
  kit.when<fine_case>(id, payment_received{at(4, "2001-05-01"), 3'000, {}}).expect_nothing_else();
}

TEST_F(PenaltyDeadline, MovesWithALaterNotification) {
  kit.when<fine_case>(id, notification_inserted{at(4, "2001-03-01"), "P", "N"})
      .expect_nothing_else();
  kit.when_passes(days{59}).expect_nothing_else();
  kit.when_passes(days{28}).expect_sent<reminder>(id, remind{{day("2001-04-30"), 3'000}});
}

TEST(PenaltyNotice, IsTheSameInWhateverOrderTheRowsOfALogCame) {
  std::vector<entry> history{entry_of(created(at(1, "2001-01-01"), 3'000)),
                             entry_of(fine_sent{at(2, "2001-01-10"), 1'000}),
                             entry_of(notification_inserted{at(3, "2001-02-01"), "P", "N"}),
                             entry_of(payment_received{at(4, "2001-03-01"), 500, 500}),
                             entry_of(penalty_added{at(5, "2001-04-02"), 6'000})};
  const auto less = [](const entry& one, const entry& other) {
    return one.at.seq < other.at.seq;
  };
  do {
    ASSERT_EQ(notice_of(history), (penalty_notice{day("2001-04-02"), 3'500}));
  } while (std::next_permutation(history.begin(), history.end(), less));
}

TEST(PenaltyNotice, IsNoneWithoutANotificationOrAnAmount) {
  EXPECT_EQ(notice_of({}), std::nullopt);
  EXPECT_EQ(notice_of({entry_of(created(at(1, "2001-01-01"), 3'000))}), std::nullopt);
  EXPECT_EQ(notice_of({entry_of(notification_inserted{at(1, "2001-01-01"), "P", "N"})}),
            std::nullopt);
}

TEST(FinesReminder, IsReplacedAndWithdrawn) {
  const penalty_notice first{day("2001-04-02"), 3'000};
  const penalty_notice second{day("2001-04-02"), 2'000};
  given<reminder>().when(remind{first}).then(penalty_fell_due{first});
  given<reminder>(penalty_fell_due{first}).when(remind{first}).then_nothing();
  given<reminder>(penalty_fell_due{first}).when(remind{second}).then(penalty_fell_due{second});
  given<reminder>(penalty_fell_due{first}).when(withdraw{}).then(reminder_withdrawn{});
  given<reminder>().when(withdraw{}).then_nothing();
  given<reminder>()
      .when(remind{{day("2001-04-02"), 0}})
      .then_rejected(reminder::rejection::nothing_outstanding);
}

TEST(TownCalendar, ClosesDaysForwards) {
  given<town_calendar>()
      .when(close_day{day("2001-04-02")})
      .then(day_closed{day("2001-04-02")})
      .then_state({day("2001-04-02")});
  given<town_calendar>(day_closed{day("2001-04-02")})
      .when(close_day{day("2001-04-01")})
      .then_nothing();
}

TEST(TownCalendar, HasNoDaysThatATimestampDoesNotHave) {
  for (const auto* text : {"1677-12-31", "2262-01-01", "9999-12-31"}) {
    given<town_calendar>()
        .when(close_day{day(text)})
        .then_rejected(town_calendar::rejection::day_out_of_range);
  }
  EXPECT_EQ(beginning_of(day("0001-01-01")), cairn::timestamp::min());
  EXPECT_EQ(beginning_of(day("9999-12-31")), cairn::timestamp::max());
  EXPECT_LT(beginning_of(day("1678-01-01")), beginning_of(day("2261-12-31")));
}

}  // namespace
