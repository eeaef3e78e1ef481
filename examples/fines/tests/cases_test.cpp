#include "fines/read_models/cases.hpp"

#include "days.hpp"
#include "fines/app/ask.hpp"
#include "fines/app/collect.hpp"
#include "fines_store.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace fines;
using fines::testing::at;
using fines::testing::created;
using fines::testing::day;

/// A store with the case X, whose notification was recorded before its sending and whose penalty
/// before a payment; then somebody has paid at the desk. And the case X1, in order.
class FinesCases : public ::testing::Test {
 protected:
  void SetUp() override {
    take("X", created(at(1, "2001-01-01"), 3'000));
    take("X", notification_inserted{at(3, "2001-02-01"), "P", "N"});
    take("X", fine_sent{at(2, "2001-01-10"), 1'000});
    take("X", penalty_added{at(5, "2001-04-02"), 6'000});
    take("X", payment_received{at(4, "2001-03-01"), 500, 700});
    send("X", pay{600, day("2001-05-01")});
    take("X1", created(at(1, "2001-03-01"), 1'000));
    take("X1", payment_received{at(2, "2001-03-02"), 1'000, 1'000});
  }

  void take(const std::string& id, const case_event& fact) { send(id, take_over{fact}); }
  void send(const std::string& id, const fine_case::command& wish) {
    ASSERT_NE(store.app().aggregate<fine_case>(id).ask(wish).accepted(), nullptr);
  }

  /// What was outstanding in X; nothing when it had not begun.
  std::optional<std::int64_t> outstanding(const char* date) {
    const auto then = cases_as_of(store.app(), day(date), "X");
    EXPECT_TRUE(then);
    if (!then || then->empty()) return std::nullopt;
    return then->front().stands.outstanding_cents();
  }

  fines::testing::fines_store store;
};

TEST_F(FinesCases, ShowWhatHappenedInTheOrderOfSeq) {
  const auto lines = ask<cases>(store.app(), entries_of{"X"});
  ASSERT_TRUE(lines);
  std::vector<activity> order;
  for (const entry& line : *lines)
    order.push_back(line.what);
  EXPECT_EQ(order,
            (std::vector{activity::create_fine,
                         activity::send_fine,
                         activity::insert_notification,
                         activity::payment,
                         activity::add_penalty,
                         activity::payment}));
  EXPECT_EQ(lines->back().at.seq, 6U);
  EXPECT_EQ(ask<cases>(store.app(), entries_of{"X", day("2001-03-01")})->size(), 4U);
}

TEST_F(FinesCases, FindWhatWasOutstandingAtAnyDateWhateverTheOrderOfTheRows) {
  EXPECT_EQ(outstanding("2000-12-31"), std::nullopt);
  EXPECT_EQ(outstanding("2001-01-01"), 3'000);
  EXPECT_EQ(outstanding("2001-01-31"), 4'000);
  EXPECT_EQ(outstanding("2001-02-28"), 4'000);
  EXPECT_EQ(outstanding("2001-03-01"), 3'500);
  EXPECT_EQ(outstanding("2001-04-02"), 6'500);
  EXPECT_EQ(outstanding("2030-01-01"), 5'900);
}

TEST_F(FinesCases, NameTheVersionThatHadRecordedEverythingUntilADay) {
  const auto then = ask<cases>(store.app(), versions_as_of{day("2001-03-01")});
  ASSERT_TRUE(then);
  ASSERT_EQ(then->size(), 2U);
  EXPECT_EQ((*then)[0].id, "X");
  EXPECT_EQ((*then)[0].version.value, 5U);
  EXPECT_EQ((*then)[0].entries, 4U);
  EXPECT_EQ((*then)[1].id, "X1");
  EXPECT_EQ((*then)[1].version.value, 1U);
}

TEST_F(FinesCases, AgreeWithTheAggregateAlsoAfterARestart) {
  store.reopen();
  const auto all = ask<cases>(store.app(), all_cases{});
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2U);
  for (const auto& [id, stands] : *all)
    EXPECT_EQ(stands, store.app().aggregate<fine_case>(id).state()->state.now) << id;
}

TEST_F(FinesCases, ReportRecordedTotalsThatAreNotTheSumOfThePayments) {
  const auto odd = ask<cases>(store.app(), anomalies{});
  ASSERT_TRUE(odd);
  ASSERT_EQ(odd->size(), 1U);
  EXPECT_EQ(odd->front().id, "X");
  EXPECT_EQ(odd->front().recorded_total_cents, 700);
  EXPECT_EQ(odd->front().running_total_cents, 500);
}

}  // namespace
