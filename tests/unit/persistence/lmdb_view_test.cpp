#include "lmdb/lmdb_view.hpp"

#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace cairn::persistence::lmdb {
namespace {

class LmdbView : public testing::Test {
 protected:
  result<std::unique_ptr<view>> open(std::uint32_t version = 1,
                                     std::string journal = "journal A",
                                     std::vector<std::string> tables = {"rows"},
                                     std::size_t partitions = 1) {
    return open_view(directory_.path(),
                     {.name = "bank.balances",
                      .version = version,
                      .tables = std::move(tables),
                      .partitions = partitions,
                      .journal_id = std::move(journal),
                      .log =
                          [this](log_level level, std::string_view line) {
                            if (level == log_level::warning) warnings_.emplace_back(line);
                          }},
                     std::uint64_t{16} << 20U);
  }

  /// Opens, stores one row and a state at offset 9, closes.
  void fill(std::uint32_t version = 1) {
    const auto made = *open(version);
    const auto batch = *made->begin();
    batch->tables().put(0, as_bytes("key"), as_bytes("value"));
    ASSERT_TRUE(batch->commit({9}).has_value());
    ASSERT_TRUE(made->save_state(as_bytes("state"), 1, {9}).has_value());
  }

  [[nodiscard]] std::filesystem::path file(std::string_view version) const {
    return directory_.path() / "bank.balances" / version / "data.mdb";
  }

  static std::uint64_t rows_in(view& from) { return (*from.read())->tables().count(0); }

  tests::temporary_directory directory_;
  std::vector<std::string> warnings_;
};

TEST_F(LmdbView, KeepsRowsCheckpointsAndStateWhenReopened) {
  fill();
  const auto again = *open();
  EXPECT_EQ(*again->checkpoints(), checkpoint_list{9});
  EXPECT_EQ(rows_in(*again), 1U);
  EXPECT_EQ(as_text((*again->load_state())->bytes), "state");
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(LmdbView, KeepsCopiesOfAVersionApartAndListsThem) {
  fill();
  view::options beside{
      .name = "bank.balances", .copy = 2, .tables = {"rows"}, .journal_id = "journal A"};
  const std::uint64_t map_bytes = std::uint64_t{16} << 20U;
  EXPECT_EQ(rows_in(**open_view(directory_.path(), beside, map_bytes)), 0U);
  beside.copy = 10;
  (void)open_view(directory_.path(), beside, map_bytes);
  fill(2);
  std::filesystem::create_directories(directory_.path() / "bank.balances" / "v1.1");
  std::filesystem::create_directories(directory_.path() / "bank.balances" / "vague");
  EXPECT_EQ(*stored_views(directory_.path(), "bank.balances"),
            (std::vector<view_place>{{1, 1}, {1, 2}, {1, 10}, {2, 1}}));
  EXPECT_TRUE(stored_views(directory_.path(), "nobody")->empty());
  ASSERT_TRUE(remove_view(directory_.path(), "bank.balances", {1, 2}));
  ASSERT_TRUE(remove_view(directory_.path(), "bank.balances", {1, 2})) << "it is gone already";
  EXPECT_EQ(stored_views(directory_.path(), "bank.balances")->size(), 3U);
  ASSERT_TRUE((*open(2))->remove_older_versions());
  EXPECT_EQ(*stored_views(directory_.path(), "bank.balances"), (std::vector<view_place>{{2, 1}}));
}

TEST_F(LmdbView, StartsFromNothingForAnotherJournalAndWarns) {
  fill();
  const auto other = *open(1, "journal B");
  EXPECT_EQ(*other->checkpoints(), checkpoint_list{0});
  EXPECT_EQ(rows_in(*other), 0U);
  EXPECT_FALSE(other->load_state()->has_value());
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_NE(warnings_[0].find("bank.balances"), std::string::npos);
}

TEST_F(LmdbView, StartsFromNothingWhenTheTablesAreOthers) {
  fill();
  const auto other = *open(1, "journal A", {"rows", "more"});
  EXPECT_EQ(*other->checkpoints(), checkpoint_list{0});
  EXPECT_EQ(rows_in(*other), 0U);
  EXPECT_EQ(warnings_.size(), 1U);
}

TEST_F(LmdbView, StartsFromNothingWhenThePartitionsAreOthers) {
  fill();
  const auto other = *open(1, "journal A", {"rows"}, 2);
  EXPECT_EQ(*other->checkpoints(), (checkpoint_list{0, 0}));
  EXPECT_EQ(warnings_.size(), 1U);
}

TEST_F(LmdbView, StartsFromNothingWhenTheFileIsDamaged) {
  fill();
  std::ofstream{file("v1"), std::ios::binary} << std::string(8192, '?');
  const auto again = *open();
  EXPECT_EQ(*again->checkpoints(), checkpoint_list{0});
  EXPECT_EQ(warnings_.size(), 1U);
}

TEST_F(LmdbView, KeepsEachVersionForItself) {
  fill(1);
  const auto second = *open(2);
  EXPECT_EQ(*second->checkpoints(), checkpoint_list{0});
  EXPECT_EQ(rows_in(*second), 0U);
  EXPECT_TRUE(std::filesystem::exists(file("v1")));
}

TEST_F(LmdbView, RemovesOlderVersionsOnly) {
  for (const std::uint32_t version : {1U, 2U, 10U}) {
    fill(version);
  }
  std::filesystem::create_directories(directory_.path() / "bank.balances" / "vault");
  const auto now = *open(2);
  ASSERT_TRUE(now->remove_older_versions().has_value());
  EXPECT_FALSE(std::filesystem::exists(file("v1").parent_path()));
  EXPECT_TRUE(std::filesystem::exists(file("v2")));
  EXPECT_TRUE(std::filesystem::exists(file("v10")));
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "bank.balances" / "vault"));
  EXPECT_EQ(rows_in(*now), 1U);
}

TEST_F(LmdbView, RefusesTwoTablesOfOneName) {
  const auto made = open(1, "journal A", {"rows", "rows"});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().what, error::code::bad_config);
}

TEST_F(LmdbView, AFullMapIsStoreFullAndUndoesTheBatch) {
  const auto made = *open();
  const std::string megabyte(std::size_t{1} << 20U, 'x');
  {
    const auto batch = *made->begin();
    for (int i = 0; i < 32; ++i) {
      batch->tables().put(0, as_bytes(std::to_string(i)), as_bytes(megabyte));
    }
    EXPECT_EQ(batch->commit({1}).error().what, error::code::store_full);
  }
  EXPECT_EQ(*made->checkpoints(), checkpoint_list{0});
  const auto smaller = *made->begin();
  smaller->tables().put(0, as_bytes("a"), as_bytes("1"));
  EXPECT_TRUE(smaller->commit({1}).has_value());
}

TEST(ViewFolder, IsASafeNameForAFolder) {
  EXPECT_EQ(view_folder("bank.balances"), "bank.balances");
  EXPECT_EQ(view_folder("../up"), "%2E.%2Fup");
  EXPECT_EQ(view_folder(".."), "%2E.");
  EXPECT_EQ(view_folder("a b\xC3"), "a%20b%C3");
}

TEST(PlaceText, IsReadBackAndNothingElseIs) {
  for (const view_place place :
       {view_place{1, 1}, view_place{17, 2}, view_place{4'294'967'295, 12}})
    for (const char separator : {'.', '_'})
      EXPECT_EQ(place_from(place_text(place, separator), separator), place);
  EXPECT_EQ(place_text({17, 1}, '.'), "17");
  EXPECT_EQ(place_text({17, 2}, '_'), "17_2");
  for (const std::string_view other :
       {"", "x", "17x", "017", "17.1", "17.02", "17.", ".2", "17.2.3", "17_2", "-1", "4294967296"})
    EXPECT_EQ(place_from(other, '.'), std::nullopt) << other;
}

}  // namespace
}  // namespace cairn::persistence::lmdb
