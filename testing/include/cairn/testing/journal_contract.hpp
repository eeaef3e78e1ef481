#pragma once

#include "cairn/testing/journal_contract/failing.hpp"
#include "cairn/testing/journal_contract/reading.hpp"
#include "cairn/testing/journal_contract/writing.hpp"

// What every journal promises. A storage joins with a struct that has
// `std::unique_ptr<block_log> log()`, `std::unique_ptr<index_store> index()` (null for memory), and
// one INSTANTIATE_TYPED_TEST_SUITE_P.

namespace cairn::persistence {

REGISTER_TYPED_TEST_SUITE_P(JournalContract,
                            CountsPositionsFrom1WithoutAGap,
                            CountsVersionsPerStream,
                            AnswersACommitWithoutEventsWithThePositionBefore,
                            TellsHostAndListenersWhatIsDurable,
                            WritesWhatIsQueuedBeforeItStops,
                            GivesCommitsOfSeveralThreadsOneOrder,
                            ReadsOnFromACursorInTheMiddleOfABlock,
                            ReadsWholeBlocksAndMovesTheCursor,
                            ReadsCommitsWithoutEventsOnceEach,
                            ReadsOverManyBlocksWithoutEvents,
                            StopsReadingAtTheVisitorsError,
                            ReadsAStreamBetweenVersions,
                            ReadsAStreamWhoseBlockBeginsWithARejection,
                            ReadsAStreamThatBeginsBehindBlocksWithoutEvents,
                            KnowsWhatACommandWithAnIdCameTo,
                            KnowsWhetherAStreamHasCommandsWithIds,
                            NeverLetsTimesFall,
                            CutsALargeGroupIntoBlocksOfOneTransaction,
                            KeepsLinkedCommitsInOneBlockHoweverLargeTheyAre,
                            TellsTheVersionOfAStreamWithItsNewestNote,
                            HidesEventsFromReadersAndFromNobodyElse,
                            StoresACommitThatIsLargerThanABlock,
                            KeepsNothingOfAGroupThatIsRefused,
                            AnswersThoseWhoOnlyWaitAlsoWhenThereIsNoRoom,
                            RefusesBurstsThatWereDecidedBeforeAFailure,
                            GoesOnAfterARefusalOfAnyKind,
                            ReplaysEveryWindowOfAStream,
                            StoresManyStreamsInOneGroup,
                            KeepsTheLongestIdsAndAnyBytes,
                            AnswersEachCommitOnceInTheOrderOfTheLog,
                            ShowsWhatIsAnsweredToWhoeverReplaysMeanwhile,
                            StoresNothingOfARejectedAppendAndGoesOn,
                            WritesNoMoreAfterAFailureButReads,
                            FindsAfterARestartWhatWasStoredWithoutAnAnswer,
                            IsFencedForGoodByAnotherClaim,
                            SaysWhyAStoppedIndexCannotBeAsked);

}  // namespace cairn::persistence
