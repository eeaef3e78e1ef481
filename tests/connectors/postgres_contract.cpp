#include "connectors/postgres_views.hpp"

#include "cairn/testing/view_contract.hpp"

namespace cairn::persistence {

INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, ViewContract, tests::postgres_views);

}  // namespace cairn::persistence
