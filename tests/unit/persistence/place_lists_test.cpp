#include "cairn/persistence/place_lists.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace cairn::persistence {
namespace {

using places = std::vector<commit_place>;

std::string key_of(stream_name stream) {
  std::string key;
  make_stream_key(key, stream);
  return key;
}

void add(place_lists& to, stream_name stream, const commit_place& place) {
  to.add(stream, hash_of(stream), place);
}

places behind(const place_lists& in, stream_name stream, std::uint64_t after) {
  places found{{99, 98, 97}};
  in.append_behind(key_of(stream), after, found);
  EXPECT_EQ(found.front(), (commit_place{99, 98, 97})) << "what was there before stays";
  found.erase(found.begin());
  return found;
}

TEST(PlaceLists, KnowNothingOfAStreamThatWasNeverAdded) {
  place_lists made;
  EXPECT_EQ(made.newest(key_of({"bank.account", "ann"})), std::nullopt);
  EXPECT_TRUE(behind(made, {"bank.account", "ann"}, 0).empty());
  EXPECT_EQ(made.sorted().size(), 0U);
  add(made, {"bank.account", "ann"}, {1, 0, 1});
  EXPECT_EQ(made.newest(key_of({"bank.account", "anna"})), std::nullopt);
  EXPECT_EQ(made.newest(key_of({"bank.accounta", "nn"})), std::nullopt);
  EXPECT_EQ(made.newest(key_of({"bank", "ann"})), std::nullopt);
}

TEST(PlaceLists, GiveWhatIsBehindAVersionInOrder) {
  place_lists made;
  const stream_name ann{"bank.account", "ann"};
  add(made, ann, {10, 0, 2});
  add(made, {"bank.account", "bob"}, {12, 0, 1});
  add(made, ann, {13, 2, 1});
  add(made, ann, {14, 3, 3});
  EXPECT_EQ(behind(made, ann, 0), (places{{10, 0, 2}, {13, 2, 1}, {14, 3, 3}}));
  EXPECT_EQ(behind(made, ann, 1), (places{{10, 0, 2}, {13, 2, 1}, {14, 3, 3}}));
  EXPECT_EQ(behind(made, ann, 2), (places{{13, 2, 1}, {14, 3, 3}}));
  EXPECT_EQ(behind(made, ann, 5), (places{{14, 3, 3}}));
  EXPECT_TRUE(behind(made, ann, 6).empty());
  EXPECT_EQ(made.newest(key_of(ann)), (commit_place{14, 3, 3}));
}

TEST(PlaceLists, AgreeWithAMapForManyStreams) {
  std::mt19937_64 dice{7};  // NOLINT(cert-msc51-cpp): the same each time
  place_lists made;
  std::map<std::string, places> model;
  std::uint64_t offset = 1;
  for (int i = 0; i < 50'000; ++i) {
    const std::string type = dice() % 2 == 0 ? "a" : "a type of many words";
    const std::string id = std::to_string(dice() % 5'000);
    places& known = model[key_of({type, id})];
    const std::uint64_t base = known.empty() ? 0 : known.back().base + known.back().events;
    const auto events = static_cast<std::uint32_t>(1 + dice() % 3);
    const stream_name stream{type, id};
    made.prefetch_bucket(hash_of(stream));
    made.prefetch_head(hash_of(stream));
    made.prefetch_key(hash_of(stream));
    add(made, stream, {offset, base, events});
    known.push_back({offset, base, events});
    offset += events;
  }
  ASSERT_EQ(made.size(), model.size());
  const auto rows = made.sorted();
  ASSERT_EQ(rows.size(), model.size());
  std::size_t at = 0;
  for (const auto& [key, known] : model) {
    EXPECT_EQ(rows[at].stream_key, key);
    EXPECT_TRUE(std::ranges::equal(rows[at].places, known)) << key;
    EXPECT_EQ(made.newest(key), known.back());
    ++at;
  }
}

}  // namespace
}  // namespace cairn::persistence
