#include "lmdb/file_length.hpp"

#include "support/temporary_directory.hpp"

#include "cairn/bytes.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string>

// Files that end too early, and those that only seem to.

namespace cairn::persistence::lmdb {
namespace {

class FileLength : public testing::Test {
 protected:
  [[nodiscard]] environment open() const {
    auto made = environment::open(directory_.path(), {});
    EXPECT_TRUE(made) << describe(made.error());
    EXPECT_EQ(mdb_env_set_flags(made->raw(), MDB_NOSYNC, 1), 0);
    return *std::move(made);
  }
  /// Puts and erases rows at random, large ones too, in one transaction. One of them is erased
  /// again at once: its pages are never written.
  void change_rows(const environment& env, std::uint64_t count) {
    auto txn = transaction::begin(env, transaction::mode::write);
    ASSERT_TRUE(txn) << describe(txn.error());
    const table rows = *txn->open_table("rows", MDB_CREATE);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string key = std::to_string(dice_() % 2'000);
      if (dice_() % 2 == 0) {
        ASSERT_TRUE(txn->erase(rows, as_bytes(key)));
      } else {
        const std::string value(dice_() % (dice_() % 20 == 0 ? 100'000 : 400), 'v');
        ASSERT_TRUE(txn->put(rows, as_bytes(key), as_bytes(value)));
      }
    }
    const std::string large(50'000, 'v');
    ASSERT_TRUE(txn->put(rows, as_bytes(large).first(9), as_bytes(large)));
    ASSERT_TRUE(txn->erase(rows, as_bytes(large).first(9)));
    ASSERT_TRUE(txn->commit());
  }
  [[nodiscard]] std::filesystem::path file() const { return directory_.path() / "data.mdb"; }

  tests::temporary_directory directory_;
  std::mt19937 dice_{7};  // NOLINT(cert-msc51-cpp): the same rows each time
};

TEST_F(FileLength, IsRightAlsoWhenOnlyFreePagesAreMissing) {
  const environment env = open();
  int shorter = 0;
  for (int i = 0; i < 1'000; ++i) {
    change_rows(env, dice_() % 300);
    const auto checked = check_length(env);
    ASSERT_TRUE(checked) << describe(checked.error());
    if (std::filesystem::file_size(file()) < env.used_bytes()) ++shorter;
  }
  EXPECT_GT(shorter, 0) << "LMDB wrote all pages: nothing was tested";
}

TEST_F(FileLength, IsCorruptWhereverAFileWithoutFreePagesIsCut) {
  std::uint64_t pages = 0;
  {
    const environment env = open();
    auto txn = transaction::begin(env, transaction::mode::write);
    const table rows = *txn->open_table("rows", MDB_CREATE);
    const std::string large(100'000, 'v');
    ASSERT_TRUE(txn->put(rows, as_bytes(std::string_view{"a"}), as_bytes(large)));
    ASSERT_TRUE(txn->put(rows, as_bytes(std::string_view{"b"}), as_bytes(large)));
    ASSERT_TRUE(txn->commit());
    pages = env.used_bytes() / 4096;
  }
  ASSERT_GT(pages, 50U);
  // Below two pages there is nothing that LMDB takes for a file of its own.
  while (--pages >= 2) {
    std::filesystem::resize_file(file(), pages * 4096 + 1);
    const auto opened = environment::open(directory_.path(), {});
    ASSERT_FALSE(opened) << pages;
    EXPECT_EQ(opened.error().what, error::code::corrupt) << pages;
  }
}

TEST_F(FileLength, IsCorruptUnlessEverythingThatIsLeftCanBeRead) {
  {
    const environment env = open();
    for (int i = 0; i < 100; ++i)
      change_rows(env, 300);
  }
  int refused = 0;
  for (auto pages = std::filesystem::file_size(file()) / 4096; --pages >= 2;) {
    std::filesystem::resize_file(file(), pages * 4096);
    const auto env = environment::open(directory_.path(), {});
    if (!env) {
      ASSERT_EQ(env.error().what, error::code::corrupt) << pages;
      ++refused;
      continue;
    }
    auto txn = transaction::begin(*env, transaction::mode::write);
    auto rows = cursor::open(*txn, *txn->open_table("rows"));
    byte_view key;
    byte_view value;
    std::size_t bytes = 0;
    auto found = rows->move(MDB_FIRST, key, value);
    for (; found && *found; found = rows->move(MDB_NEXT, key, value))
      bytes += as_text(value).find_first_not_of('v') == std::string_view::npos ? value.size() : 0;
    EXPECT_TRUE(found) << pages;
    EXPECT_GT(bytes, 0U) << pages;
  }
  EXPECT_GT(refused, 0);
}

TEST_F(FileLength, OfNothingIsCorruptToo) {
  { const environment env = open(); }
  std::filesystem::resize_file(file(), 0);
  const auto opened = environment::open(directory_.path(), {});
  ASSERT_FALSE(opened) << "LMDB began anew, and whatever was there is forgotten";
  EXPECT_EQ(opened.error().what, error::code::corrupt);
}

}  // namespace
}  // namespace cairn::persistence::lmdb
