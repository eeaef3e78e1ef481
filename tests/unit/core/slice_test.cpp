#include "cairn/slice.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace cairn {
namespace {

TEST(Slice, OfAnAggregateIsTheSameForEver) {
  EXPECT_EQ(slice_of("bank.account", "ann"), 287U);
  EXPECT_EQ(slice_of("bank.account", "bob"), 503U);
  EXPECT_EQ(slice_of("shop.cart", "ann"), 864U);
  EXPECT_EQ(slice_of("a", std::string(256, 'x')), 853U);
}

TEST(Slice, IsOneOf1024ThatAreAllUsed) {
  std::set<std::uint16_t> seen;
  for (int i = 0; i < 20'000; ++i)
    seen.insert(slice_of("bank.account", std::to_string(i)));
  EXPECT_EQ(seen.size(), slice_count);
  EXPECT_EQ(*seen.rbegin(), slice_count - 1);
}

TEST(Slice, RangesIncludeBothEnds) {
  constexpr slice_range some{.first = 3, .last = 5};
  EXPECT_FALSE(some.has(2));
  EXPECT_TRUE(some.has(3));
  EXPECT_TRUE(some.has(5));
  EXPECT_FALSE(some.has(6));
  EXPECT_FALSE(some.is_all());
  EXPECT_TRUE(slice_range{}.is_all());
}

}  // namespace
}  // namespace cairn
