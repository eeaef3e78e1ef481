#include "cairn/detail/hash_table.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <set>

namespace cairn::detail {
namespace {

using table = hash_table<std::uint32_t, UINT32_MAX>;

std::uint32_t find(const table& in, std::uint64_t hash, std::uint32_t meant) {
  return in.find(hash, [meant](std::uint32_t value) { return value == meant; });
}

std::set<std::uint32_t> all_of(const table& in) {
  std::set<std::uint32_t> all;
  in.each([&all](std::uint32_t value) { EXPECT_TRUE(all.insert(value).second); });
  return all;
}

TEST(HashTable, HasNothingAtFirst) {
  const table none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(find(none, 1, 1), UINT32_MAX);
  none.prefetch(1);
  EXPECT_TRUE(all_of(none).empty());
}

TEST(HashTable, TellsThoseOfOneHashApart) {
  table made;
  for (std::uint32_t value = 0; value < 100; ++value)
    made.add(7, value);
  made.erase(7, 50);
  for (std::uint32_t value = 0; value < 100; ++value)
    EXPECT_EQ(find(made, 7, value), value != 50 ? value : UINT32_MAX) << value;
  EXPECT_EQ(made.size(), 99U);
}

TEST(HashTable, GivesOneOfAHashToWhoeverLooksAhead) {
  table made;
  EXPECT_EQ(made.likely(7), UINT32_MAX);
  made.add(std::uint64_t{7} << 32U, 1);
  made.add(std::uint64_t{8} << 32U, 2);
  made.add(std::uint64_t{8} << 32U, 3);
  EXPECT_EQ(made.likely(std::uint64_t{7} << 32U), 1U);
  const std::uint32_t one = made.likely(std::uint64_t{8} << 32U);
  EXPECT_TRUE(one == 2 || one == 3) << one;
  made.erase(std::uint64_t{8} << 32U, one);
  EXPECT_EQ(made.likely(std::uint64_t{8} << 32U), 5 - one);
  EXPECT_EQ(made.likely(std::uint64_t{9} << 32U), UINT32_MAX);
}

/// Few hashes, so that runs of buckets are long, and some that begin at the end of the table and
/// wrap.
TEST(HashTable, AgreesWithAMapWhateverIsAddedAndErased) {
  std::mt19937_64 dice{20'261'129};  // NOLINT(cert-msc51-cpp): the same each time
  for (const std::uint64_t spread : {4U, 64U, 100'000U}) {
    table made;
    std::map<std::uint32_t, std::uint64_t> model;
    std::uint32_t next = 0;
    for (int step = 0; step < 20'000; ++step) {
      const bool adds = model.size() < 10 || dice() % 8 < (step < 10'000 ? 5 : 3);
      if (adds) {
        const std::uint64_t hash = (UINT64_MAX - dice() % spread) << 32U;
        made.add(hash, next);
        model.emplace(next++, hash);
      } else {
        const auto gone = std::next(
            model.begin(),
            static_cast<std::ptrdiff_t>(dice() % std::min<std::size_t>(model.size(), 50)));
        made.erase(gone->second, gone->first);
        EXPECT_EQ(find(made, gone->second, gone->first), UINT32_MAX);
        model.erase(gone);
      }
      ASSERT_EQ(made.size(), model.size());
      if (step % 500 != 0) continue;
      for (const auto& [value, hash] : model)
        ASSERT_EQ(find(made, hash, value), value);
      ASSERT_EQ(all_of(made).size(), model.size());
    }
  }
}

}  // namespace
}  // namespace cairn::detail
