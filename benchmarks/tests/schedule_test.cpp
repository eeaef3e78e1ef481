#include "commands/schedule.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdint>

namespace {

using bench::arrivals;
using bench::schedule;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

TEST(Schedule, IsConstantToTheNanosecond) {
  schedule every_millisecond{{1000, arrivals::constant}, 1};
  for (std::int64_t i = 0; i < 100'000; ++i)
    EXPECT_LE(std::chrono::abs(every_millisecond.next() - i * 1ms), 1ns);
}

TEST(Schedule, DoesNotDriftWhereTheGapIsNoWholeNumber) {
  schedule thirds{{3e6, arrivals::constant}, 1};
  nanoseconds last{};
  for (int i = 0; i <= 3'000'000; ++i)
    last = thirds.next();
  EXPECT_LE(std::chrono::abs(last - 1s), 1ns);
}

TEST(Schedule, HasThePoissonRateAndItsSpread) {
  constexpr double rate = 20'000;
  constexpr int count = 400'000;
  schedule by_chance{{rate, arrivals::poisson}, 5};
  nanoseconds before{};
  double squares = 0;
  for (int i = 0; i < count; ++i) {
    const nanoseconds due = by_chance.next();
    ASSERT_GE(due, before);
    squares += std::pow(std::chrono::duration<double>(due - before).count() * rate, 2);
    before = due;
  }
  EXPECT_NEAR(std::chrono::duration<double>(before).count(), count / rate, 0.01 * count / rate);
  // Of gaps of mean 1 that are spread exponentially; of constant ones it would be 1.
  EXPECT_NEAR(squares / count, 2.0, 0.05);
}

TEST(Schedule, IsTheSameAgainFromTheSameSeed) {
  schedule one{{1000, arrivals::poisson}, 7};
  schedule same{{1000, arrivals::poisson}, 7};
  schedule other{{1000, arrivals::poisson}, 8};
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const nanoseconds due = one.next();
    EXPECT_EQ(due, same.next());
    differs = differs || due != other.next();
  }
  EXPECT_TRUE(differs);
}

}  // namespace
