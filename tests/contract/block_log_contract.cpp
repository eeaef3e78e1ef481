#include "cairn/testing/block_log_contract.hpp"

#include "lmdb/lmdb_block_log.hpp"
#include "log/relaxed_block_log.hpp"
#include "support/temporary_directory.hpp"

namespace cairn::persistence {

constexpr std::uint64_t small_map_bytes = std::uint64_t{64} << 20U;

struct memory_log_backend {
  static constexpr bool reopens = false;
  static std::unique_ptr<block_log> open() { return make_memory_log(); }
};

struct lmdb_log_backend {
  static constexpr bool reopens = true;
  std::unique_ptr<block_log> open() const {
    return *lmdb::open_block_log(
        directory.path(), {.map_bytes = small_map_bytes, .prefill_bytes = std::uint64_t{1} << 20U});
  }
  tests::temporary_directory directory;
};

/// Nothing moves to LMDB by itself: what waits must be found all the same.
struct relaxed_log_backend {
  static constexpr bool reopens = true;
  std::unique_ptr<block_log> open() const {
    return *make_relaxed_log(
        lmdb.open(), lmdb.directory.path() / "unsynced", {.window = std::chrono::hours{1}});
  }
  lmdb_log_backend lmdb;
};

/// Every second append moves what waits.
struct moving_log_backend {
  static constexpr bool reopens = true;
  std::unique_ptr<block_log> open() const {
    return *make_relaxed_log(lmdb.open(),
                             lmdb.directory.path() / "unsynced",
                             {.window = std::chrono::hours{1}, .bytes_max = 1});
  }
  lmdb_log_backend lmdb;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, BlockLogContract, memory_log_backend);
INSTANTIATE_TYPED_TEST_SUITE_P(Lmdb, BlockLogContract, lmdb_log_backend);
INSTANTIATE_TYPED_TEST_SUITE_P(Relaxed, BlockLogContract, relaxed_log_backend);
INSTANTIATE_TYPED_TEST_SUITE_P(Moving, BlockLogContract, moving_log_backend);

}  // namespace cairn::persistence
