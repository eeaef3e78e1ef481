#include "lmdb/environment.hpp"
#include "lmdb/lmdb_block_log.hpp"
#include "lmdb/lmdb_index_store.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/testing/journal_host.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

// What becomes of an index of another format.

namespace cairn::persistence {
namespace {

constexpr std::uint64_t map_bytes = std::uint64_t{64} << 20U;

class IndexFormat : public testing::Test {
 protected:
  IndexFormat() {
    std::filesystem::create_directory(log_folder());
    std::filesystem::create_directory(index_folder());
    with_journal([](journal& opened) {
      tests::journal_host host{opened};
      host.write({{.id = "ann", .events = {"a1"}, .command_id = "c-1", .tags = {"x"}}});
    });
    lines_.clear();
  }

  std::filesystem::path log_folder() const { return directory_.path() / "log"; }
  std::filesystem::path index_folder() const { return directory_.path() / "index"; }

  result<std::unique_ptr<index_store>> open_index() {
    return lmdb::open_index_store(
        index_folder(), map_bytes, [this](log_level level, std::string_view line) {
          lines_.push_back(std::string{to_string(level)} + ": " + std::string{line});
        });
  }
  template <class Use> void with_journal(Use use) {
    auto index = open_index();
    ASSERT_TRUE(index.has_value()) << describe(index.error());
    auto opened = *journal::open(
        *lmdb::open_block_log(log_folder(), {.map_bytes = map_bytes, .prefill_bytes = 0}),
        *std::move(index),
        tests::bank_names(),
        {});
    ASSERT_TRUE(opened->start().has_value());
    use(*opened);
  }
  /// Leaves the index as another version of the program would have.
  template <class Change> void change_tables(Change change) {
    const auto env = *lmdb::environment::open(index_folder(), {.map_bytes = map_bytes});
    auto txn = *lmdb::transaction::begin(env, lmdb::transaction::mode::write);
    change(txn);
    ASSERT_TRUE(txn.commit().has_value());
  }
  void set_format(std::uint16_t format) {
    change_tables([format](lmdb::transaction& txn) {
      byte_buffer value;
      value.append_little(format);
      EXPECT_TRUE(txn.put(*txn.open_table("meta"), as_bytes("format"), value.view()).has_value());
    });
  }
  /// A row that only an index has that was not emptied.
  void put_a_row_of_old() {
    change_tables([](lmdb::transaction& txn) {
      EXPECT_TRUE(
          txn.put(*txn.open_table("outcomes"), as_bytes("left over"), as_bytes("x")).has_value());
    });
  }
  std::uint64_t rows_of(const char* name) {
    std::uint64_t rows = 0;
    change_tables([&](lmdb::transaction& txn) { rows = *txn.count(*txn.open_table(name)); });
    return rows;
  }

  tests::temporary_directory directory_;
  std::vector<std::string> lines_;
};

TEST_F(IndexFormat, OfTheSameNumberIsKept) {
  put_a_row_of_old();
  with_journal([](journal&) {});
  EXPECT_TRUE(lines_.empty());
  EXPECT_EQ(rows_of("outcomes"), 2U);
}

TEST_F(IndexFormat, OfAnOlderNumberIsBuiltAnewFromTheLogWithOneLine) {
  put_a_row_of_old();
  change_tables([](lmdb::transaction& txn) {
    EXPECT_TRUE(txn.clear_table(*txn.open_table("postings")).has_value());
  });
  set_format(1);
  with_journal([](journal& opened) {
    EXPECT_EQ(*tests::read_stream(opened, "ann"), std::vector<std::string>{"a1"});
    EXPECT_TRUE(opened.outcome({"bank.account", "ann"}, "c-1")->has_value());
    std::uint64_t seen = 0;
    const auto read = opened.read_events({.key = posting_key{posting_kind::tag, "x"}},
                                         [&seen](const found_event& found) {
                                           seen = found.offset;
                                           return result<bool>{true};
                                         });
    EXPECT_TRUE(read.has_value());
    EXPECT_EQ(seen, 1U);
  });
  EXPECT_EQ(lines_,
            std::vector<std::string>{"info: the index has format 1 and is built anew in format 2"});
  EXPECT_EQ(rows_of("outcomes"), 1U);
  lines_.clear();
  with_journal([](journal&) {});
  EXPECT_TRUE(lines_.empty());
}

// Format 1 forgot its number when an index was emptied.
TEST_F(IndexFormat, ThatIsUnsaidIsTakenForTheFirst) {
  put_a_row_of_old();
  change_tables([](lmdb::transaction& txn) {
    EXPECT_TRUE(txn.erase(*txn.open_table("meta"), as_bytes("format")).has_value());
  });
  with_journal([](journal& opened) {
    EXPECT_EQ(*tests::read_stream(opened, "ann"), std::vector<std::string>{"a1"});
  });
  EXPECT_EQ(lines_.size(), 1U);
  EXPECT_EQ(rows_of("outcomes"), 1U);
}

TEST_F(IndexFormat, StaysSaidWhenTheIndexIsEmptied) {
  ASSERT_TRUE((*open_index())->clear().has_value());
  put_a_row_of_old();
  (void)open_index();
  EXPECT_TRUE(lines_.empty());
  EXPECT_EQ(rows_of("outcomes"), 1U);
}

TEST_F(IndexFormat, OfANewerNumberIsRefused) {
  set_format(3);
  EXPECT_EQ(open_index().error().what, error::code::newer_format);
  EXPECT_EQ(rows_of("streams"), 1U);
}

TEST_F(IndexFormat, ThatSaysWhatTheLogDoesNotIsACorruptIndex) {
  change_tables([](lmdb::transaction& txn) {
    // The key of the tag "x" with offset 1, under another word of the same length.
    const std::string key = std::string{"\x03\x01", 2} + "y" + std::string(7, '\0') + "\x01";
    EXPECT_TRUE(txn.put(*txn.open_table("postings"), as_bytes(key), {}).has_value());
  });
  with_journal([](journal& opened) {
    const auto read = opened.read_events({.key = posting_key{posting_kind::tag, "y"}},
                                         [](const found_event&) { return result<bool>{true}; });
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().what, error::code::corrupt);
    EXPECT_NE(read.error().detail.find("tag \"y\""), std::string::npos) << read.error().detail;
  });
}

}  // namespace
}  // namespace cairn::persistence
