#include "grid/points.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace {

using bench::families_of;
using bench::grid_axes;
using bench::grid_family;
using bench::grid_point;
using bench::options;

TEST(GridPoints, HaveAKeyOfTheirOwn) {
  std::set<std::string> keys;
  for (const std::string& axis : grid_axes()) {
    for (const grid_family& family : families_of(axis, options{})) {
      for (const grid_point& point : family)
        EXPECT_TRUE(keys.insert(point.key()).second) << point.key();
    }
  }
  EXPECT_GE(keys.size(), 80U);
}

TEST(GridPoints, OfAFamilyShareWhatTheLimitIsTold) {
  for (const std::string& axis : grid_axes()) {
    for (const grid_family& family : families_of(axis, options{})) {
      ASSERT_FALSE(family.empty());
      const grid_point& first = family.front();
      for (const grid_point& point : family) {
        EXPECT_EQ(point.plan.clients, first.plan.clients);
        EXPECT_EQ(point.chosen.payload_bytes, first.chosen.payload_bytes);
        EXPECT_EQ(point.chosen.settings.durability, first.chosen.settings.durability);
        EXPECT_EQ(point.chosen.settings.relaxed_window, first.chosen.settings.relaxed_window);
      }
    }
  }
}

TEST(GridPoints, MeasureTheClosedLoopBeforeItsShares) {
  for (const grid_family& family : families_of("open_loop", options{})) {
    EXPECT_FALSE(family.front().plan.open);
    EXPECT_TRUE(std::all_of(family.begin() + 1, family.end(), [](const grid_point& point) {
      return point.plan.open && point.share > 0;
    }));
  }
}

TEST(GridPoints, PassTheCheckOfTheSettings) {
  for (const std::string& axis : grid_axes()) {
    for (const grid_family& family : families_of(axis, options{})) {
      for (const grid_point& point : family) {
        cairn::config settings = point.chosen.settings;
        settings.store = "somewhere";
        EXPECT_TRUE(cairn::check(settings)) << point.key();
      }
    }
  }
}

TEST(GridPoints, GoRoundTheClientsAndTheBytesAskedFor) {
  options base;
  base.in_flight = {8};
  base.payload_bytes = 256;
  for (const std::string axis : {"partitions", "read_models", "aggregates"}) {
    const auto families = families_of(axis, base);
    ASSERT_EQ(families.size(), 1U);
    for (const grid_point& point : families.front()) {
      EXPECT_EQ(point.plan.clients, 8U);
      EXPECT_EQ(point.chosen.payload_bytes, 256U);
    }
  }
}

}  // namespace
