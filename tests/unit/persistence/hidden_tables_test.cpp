#include "cairn/detail/hidden_tables.hpp"

#include "lmdb/lmdb_view.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/persistence/views.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

// The tables that each read model has beside its own.

namespace cairn::persistence {
namespace {

constexpr std::uint64_t map_bytes = std::uint64_t{8} << 20U;

view::options with_hidden_tables(std::vector<std::string> tables) {
  detail::add_hidden_tables(tables);
  return {.name = "test.model", .tables = std::move(tables), .journal_id = "journal A"};
}

void put(view& into, std::size_t table) {
  const auto batch = *into.begin();
  batch->tables().put(table, as_bytes("key"), as_bytes("value"));
  ASSERT_TRUE(batch->commit({7}).has_value());
}

bool has_row(view& from, std::size_t table) {
  return (*from.read())->tables().count(table) == 1;
}

TEST(HiddenTables, DoNotMakeAnOlderViewAStranger) {
  const tests::temporary_directory directory;
  view::options before{.name = "test.model", .tables = {"red"}, .journal_id = "journal A"};
  put(**lmdb::open_view(directory.path(), before, map_bytes), 0);
  const auto view = *lmdb::open_view(directory.path(), with_hidden_tables({"red"}), map_bytes);
  EXPECT_EQ(*view->checkpoints(), checkpoint_list{7});
  EXPECT_TRUE(has_row(*view, 0));
  put(*view, 1);
  EXPECT_TRUE(has_row(*view, 1));
}

TEST(HiddenTables, OfLettersAreClearedAndThoseOfControlStay) {
  const tests::temporary_directory directory;
  const auto options = with_hidden_tables({"red"});
  const detail::hidden_places places{options.tables.size()};
  std::vector<std::unique_ptr<view>> views;
  views.push_back(*lmdb::open_view(directory.path(), options, map_bytes));
  views.push_back(make_memory_view(options));
  for (const auto& view : views) {
    for (const std::size_t table : {std::size_t{0}, places.letters, places.control}) {
      put(*view, table);
    }
    ASSERT_TRUE(view->clear().has_value());
    EXPECT_EQ(*view->checkpoints(), checkpoint_list{0});
    EXPECT_FALSE(has_row(*view, 0));
    EXPECT_FALSE(has_row(*view, places.letters));
    EXPECT_TRUE(has_row(*view, places.control));
  }
}

TEST(HiddenTables, HaveNamesThatNoOtherTableMayHave) {
  const tests::temporary_directory directory;
  const auto opened =
      lmdb::open_view(directory.path(), with_hidden_tables({"cairn.letters"}), map_bytes);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().what, error::code::bad_config);
}

}  // namespace
}  // namespace cairn::persistence
