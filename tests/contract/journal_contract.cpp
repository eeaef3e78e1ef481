#include "cairn/testing/journal_contract.hpp"

#include "lmdb/lmdb_block_log.hpp"
#include "lmdb/lmdb_index_store.hpp"
#include "log/relaxed_block_log.hpp"
#include "support/temporary_directory.hpp"

#include <filesystem>

namespace cairn::persistence {

constexpr std::uint64_t small_map_bytes = std::uint64_t{64} << 20U;

struct memory_journal {
  static std::unique_ptr<block_log> log() { return make_memory_log(); }
  static std::unique_ptr<index_store> index() { return nullptr; }
};

struct lmdb_journal {
  lmdb_journal() {
    std::filesystem::create_directory(directory.path() / "log");
    std::filesystem::create_directory(directory.path() / "index");
  }
  std::unique_ptr<block_log> log() const {
    return *lmdb::open_block_log(
        directory.path() / "log",
        {.map_bytes = small_map_bytes, .prefill_bytes = std::uint64_t{1} << 20U});
  }
  std::unique_ptr<index_store> index() const {
    return *lmdb::open_index_store(directory.path() / "index", small_map_bytes);
  }
  tests::temporary_directory directory;
};

/// Moves blocks to LMDB whenever some have gathered.
struct relaxed_journal : lmdb_journal {
  std::unique_ptr<block_log> log() const {
    return *make_relaxed_log(lmdb_journal::log(),
                             directory.path() / "unsynced",
                             {.window = std::chrono::hours{1}, .bytes_max = 2000});
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, JournalContract, memory_journal);
INSTANTIATE_TYPED_TEST_SUITE_P(Lmdb, JournalContract, lmdb_journal);
INSTANTIATE_TYPED_TEST_SUITE_P(Relaxed, JournalContract, relaxed_journal);

}  // namespace cairn::persistence
