#include "cairn/testing/snapshot_contract.hpp"

#include "lmdb/lmdb_snapshots.hpp"
#include "support/temporary_directory.hpp"

namespace cairn::persistence {

struct memory_snapshot_backend {
  static constexpr bool reopens = false;
  static std::unique_ptr<snapshot_store> open() { return make_memory_snapshots(); }
};

struct lmdb_snapshot_backend {
  static constexpr bool reopens = true;
  std::unique_ptr<snapshot_store> open() const {
    return *lmdb::open_snapshots(directory.path(), std::uint64_t{64} << 20U);
  }
  tests::temporary_directory directory;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, SnapshotContract, memory_snapshot_backend);
INSTANTIATE_TYPED_TEST_SUITE_P(Lmdb, SnapshotContract, lmdb_snapshot_backend);

}  // namespace cairn::persistence
