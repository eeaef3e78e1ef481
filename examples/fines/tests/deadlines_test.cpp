#include "days.hpp"
#include "fines/app/ask.hpp"
#include "fines/app/books.hpp"
#include "fines/domain/reminder.hpp"
#include "fines/process_managers/penalty_deadline.hpp"
#include "fines/read_models/reminders.hpp"
#include "fines_store.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace fines;
using namespace std::chrono_literals;
using fines::testing::at;
using fines::testing::created;
using fines::testing::day;

/// A store with the case X of 30.00, whose deadline is 2001-04-02.
class FinesDeadlines : public ::testing::Test {
 protected:
  void SetUp() override {
    take("X", created(at(1, "2001-01-01"), 3'000));
    take("X", notification_inserted{at(2, "2001-02-01"), "P", "N"});
  }

  void take(const std::string& id, const case_event& fact) {
    ASSERT_NE(store.app().aggregate<fine_case>(id).ask(take_over{fact}).accepted(), nullptr);
  }
  void close(const char* date) {
    EXPECT_EQ(close_books(store.app(), store.clock(), day(date)), exit_code::done);
  }
  void settle() {
    const auto done = store.app().process_manager<penalty_deadline>().settle(60s);
    ASSERT_TRUE(done) << cairn::describe(done.error());
  }
  std::optional<penalty_notice> notice() {
    return store.app().aggregate<reminder>("X").state()->state.notice;
  }

  fines::testing::fines_store store;
};

TEST_F(FinesDeadlines, DoNotPassByTheClockOnTheWall) {
  settle();
  EXPECT_EQ(notice(), std::nullopt);
  EXPECT_EQ(store.app().process_manager<penalty_deadline>().status()->timers_pending, 1U);
}

TEST_F(FinesDeadlines, BehindTheCalendarsLastDayNeverPass) {
  take("X", notification_inserted{at(3, "2261-12-31"), "P", "N"});
  close("2261-12-31");
  EXPECT_EQ(notice(), std::nullopt);
}

TEST_F(FinesDeadlines, PassWithTheDayBeforeThem) {
  close("2001-03-31");
  EXPECT_EQ(notice(), std::nullopt);
  close("2001-04-01");
  EXPECT_EQ(notice(), (penalty_notice{day("2001-04-02"), 3'000}));
}

TEST_F(FinesDeadlines, StayWhereTheBooksWereClosedOverARestart) {
  close("2001-03-31");
  store.reopen();
  settle();
  EXPECT_EQ(notice(), std::nullopt);
  close("2001-02-01");
  EXPECT_EQ(notice(), std::nullopt) << "a day that is closed already";
  close("2010-01-01");
  store.reopen();
  settle();
  EXPECT_EQ(notice(), (penalty_notice{day("2001-04-02"), 3'000}));
  EXPECT_EQ(store.app().aggregate<reminder>("X").state()->version.value, 1U);
}

TEST_F(FinesDeadlines, CountWhatBecomesKnownLateByItsDate) {
  close("2010-01-01");
  take("X", payment_received{at(3, "2001-03-01"), 1'000, {}});
  settle();
  EXPECT_EQ(notice(), (penalty_notice{day("2001-04-02"), 2'000}));
  take("X", payment_received{at(4, "2001-03-02"), 2'000, {}});
  settle();
  EXPECT_EQ(notice(), std::nullopt);
}

TEST_F(FinesDeadlines, AreComparedWithThePenaltiesOfTheLog) {
  take("X", penalty_added{at(3, "2001-04-05"), 6'000});
  take("Y", penalty_added{at(1, "2001-05-01"), 6'000});
  close("2010-01-01");
  const auto all = ask<reminders>(store.app(), all_penalties{});
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].notice, (penalty_notice{day("2001-04-02"), 3'000}));
  EXPECT_EQ((*all)[0].added, day("2001-04-05"));
  EXPECT_EQ((*all)[1].id, "Y");
  EXPECT_EQ((*all)[1].notice, std::nullopt);
}

TEST_F(FinesDeadlines, OfADayThatTheCalendarDoesNotHaveAreRefused) {
  EXPECT_EQ(close_books(store.app(), store.clock(), day("9999-12-31")), exit_code::rejected);
}

}  // namespace
