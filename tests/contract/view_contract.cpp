#include "cairn/testing/view_contract.hpp"

#include "lmdb/lmdb_view.hpp"
#include "support/temporary_directory.hpp"

namespace cairn::persistence {

struct memory_views {
  static std::unique_ptr<view> open(view::options settings) {
    return make_memory_view(std::move(settings));
  }
};

struct lmdb_views {
  std::unique_ptr<view> open(view::options settings) const {
    return *lmdb::open_view(directory.path(), std::move(settings), std::uint64_t{16} << 20U);
  }
  tests::temporary_directory directory;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, ViewContract, memory_views);
INSTANTIATE_TYPED_TEST_SUITE_P(Lmdb, ViewContract, lmdb_views);

}  // namespace cairn::persistence
