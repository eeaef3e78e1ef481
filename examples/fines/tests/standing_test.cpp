#include "fines/domain/standing.hpp"

#include "days.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace {

using namespace fines;
using fines::testing::at;
using fines::testing::created;
using fines::testing::day;
using fines::testing::on;

const std::array<case_event, 5> history{created(at(1, "2001-01-01"), 3'000),
                                        fine_sent{at(2, "2001-01-10"), 1'000},
                                        notification_inserted{at(3, "2001-02-01"), "P", "N"},
                                        payment_received{at(4, "2001-03-01"), 500, 500},
                                        penalty_added{at(5, "2001-04-02"), 6'000}};

standing after(std::size_t entries) {
  standing now;
  for (std::size_t i = 0; i < entries; ++i)
    now.add(entry_of(history.at(i)));
  return now;
}

TEST(FinesStanding, OwesTheNewestAmountWithExpensesWithoutPayments) {
  EXPECT_EQ(after(0).outstanding_cents(), std::nullopt);
  EXPECT_EQ(after(1).outstanding_cents(), 3'000);
  EXPECT_EQ(after(2).outstanding_cents(), 4'000);
  EXPECT_EQ(after(4).outstanding_cents(), 3'500);
  EXPECT_EQ(after(5).outstanding_cents(), 6'500);
}

TEST(FinesStanding, IsTheSameInWhateverOrderTheEntriesCame) {
  std::array<std::size_t, 5> order{0, 1, 2, 3, 4};
  do {
    standing now;
    for (const std::size_t i : order)
      now.add(entry_of(history.at(i)));
    ASSERT_EQ(now, after(5));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(FinesStanding, PutsWhatDidNotComeFromTheLogBehindEverythingElse) {
  standing now = after(5);
  const entry placed = now.add(entry_of(payment_received{on("2001-05-01"), 100, {}}));
  EXPECT_EQ(placed.at.seq, 6U);
  EXPECT_EQ(now.newest, activity::payment);
  EXPECT_EQ(now.newest_seq, 6U);
}

TEST(FinesStanding, KnowsWhenAPenaltyIsDue) {
  EXPECT_EQ(after(2).penalty_due(), std::nullopt);
  EXPECT_EQ(after(3).penalty_due(), day("2001-04-02"));
  EXPECT_EQ(after(4).penalty_due(), day("2001-04-02"));
  EXPECT_EQ(after(5).penalty_due(), std::nullopt);
  standing paid = after(4);
  paid.add(entry_of(payment_received{at(5, "2001-03-02"), 3'500, {}}));
  EXPECT_EQ(paid.penalty_due(), std::nullopt);
}

TEST(FinesStanding, DoesNotGuessAnAmountThatTheLogLeftEmpty) {
  standing now;
  fine_created unknown;
  unknown.at = at(1, "2001-01-01");
  now.add(entry_of(unknown));
  now.add(entry_of(payment_received{at(2, "2001-01-02"), 500, {}}));
  EXPECT_EQ(now.outstanding_cents(), std::nullopt);
  EXPECT_EQ(now.initial_cents, std::nullopt);
  EXPECT_FALSE(now.owes());
}

}  // namespace
