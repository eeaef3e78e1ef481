#include "lmdb/environment.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/bytes.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

// What readers see while others commit.

namespace cairn::persistence::lmdb {
namespace {

constexpr std::string_view key = "number";

std::uint64_t number_in(const transaction& txn, table where) {
  const auto row = txn.get(where, as_bytes(key));
  EXPECT_TRUE(row && *row);
  std::uint64_t number = 0;
  if (row && *row) std::memcpy(&number, (*row)->data(), sizeof number);
  return number;
}

/// Readers that lose their processor in the middle of a begin are what LMDB itself gets wrong: many
/// more threads than processors, and commits that need not wait for a disk.
TEST(Pictures, AreThoseOfTheirTransactionHoweverManyCommitMeanwhile) {
  const tests::temporary_directory directory;
  auto env = environment::open(directory.path(), {});
  ASSERT_TRUE(env) << describe(env.error());
  ASSERT_EQ(mdb_env_set_flags(env->raw(), MDB_NOSYNC, 1), 0);
  table where{};
  const auto commit_next = [&] {
    auto txn = transaction::begin(*env, transaction::mode::write);
    ASSERT_TRUE(txn) << describe(txn.error());
    where = *txn->open_table("numbers", MDB_CREATE);
    const std::uint64_t number = mdb_txn_id(txn->raw());
    ASSERT_TRUE(txn->put(
        where, as_bytes(key), {reinterpret_cast<const std::byte*>(&number), sizeof number}));
    ASSERT_TRUE(txn->commit());
  };
  commit_next();
  std::atomic<bool> more{true};
  std::vector<std::thread> readers;
  for (int i = 0; i < 8; ++i) {
    readers.emplace_back([&] {
      std::uint64_t last = 0;
      while (more) {
        const auto txn = transaction::begin(*env, transaction::mode::read);
        ASSERT_TRUE(txn) << describe(txn.error());
        const std::uint64_t number = number_in(*txn, where);
        ASSERT_EQ(number, mdb_txn_id(txn->raw()));
        ASSERT_GE(number, last);
        last = number;
      }
    });
  }
  for (int i = 0; i < 20'000; ++i)
    commit_next();
  more = false;
  for (std::thread& one : readers)
    one.join();
}

}  // namespace
}  // namespace cairn::persistence::lmdb
