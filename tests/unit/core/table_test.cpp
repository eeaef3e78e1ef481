#include "cairn/detail/key_range.hpp"
#include "cairn/detail/ordered_key.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace cairn::detail {
namespace {

template <class Key> std::string bytes_of(const Key& key) {
  byte_buffer out;
  ordered_key<Key>::append(out, key);
  return std::string{out.text()};
}

/// The keys are given in ascending order: their bytes must be, too, and must be read back.
template <class Key> void expect_order(const std::vector<Key>& ascending) {
  std::string before;
  for (const Key& key : ascending) {
    const std::string bytes = bytes_of(key);
    if (!before.empty()) {
      EXPECT_LT(before, bytes);
    }
    byte_reader in{as_bytes(bytes)};
    EXPECT_TRUE(ordered_key<Key>::read(in) == key);
    EXPECT_FALSE(in.failed());
    EXPECT_EQ(in.left(), 0U);
    before = bytes;
  }
}

TEST(TableKey, OrdersNumbersAsNumbers) {
  using limits = std::numeric_limits<std::int64_t>;
  expect_order<std::uint32_t>({0, 1, 255, 256, 65'535, 4'000'000'000U});
  expect_order<std::int64_t>({limits::min(), -256, -1, 0, 1, 255, 256, limits::max()});
  expect_order<std::int8_t>({-128, -1, 0, 127});
  expect_order<bool>({false, true});
}

TEST(TableKey, OrdersTextByItsBytesAlsoInFrontOfOtherParts) {
  using namespace std::string_literals;
  expect_order<std::string>({"", "\0"s, "\0a"s, "a", "a\0"s, "a\0b"s, "ab", "b", "\xff"});
  expect_order<std::pair<std::string, int>>(
      {{"", 9}, {"a", -1}, {"a", 5}, {"a\0"s, -7}, {"ab", 0}, {"b", -9}});
  expect_order<std::tuple<int, std::string, bool>>(
      {{1, "x", true}, {2, "a", false}, {2, "a", true}, {2, "b", false}});
}

TEST(TableKey, OrdersTimeAndIds) {
  using std::chrono::nanoseconds;
  expect_order<timestamp>({timestamp{nanoseconds{-5}}, timestamp{}, timestamp{nanoseconds{7}}});
  expect_order<aggregate_id>({"ann", "bob"});
}

TEST(TableKey, OrdersWhatMayBeMissingBeforeWhatIsThere) {
  using text = std::optional<std::string>;
  expect_order<text>({std::nullopt, "", "a"});
  expect_order<std::pair<std::optional<int>, int>>({{std::nullopt, 9}, {-1, 3}, {-1, 4}, {0, 0}});
}

TEST(TableKey, EndsBehindAllThatBeginTheSameWay) {
  using namespace std::string_literals;
  const auto end_of = [](std::string_view prefix) {
    return std::string{end_of_prefix(as_bytes(prefix)).text()};
  };
  EXPECT_EQ(end_of("ab"), "ac");
  EXPECT_EQ(end_of("a\xff\xff"), "b");
  EXPECT_EQ(end_of("a\0"s), "a\1");
  EXPECT_EQ(end_of("\x7f"), "\x80");
  EXPECT_EQ(end_of("\xff\xff"), "") << "nothing comes behind these";
  EXPECT_EQ(end_of(""), "");
}

}  // namespace
}  // namespace cairn::detail
