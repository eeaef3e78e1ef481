#include "cairn/testing/journal_contract.hpp"

#include "contract/journal_backends.hpp"

namespace cairn::persistence {

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, JournalContract, memory_journal);
INSTANTIATE_TYPED_TEST_SUITE_P(Lmdb, JournalContract, lmdb_journal);
INSTANTIATE_TYPED_TEST_SUITE_P(Relaxed, JournalContract, relaxed_journal);

}  // namespace cairn::persistence
