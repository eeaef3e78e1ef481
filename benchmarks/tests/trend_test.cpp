#include "soak/trend.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using bench::moment;
using bench::trend_of;

std::vector<moment> looks(double (*value)(int), int count = 101) {
  std::vector<moment> seen;
  for (int i = 0; i < count; ++i)
    seen.push_back({i * 10.0, value(i)});
  return seen;
}

TEST(Trend, SeesWhatKeepsGrowing) {
  const auto found = trend_of(looks([](int i) { return 100.0 + i; }));
  EXPECT_NEAR(found.per_hour, 360, 1e-6);
  EXPECT_NEAR(found.risen, 50, 1e-6);
  EXPECT_TRUE(found.grew);
}

TEST(Trend, LeavesOutTheBeginning) {
  const auto found = trend_of(looks([](int i) { return i < 40 ? 10.0 * i : 400.0; }));
  EXPECT_NEAR(found.per_hour, 0, 1e-6);
  EXPECT_FALSE(found.grew);
}

TEST(Trend, IsNotTakenInByTeeth) {
  const auto found = trend_of(looks([](int i) { return 100.0 + i % 5; }));
  EXPECT_FALSE(found.grew);
}

TEST(Trend, SaysNothingOfTooFew) {
  EXPECT_FALSE(trend_of({}).grew);
  EXPECT_FALSE(trend_of(looks([](int i) { return 1.0 * i; }, 2)).grew);
}

}  // namespace
