#include "journal_events_contract.hpp"

#include "contract/journal_backends.hpp"

namespace cairn::persistence {

/// Where a journal's index has its rows is of no importance to its readers.
template <class Backend, std::uint64_t Commits> struct flushed : Backend {
  static constexpr std::uint64_t flush_commits = Commits;
};
constexpr std::uint64_t never = 1'000'000;

using memory_events = flushed<memory_journal, never>;
using lmdb_events = flushed<lmdb_journal, 7>;
using lmdb_events_moved_at_once = flushed<lmdb_journal, 1>;
using lmdb_events_in_memory = flushed<lmdb_journal, never>;
using relaxed_events = flushed<relaxed_journal, 3>;

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, JournalEventsContract, memory_events);
INSTANTIATE_TYPED_TEST_SUITE_P(Lmdb, JournalEventsContract, lmdb_events);
INSTANTIATE_TYPED_TEST_SUITE_P(LmdbMovedAtOnce, JournalEventsContract, lmdb_events_moved_at_once);
INSTANTIATE_TYPED_TEST_SUITE_P(LmdbInMemory, JournalEventsContract, lmdb_events_in_memory);
INSTANTIATE_TYPED_TEST_SUITE_P(Relaxed, JournalEventsContract, relaxed_events);

}  // namespace cairn::persistence
