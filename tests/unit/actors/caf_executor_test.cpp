#include "executor_contract.hpp"

namespace cairn::actors {

struct caf_executor_made {
  static std::unique_ptr<executor> make(unsigned workers) { return make_caf_executor(workers); }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Caf, ExecutorContract, caf_executor_made);

}  // namespace cairn::actors
