#include "grid/distribution.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace {

using bench::distribution_of;
using bench::histogram;
using std::chrono::nanoseconds;

TEST(Distribution, IsEmptyWithoutLatencies) {
  EXPECT_TRUE(distribution_of(histogram{}).empty());
  EXPECT_EQ(bench::json_of({}), "[]");
}

TEST(Distribution, HalvesTheRestWithEachStep) {
  histogram seen;
  for (int ns = 1; ns <= 100; ++ns)
    seen.record(nanoseconds{ns});
  const auto steps = distribution_of(seen);
  ASSERT_GE(steps.size(), 4U);
  EXPECT_EQ(steps[0].value, nanoseconds{1});
  EXPECT_EQ(steps[1].percentile, 50);
  EXPECT_EQ(steps[1].value, nanoseconds{50});
  EXPECT_EQ(steps[1].count, 50U);
  EXPECT_EQ(steps[2].percentile, 75);
  EXPECT_EQ(steps[2].value, nanoseconds{75});
  EXPECT_EQ(steps.back().percentile, 100);
  EXPECT_EQ(steps.back().value, nanoseconds{100});
  EXPECT_EQ(steps.back().count, 100U);
}

TEST(Distribution, AgreesWithTheQuantiles) {
  const auto seen = std::make_unique<histogram>();
  for (int i = 1; i <= 5000; ++i)
    seen->record(nanoseconds{i * i});
  for (const auto& step : distribution_of(*seen))
    EXPECT_EQ(step.value, seen->quantile(step.percentile / 100)) << step.percentile;
}

TEST(Distribution, IsTheSameOfPartsPutTogether) {
  histogram all;
  histogram part;
  histogram sum;
  for (int i = 1; i <= 3000; ++i) {
    all.record(nanoseconds{i * 31});
    (i % 2 == 0 ? part : sum).record(nanoseconds{i * 31});
  }
  sum.add(part);
  EXPECT_EQ(bench::json_of(distribution_of(sum)), bench::json_of(distribution_of(all)));
}

TEST(Distribution, IsWrittenAsPercentileMicrosecondsAndCount) {
  histogram seen;
  seen.record(nanoseconds{100}, 3);
  seen.record(nanoseconds{250});
  EXPECT_EQ(bench::json_of(distribution_of(seen)),
            "[[0, 0.1, 3], [50, 0.1, 3], [75, 0.1, 3], [100, 0.25, 4]]");
}

}  // namespace
