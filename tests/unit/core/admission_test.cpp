#include "cairn/detail/admission.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

namespace cairn::detail {
namespace {

using steady = std::chrono::steady_clock;

TEST(Admission, CountsTheCommandsOnTheirWayToEachPartition) {
  admission door{10, 3};
  ASSERT_TRUE(door.acquire(3));
  EXPECT_EQ(door.on_the_way_to(1).load(), 0U);
  door.lane_to(1).enter();
  door.lane_to(1).enter();
  door.lane_to(2).enter();
  EXPECT_EQ(door.on_the_way_to(0).load(), 0U);
  EXPECT_EQ(door.on_the_way_to(1).load(), 2U);
  EXPECT_EQ(door.on_the_way_to(2).load(), 1U);
  door.lane_to(1).release();
  EXPECT_EQ(door.on_the_way_to(1).load(), 1U);
  EXPECT_EQ(door.in_flight().load(), 2U);
  door.lane_to(1).release();
  door.lane_to(2).release();
  EXPECT_EQ(door.on_the_way_to(2).load(), 0U);
  EXPECT_EQ(door.in_flight().load(), 0U);
}

TEST(Admission, CountsEachCommandOnceWhenThereIsOnePartition) {
  admission door{10};
  EXPECT_EQ(&door.on_the_way_to(0), &door.in_flight());
  ASSERT_TRUE(door.acquire(2));
  door.lane_to(0).enter();
  EXPECT_EQ(door.in_flight().load(), 2U);
  door.lane_to(0).release();
  EXPECT_EQ(door.in_flight().load(), 1U);
  door.release();
}

TEST(Admission, DoesNotCountReadersAmongTheCommands) {
  admission door{1};
  ASSERT_TRUE(door.enter_reading());
  EXPECT_EQ(door.in_flight().load(), 0U);
  EXPECT_TRUE(door.acquire(1));
  door.release();
  EXPECT_EQ(door.enter_reading().error().what, error::code::overloaded);
  door.leave_reading();
  EXPECT_TRUE(door.enter_reading());
  door.leave_reading();
}

TEST(Admission, WaitsForReadersHoweverLongTheyTake) {
  admission door{1};
  ASSERT_TRUE(door.enter_reading());
  auto drained =
      std::async(std::launch::async, [&] { return door.close_and_drain(steady::now()); });
  while (!door.is_closed())
    std::this_thread::yield();
  EXPECT_EQ(door.enter_reading().error().what, error::code::shutting_down);
  EXPECT_EQ(drained.wait_for(std::chrono::milliseconds{0}), std::future_status::timeout);
  door.leave_reading();
  EXPECT_EQ(drained.get(), 0U);
}

}  // namespace
}  // namespace cairn::detail
