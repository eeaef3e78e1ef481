#include "executor_contract.hpp"

namespace cairn::actors {

struct thread_executor_made {
  static std::unique_ptr<executor> make(unsigned workers) { return make_thread_executor(workers); }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Threads, ExecutorContract, thread_executor_made);

}  // namespace cairn::actors
