#include "support/histogram.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <random>

namespace {

using bench::histogram;
using std::chrono::nanoseconds;

TEST(Histogram, IsEmptyAtFirst) {
  const histogram empty;
  EXPECT_EQ(empty.count(), 0U);
  EXPECT_EQ(empty.quantile(0.5), nanoseconds{0});
}

TEST(Histogram, KeepsShortDurationsExactly) {
  histogram seen;
  for (std::int64_t ns = 1; ns <= 200; ++ns)
    seen.record(nanoseconds{ns});
  EXPECT_EQ(seen.count(), 200U);
  EXPECT_EQ(seen.quantile(0.0), nanoseconds{1});
  EXPECT_EQ(seen.quantile(0.5), nanoseconds{100});
  EXPECT_EQ(seen.quantile(0.99), nanoseconds{198});
  EXPECT_EQ(seen.quantile(1.0), nanoseconds{200});
}

TEST(Histogram, KeepsTwoDigitsOfEveryDuration) {
  std::mt19937_64 dice{7};
  for (std::int64_t scale = 1; scale < histogram::longest.count(); scale *= 3) {
    const auto seen = std::make_unique<histogram>();
    const nanoseconds time{std::uniform_int_distribution<std::int64_t>{1, scale}(dice)};
    seen->record(time);
    const nanoseconds told = seen->quantile(0.5);
    EXPECT_GE(told, time);
    EXPECT_LE(static_cast<double>(told.count()), static_cast<double>(time.count()) * 1.01);
  }
}

TEST(Histogram, PutsNeighboursInOrder) {
  nanoseconds before{0};
  for (std::int64_t ns = 1; ns < 1'000'000; ns += 1 + ns / 500) {
    const auto seen = std::make_unique<histogram>();
    seen->record(nanoseconds{ns});
    EXPECT_GE(seen->quantile(0.5), before);
    before = seen->quantile(0.5);
  }
}

TEST(Histogram, CountsManyAtOnce) {
  histogram seen;
  seen.record(nanoseconds{10}, 99);
  seen.record(nanoseconds{100}, 1);
  EXPECT_EQ(seen.count(), 100U);
  EXPECT_EQ(seen.quantile(0.99), nanoseconds{10});
  EXPECT_EQ(seen.quantile(0.999), nanoseconds{100});
}

TEST(Histogram, TakesWhatIsOutOfRangeAsTheNearestThatIsNot) {
  histogram seen;
  seen.record(nanoseconds{-5});
  EXPECT_EQ(seen.quantile(1.0), nanoseconds{0});
  seen.record(std::chrono::hours{5});
  EXPECT_GE(seen.quantile(1.0), histogram::longest);
  EXPECT_LT(seen.quantile(1.0), histogram::longest + histogram::longest / 100);
}

}  // namespace
