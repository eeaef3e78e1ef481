#include "log/hidden_events.hpp"

#include "cairn/testing/commits.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace cairn::persistence {
namespace {

using std::chrono::seconds;
using tests::at_second;

std::uint64_t hidden(const stream_facts& facts, const retention& of_type = {}) {
  return rule_of(facts, of_type, at_second(100)).up_to.value;
}

TEST(HiddenEvents, AreNoneWithoutANoteAndARetention) {
  EXPECT_EQ(rule_of({{7}, {}}, {}, at_second(100)), hiding_rule{});
}

TEST(HiddenEvents, AreThoseBeforeTheTruncation) {
  EXPECT_EQ(hidden({{7}, {.hidden_up_to = 5, .reset_at = 2}}), 5U);
}

TEST(HiddenEvents, AreAllOfATombstonedStreamWhateverItsAge) {
  const hiding_rule rule =
      rule_of({{7}, {.tombstoned = true, .age_max = seconds{1}}}, {}, at_second(100));
  EXPECT_EQ(rule, hiding_rule{{7}});
}

TEST(HiddenEvents, NeverGoBeyondTheHead) {
  EXPECT_EQ(hidden({{7}, {.hidden_up_to = UINT64_MAX}}), 7U);
  EXPECT_EQ(hidden({{0}, {.hidden_up_to = 3}}), 0U);
}

TEST(HiddenEvents, AreAllButTheNewestSoMany) {
  EXPECT_EQ(hidden({{7}, {}}, {.count_max = 3}), 4U);
  EXPECT_EQ(hidden({{7}, {}}, {.count_max = 7}), 0U);
  EXPECT_EQ(hidden({{7}, {}}, {.count_max = UINT64_MAX}), 0U);
  EXPECT_EQ(hidden({{7}, {}}, {.count_max = 0}), 7U);
}

TEST(HiddenEvents, AreThoseThatTruncationOrCountHides) {
  EXPECT_EQ(hidden({{7}, {.hidden_up_to = 5, .count_max = 3}}), 5U);
  EXPECT_EQ(hidden({{7}, {.hidden_up_to = 2, .count_max = 3}}), 4U);
}

TEST(HiddenEvents, FollowTheNoteWhereItHasABoundAndTheTypeWhereNot) {
  const retention type{.count_max = 1, .age_max = seconds{10}};
  const hiding_rule by_both = rule_of({{7}, {.count_max = 5}}, type, at_second(100));
  EXPECT_EQ(by_both, (hiding_rule{{2}, at_second(90)}));
  const hiding_rule by_note = rule_of({{7}, {.age_max = seconds{30}}}, type, at_second(100));
  EXPECT_EQ(by_note, (hiding_rule{{6}, at_second(70)}));
}

TEST(HiddenEvents, AreNoneForAnAgeThatReachesBeforeTheBeginningOfTime) {
  const retention longest{.age_max = std::chrono::nanoseconds::max()};
  EXPECT_EQ(rule_of({{7}, {}}, longest, at_second(100)).not_before, timestamp{});
}

/// A stream whose n-th commit has two events and was made at second n + 1.
class HiddenByAge : public testing::Test {
 protected:
  HiddenByAge() {
    for (std::uint64_t n = 0; n < 1000; ++n)
      commits_.push_back({.offset = 2 * n + 1, .base = 2 * n, .events = 2});
  }
  std::uint64_t hidden(const hiding_rule& rule, std::uint64_t head = 2000) {
    asked_ = 0;
    return hide_older(
               rule,
               {head},
               commits_,
               [this](const commit_place& place) {
                 ++asked_;
                 return result<timestamp>{at_second(static_cast<std::int64_t>(place.base / 2) + 1)};
               })
        ->value;
  }

  std::vector<commit_place> commits_;
  int asked_ = 0;
};

TEST_F(HiddenByAge, AreThoseOfAllCommitsThatAreTooOld) {
  for (std::uint64_t old : {1U, 2U, 499U, 998U, 999U}) {
    const timestamp time = at_second(static_cast<std::int64_t>(old));
    EXPECT_EQ(hidden({{0}, time}), 2 * old - 2);
    EXPECT_EQ(hidden({{0}, time + std::chrono::nanoseconds{1}}), 2 * old);
    EXPECT_LE(asked_, 11);
  }
}

TEST_F(HiddenByAge, AreNoneWhenTheFirstCommitIsYoungEnough) {
  EXPECT_EQ(hidden({{0}, at_second(1)}), 0U);
  EXPECT_EQ(asked_, 1);
}

TEST_F(HiddenByAge, AreAllWhenAllCommitsAreTooOld) {
  EXPECT_EQ(hidden({{0}, at_second(5000)}), 2000U);
}

TEST_F(HiddenByAge, AreNotFewerThanWithoutTheBound) {
  EXPECT_EQ(hidden({{3}, at_second(1)}), 3U);
  EXPECT_EQ(hidden({{3}, at_second(2)}), 3U);  // the commit of versions 1 and 2
}

TEST_F(HiddenByAge, DoNotReachIntoCommitsBehindTheHeadThatWasAskedFor) {
  EXPECT_EQ(hidden({{0}, at_second(5000)}, 10), 10U);
}

TEST_F(HiddenByAge, AreUnknownWhenACommitCannotBeRead) {
  const auto found = hide_older({{0}, at_second(2)}, {10}, commits_, [](const commit_place&) {
    return result<timestamp>{error{error::code::corrupt, "lost"}};
  });
  EXPECT_EQ(found.error().what, error::code::corrupt);
}

}  // namespace
}  // namespace cairn::persistence
