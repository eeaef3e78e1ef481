#include "commands/choice.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace {

using bench::aggregate_choice;
using bench::dice;

std::vector<double> shares_of(const aggregate_choice& choice, std::uint32_t draws) {
  dice random{11};
  std::vector<double> shares(choice.count());
  for (std::uint32_t i = 0; i < draws; ++i)
    shares.at(choice.pick(random)) += 1.0 / draws;
  return shares;
}

TEST(AggregateChoice, IsEvenWithoutAnExponent) {
  constexpr std::uint32_t count = 50;
  for (const double share : shares_of(aggregate_choice{count}, 1'000'000))
    EXPECT_NEAR(share, 1.0 / count, 0.001);
}

TEST(AggregateChoice, FollowsZipfsLaw) {
  constexpr std::uint32_t count = 100;
  for (const double exponent : {0.5, 0.99, 1.0, 2.0}) {
    double sum = 0;
    for (std::uint32_t k = 1; k <= count; ++k)
      sum += std::pow(k, -exponent);
    const auto shares = shares_of(aggregate_choice{count, exponent}, 2'000'000);
    // Seven standard deviations of the largest share are 0.0025.
    for (std::uint32_t k = 1; k <= count; ++k) {
      EXPECT_NEAR(shares.at(k - 1), std::pow(k, -exponent) / sum, 0.0025)
          << k << " of exponent " << exponent;
    }
  }
}

TEST(AggregateChoice, ReachesTheLastOfMany) {
  constexpr std::uint32_t count = 1000;
  const auto shares = shares_of(aggregate_choice{count, 0.99}, 2'000'000);
  for (const double share : shares)
    EXPECT_GT(share, 0.0);
}

TEST(AggregateChoice, HasOnlyOneWhenThereIsOne) {
  for (const double exponent : {0.0, 0.99}) {
    const auto shares = shares_of(aggregate_choice{1, exponent}, 100);
    EXPECT_NEAR(shares.at(0), 1.0, 1e-9);
  }
}

}  // namespace
