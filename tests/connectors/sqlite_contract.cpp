#include "connectors/sqlite_views.hpp"

#include "cairn/testing/view_contract.hpp"

namespace cairn::persistence {

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, ViewContract, tests::sqlite_views);

}  // namespace cairn::persistence
