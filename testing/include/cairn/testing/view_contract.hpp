#pragma once

#include "cairn/persistence/views.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// What every storage of read models promises. A storage joins with a struct that has
// `std::unique_ptr<view> open(view::options)` and one INSTANTIATE_TYPED_TEST_SUITE_P.

namespace cairn::persistence {

using rows_read = std::vector<std::pair<std::string, std::string>>;

/// All rows from `first` on.
inline rows_read walk_all(detail::table_store& tables,
                          std::size_t table,
                          std::string_view first = {}) {
  rows_read found;
  const auto rows = tables.walk(table, as_bytes(first));
  byte_view key;
  byte_view value;
  while (rows->next(key, value)) {
    found.emplace_back(as_text(key), as_text(value));
  }
  return found;
}

/// All rows before `end`, the last one first.
inline rows_read walk_all_back(detail::table_store& tables,
                               std::size_t table,
                               std::string_view end = {}) {
  rows_read found;
  const auto rows = tables.walk_back(table, as_bytes(end));
  byte_view key;
  byte_view value;
  while (rows->next(key, value)) {
    found.emplace_back(as_text(key), as_text(value));
  }
  return found;
}

inline std::string get_text(detail::table_store& tables, std::size_t table, std::string_view key) {
  const auto found = tables.get(table, as_bytes(key));
  return found ? std::string{as_text(*found)} : "(none)";
}

template <class Backend> class ViewContract : public ::testing::Test {
 protected:
  static constexpr std::size_t red = 0;
  static constexpr std::size_t blue = 1;

  using text_rows = std::map<std::string, std::string>;

  ViewContract()
      : view_(backend_.open({.name = "test.model",
                             .tables = {"red", "blue"},
                             .partitions = 2,
                             .journal_id = "journal A"})) {}

  /// Puts rows into a table and commits.
  void store(std::size_t table, const text_rows& rows, const checkpoint_list& reached) {
    const auto batch = begin();
    for (const auto& [key, value] : rows) {
      batch->tables().put(table, as_bytes(key), as_bytes(value));
    }
    ASSERT_TRUE(batch->commit(reached).has_value());
  }

  std::unique_ptr<view_batch> begin() { return *view_->begin(); }
  std::unique_ptr<view_reader> read() { return *view_->read(); }
  rows_read rows_in(std::size_t table, std::string_view first = {}) {
    return walk_all(read()->tables(), table, first);
  }

  Backend backend_;
  std::unique_ptr<view> view_;
};

TYPED_TEST_SUITE_P(ViewContract);

TYPED_TEST_P(ViewContract, BeginsEmptyAtTheBeginningOfTheJournal) {
  EXPECT_EQ(*this->view_->checkpoints(), (checkpoint_list{0, 0}));
  EXPECT_EQ(this->read()->checkpoints(), (checkpoint_list{0, 0}));
  EXPECT_TRUE(this->rows_in(this->red).empty());
  EXPECT_EQ(this->read()->tables().count(this->red), 0U);
  EXPECT_FALSE(this->view_->load_state()->has_value());
}

TYPED_TEST_P(ViewContract, StoresRowsTogetherWithTheCheckpoints) {
  this->store(this->red, {{"a", "1"}, {"b", "2"}}, {7, 3});
  EXPECT_EQ(*this->view_->checkpoints(), (checkpoint_list{7, 3}));
  const auto now = this->read();
  EXPECT_EQ(now->checkpoints(), (checkpoint_list{7, 3}));
  EXPECT_EQ(walk_all(now->tables(), this->red), (rows_read{{"a", "1"}, {"b", "2"}}));
}

TYPED_TEST_P(ViewContract, KeepsTablesApart) {
  this->store(this->red, {{"a", "red"}}, {1, 0});
  this->store(this->blue, {{"a", "blue"}}, {2, 0});
  EXPECT_EQ(this->rows_in(this->red), (rows_read{{"a", "red"}}));
  EXPECT_EQ(this->rows_in(this->blue), (rows_read{{"a", "blue"}}));
}

TYPED_TEST_P(ViewContract, UndoesABatchThatIsDropped) {
  this->store(this->red, {{"a", "1"}, {"b", "2"}}, {7, 3});
  {
    const auto batch = this->begin();
    batch->tables().put(this->red, as_bytes("a"), as_bytes("changed"));
    batch->tables().erase(this->red, as_bytes("b"));
    batch->tables().put(this->red, as_bytes("c"), as_bytes("new"));
  }
  EXPECT_EQ(this->rows_in(this->red), (rows_read{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(*this->view_->checkpoints(), (checkpoint_list{7, 3}));
}

TYPED_TEST_P(ViewContract, ABatchSeesItsOwnChanges) {
  this->store(this->red, {{"a", "1"}, {"b", "2"}, {"d", "4"}}, {1, 0});
  const auto batch = this->begin();
  auto& tables = batch->tables();
  tables.put(this->red, as_bytes("a"), as_bytes("one"));
  tables.erase(this->red, as_bytes("b"));
  tables.put(this->red, as_bytes("c"), as_bytes("3"));
  tables.erase(this->red, as_bytes("never there"));
  EXPECT_EQ(get_text(tables, this->red, "a"), "one");
  EXPECT_EQ(get_text(tables, this->red, "b"), "(none)");
  EXPECT_EQ(tables.count(this->red), 3U);
  EXPECT_EQ(walk_all(tables, this->red), (rows_read{{"a", "one"}, {"c", "3"}, {"d", "4"}}));
  ASSERT_TRUE(batch->commit({2, 0}).has_value());
  EXPECT_EQ(this->rows_in(this->red), (rows_read{{"a", "one"}, {"c", "3"}, {"d", "4"}}));
}

TYPED_TEST_P(ViewContract, NobodyElseSeesABatchBeforeItsCommit) {
  this->store(this->red, {{"a", "1"}}, {1, 0});
  const auto batch = this->begin();
  batch->tables().put(this->red, as_bytes("b"), as_bytes("2"));
  auto elsewhere = std::async(std::launch::async, [this] { return this->rows_in(this->red); });
  EXPECT_EQ(elsewhere.get(), (rows_read{{"a", "1"}}));
}

TYPED_TEST_P(ViewContract, AReaderKeepsItsPictureWhileABatchIsOn) {
  this->store(this->red, {{"a", "1"}}, {1, 0});
  auto batch_is_on = std::promise<void>{};
  auto writing = std::thread{};
  {
    const auto now = this->read();
    writing = std::thread{[&] {
      const auto batch = this->begin();
      batch->tables().put(this->red, as_bytes("a"), as_bytes("2"));
      batch_is_on.set_value();
      // May wait for the reader, or not: it must not change what the reader sees.
      EXPECT_TRUE(batch->commit({2, 0}).has_value());
    }};
    batch_is_on.get_future().wait();
    EXPECT_EQ(get_text(now->tables(), this->red, "a"), "1");
    EXPECT_EQ(now->checkpoints(), (checkpoint_list{1, 0}));
  }
  writing.join();
  EXPECT_EQ(get_text(this->read()->tables(), this->red, "a"), "2");
}

TYPED_TEST_P(ViewContract, WalksInTheOrderOfKeysFromAnyPlace) {
  this->store(
      this->red, {{"b", "2"}, {"a", "1"}, {"ab", "12"}, {std::string("a\0", 2), "10"}}, {1, 0});
  const rows_read all{{"a", "1"}, {std::string("a\0", 2), "10"}, {"ab", "12"}, {"b", "2"}};
  EXPECT_EQ(this->rows_in(this->red), all);
  EXPECT_EQ(this->rows_in(this->red, "aa"), (rows_read{{"ab", "12"}, {"b", "2"}}));
  EXPECT_EQ(this->rows_in(this->red, "b"), (rows_read{{"b", "2"}}));
  EXPECT_TRUE(this->rows_in(this->red, "c").empty());
}

TYPED_TEST_P(ViewContract, WalksBackFromAnyPlace) {
  this->store(this->red, {{"a", "1"}, {"ab", "12"}, {"b", "2"}}, {1, 0});
  const auto batch = this->begin();
  auto& tables = batch->tables();
  const rows_read all{{"b", "2"}, {"ab", "12"}, {"a", "1"}};
  EXPECT_EQ(walk_all_back(tables, this->red), all);
  EXPECT_EQ(walk_all_back(tables, this->red, "c"), all);
  EXPECT_EQ(walk_all_back(tables, this->red, std::string(5000, 'c')), all);
  EXPECT_EQ(walk_all_back(tables, this->red, "b"), (rows_read{{"ab", "12"}, {"a", "1"}}));
  EXPECT_EQ(walk_all_back(tables, this->red, "aa"), (rows_read{{"a", "1"}}));
  EXPECT_TRUE(walk_all_back(tables, this->red, "a").empty());
  EXPECT_TRUE(walk_all_back(tables, this->blue).empty());
  EXPECT_TRUE(walk_all_back(tables, this->blue, "x").empty());
  tables.erase(this->red, as_bytes("b"));
  tables.put(this->red, as_bytes("aa"), as_bytes("11"));
  tables.put(this->red, as_bytes("a"), as_bytes("one"));
  EXPECT_EQ(walk_all_back(tables, this->red),
            (rows_read{{"ab", "12"}, {"aa", "11"}, {"a", "one"}}));
}

TYPED_TEST_P(ViewContract, KeepsEmptyAndLargeValues) {
  const std::string large(100'000, 'x');
  this->store(this->red, {{"empty", ""}, {"large", large}}, {1, 0});
  EXPECT_EQ(this->rows_in(this->red), (rows_read{{"empty", ""}, {"large", large}}));
}

TYPED_TEST_P(ViewContract, AKeyThatIsTooLongFailsTheBatchAndNamesTheTable) {
  const std::string longest(table_key_max_bytes, 'k');
  this->store(this->blue, {{longest, "fits"}}, {1, 0});
  const auto batch = this->begin();
  auto& tables = batch->tables();
  tables.put(this->blue, as_bytes("good"), as_bytes("1"));
  tables.put(this->blue, as_bytes(longest + "k"), as_bytes("2"));
  EXPECT_TRUE(tables.failed());
  const auto done = batch->commit({2, 0});
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().what, error::code::too_large);
  EXPECT_NE(done.error().detail.find("\"blue\""), std::string::npos) << done.error().detail;
  EXPECT_EQ(this->rows_in(this->blue), (rows_read{{longest, "fits"}}));
  EXPECT_EQ(*this->view_->checkpoints(), (checkpoint_list{1, 0}));
}

TYPED_TEST_P(ViewContract, FindsNothingUnderKeysThatNoRowCanHave) {
  this->store(this->red, {{"a", "1"}}, {1, 0});
  const auto now = this->read();
  EXPECT_EQ(get_text(now->tables(), this->red, ""), "(none)");
  EXPECT_EQ(get_text(now->tables(), this->red, std::string(5000, 'a')), "(none)");
  EXPECT_TRUE(walk_all(now->tables(), this->red, std::string(5000, 'a')).empty());
  EXPECT_FALSE(now->tables().failed());
}

TYPED_TEST_P(ViewContract, AnEmptyKeyFailsTheBatch) {
  const auto batch = this->begin();
  batch->tables().put(this->red, {}, as_bytes("1"));
  const auto done = batch->commit({1, 0});
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().what, error::code::bad_input);
}

TYPED_TEST_P(ViewContract, AFailureSticksAndUndoesEverything) {
  const auto batch = this->begin();
  auto& tables = batch->tables();
  tables.put(this->red, as_bytes("a"), as_bytes("1"));
  tables.fail({error::code::corrupt, "a value"});
  EXPECT_EQ(get_text(tables, this->red, "a"), "(none)");
  EXPECT_EQ(tables.count(this->red), 0U);
  EXPECT_TRUE(walk_all(tables, this->red).empty());
  EXPECT_TRUE(walk_all_back(tables, this->red).empty());
  EXPECT_EQ(batch->commit({1, 0}).error().what, error::code::corrupt);
  EXPECT_TRUE(this->rows_in(this->red).empty());
}

TYPED_TEST_P(ViewContract, KeepsTheNewestSavedState) {
  ASSERT_TRUE(this->view_->save_state(as_bytes("old"), 1, {5, 1}).has_value());
  ASSERT_TRUE(this->view_->save_state(as_bytes("new"), 2, {9, 4}).has_value());
  const auto saved = this->view_->load_state();
  ASSERT_TRUE(saved.has_value() && saved->has_value());
  EXPECT_EQ(as_text((*saved)->bytes), "new");
  EXPECT_EQ((*saved)->schema_version, 2U);
  EXPECT_EQ((*saved)->checkpoints, (checkpoint_list{9, 4}));
}

TYPED_TEST_P(ViewContract, ClearForgetsEverything) {
  this->store(this->red, {{"a", "1"}}, {7, 3});
  ASSERT_TRUE(this->view_->save_state(as_bytes("state"), 1, {7, 3}).has_value());
  ASSERT_TRUE(this->view_->clear().has_value());
  EXPECT_EQ(*this->view_->checkpoints(), (checkpoint_list{0, 0}));
  EXPECT_TRUE(this->rows_in(this->red).empty());
  EXPECT_FALSE(this->view_->load_state()->has_value());
  this->store(this->red, {{"b", "2"}}, {1, 0});
  EXPECT_EQ(this->rows_in(this->red), (rows_read{{"b", "2"}}));
}

TYPED_TEST_P(ViewContract, RowsAndCheckpointsBelongTogetherInEveryPicture) {
  constexpr std::uint64_t commits = 200;
  this->store(this->red, {{"n", "0"}}, {0, 0});
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const auto now = this->read();
        EXPECT_EQ(get_text(now->tables(), this->red, "n"), std::to_string(now->checkpoints()[0]));
      }
    });
  }
  for (std::uint64_t n = 1; n <= commits; ++n) {
    this->store(this->red, {{"n", std::to_string(n)}}, {n, 0});
  }
  done = true;
  for (auto& one : readers) {
    one.join();
  }
  EXPECT_EQ(*this->view_->checkpoints(), (checkpoint_list{commits, 0}));
}

REGISTER_TYPED_TEST_SUITE_P(ViewContract,
                            BeginsEmptyAtTheBeginningOfTheJournal,
                            StoresRowsTogetherWithTheCheckpoints,
                            KeepsTablesApart,
                            UndoesABatchThatIsDropped,
                            ABatchSeesItsOwnChanges,
                            NobodyElseSeesABatchBeforeItsCommit,
                            AReaderKeepsItsPictureWhileABatchIsOn,
                            WalksInTheOrderOfKeysFromAnyPlace,
                            WalksBackFromAnyPlace,
                            KeepsEmptyAndLargeValues,
                            AKeyThatIsTooLongFailsTheBatchAndNamesTheTable,
                            FindsNothingUnderKeysThatNoRowCanHave,
                            AnEmptyKeyFailsTheBatch,
                            AFailureSticksAndUndoesEverything,
                            KeepsTheNewestSavedState,
                            ClearForgetsEverything,
                            RowsAndCheckpointsBelongTogetherInEveryPicture);

}  // namespace cairn::persistence
