#include "cairn/ids.hpp"

#include "cairn/detail/admission.hpp"
#include "cairn/detail/mpsc_queue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

namespace cairn {
namespace {

TEST(Ids, AreTypesOfTheirOwn) {
  EXPECT_FALSE((std::is_convertible_v<version, std::uint64_t>));
  EXPECT_FALSE((std::is_convertible_v<command_id, correlation_id>));
  EXPECT_FALSE((std::is_convertible_v<std::uint64_t, version>));
  EXPECT_TRUE((std::is_convertible_v<const char*, command_id>));
}

TEST(Ids, RefuseAggregateIdsThatAreEmptyTooLongOrHaveANul) {
  EXPECT_TRUE(check_aggregate_id("ann"));
  EXPECT_TRUE(check_aggregate_id(std::string(256, 'x')));
  EXPECT_EQ(check_aggregate_id("").error().what, error::code::bad_input);
  EXPECT_EQ(check_aggregate_id(std::string(257, 'x')).error().what, error::code::bad_input);
  EXPECT_EQ(check_aggregate_id(std::string_view{"a\0b", 3}).error().what, error::code::bad_input);
}

TEST(Expectation, IsMetByAnyVersionUnlessItDemandsOne) {
  EXPECT_TRUE(expectation{}.met_by(version{7}));
  EXPECT_TRUE(expectation{version{7}}.met_by(version{7}));
  EXPECT_FALSE(expectation{version{7}}.met_by(version{8}));
  EXPECT_FALSE(expectation{version{0}}.met_by(version{1}));
  EXPECT_TRUE(expectation::none().met_by(version{0}));
  EXPECT_FALSE(expectation::none().met_by(version{1}));
  EXPECT_FALSE(expectation::exists().met_by(version{0}));
  EXPECT_TRUE(expectation::exists().met_by(version{9}));
  EXPECT_TRUE(expectation::any().met_by(version{0}));
}

TEST(Expectation, SaysWhatItDemands) {
  EXPECT_EQ(expectation{version{7}}.describe(), "version 7");
  EXPECT_EQ(expectation::none().describe(), "no events");
  EXPECT_EQ(expectation::exists().describe(), "at least one event");
}

TEST(Admission, RefusesBeyondItsLimitAndTakesNothingThen) {
  detail::admission door{3};
  EXPECT_TRUE(door.acquire(2));
  const auto refused = door.acquire(2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, error::code::overloaded);
  EXPECT_EQ(door.in_flight().load(), 2U);
  EXPECT_TRUE(door.acquire(1));
}

TEST(Admission, RefusesEverythingOnceItIsClosedAndCountsWhatIsLeft) {
  detail::admission door{3};
  ASSERT_TRUE(door.acquire(1));
  EXPECT_EQ(door.close_and_drain(std::chrono::steady_clock::now()), 1U);
  EXPECT_EQ(door.acquire(1).error().what, error::code::shutting_down);
  door.release();
  EXPECT_EQ(door.close_and_drain(std::chrono::steady_clock::time_point::max()), 0U);
}

struct node {
  int value = 0;
  node* next = nullptr;
};

TEST(MpscQueue, GivesNodesInTheOrderOfTheirPushes) {
  detail::mpsc_queue<node> queue;
  node nodes[4] = {{1}, {2}, {3}, {4}};
  EXPECT_TRUE(queue.push(&nodes[0]));
  EXPECT_FALSE(queue.push(&nodes[1]));
  // A chain is linked newest first.
  nodes[3].next = &nodes[2];
  EXPECT_FALSE(queue.push_chain(&nodes[3], &nodes[2]));
  int expected = 1;
  for (const node* one = queue.take_all(); one != nullptr; one = one->next) {
    EXPECT_EQ(one->value, expected++);
  }
  EXPECT_EQ(expected, 5);
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.push(&nodes[0]));
}

}  // namespace
}  // namespace cairn
