#include "contract/journal_backends.hpp"

#include "cairn/persistence/journal.hpp"
#include "cairn/testing/commits.hpp"
#include "cairn/testing/journal_host.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

// Pekko's replay filter (RF1 to RF7): events of several writers in one stream. Here a writer is a
// claim of the log, and a former one is refused when it appends; these logs are what an engine
// without that check would leave. There is one way to deal with them: to refuse to read on.

namespace cairn::persistence {
namespace {

/// An event of a stream: its version, and the number of the claim under which it was written.
struct event_by {
  std::uint64_t version = 0;
  std::uint64_t writer = 0;
};

struct lookup {
  result<std::vector<std::string>> replay;
  result<verify_report> verified;
};

class ReplayFilter : public ::testing::Test {
 protected:
  /// One block for each event.
  void write(std::initializer_list<event_by> events) {
    const auto log = backend_.log();
    auto claimed = *log->claim();
    for (const event_by& one : events) {
      tests::test_commit commit =
          tests::commit_of({std::to_string(one.version) + std::string(1, "-ABC"[one.writer])});
      commit.base = one.version - 1;
      const auto block = tests::make_block(claimed.end, {commit}, one.writer);
      const byte_view view{block};
      ASSERT_TRUE(log->append(claimed.epoch, {&view, 1}));
    }
  }
  /// What the journal shows of the stream; the same from its index in memory and on disk.
  lookup look(std::uint64_t after = 0) {
    std::optional<lookup> first;
    for (const bool on_disk : {false, true}) {
      // The first one takes everything in, and moves its index to disk when it ends.
      const auto opened = *journal::open(backend_.log(), backend_.index(), tests::bank_names(), {});
      EXPECT_TRUE(opened->start());
      lookup found{tests::read_stream(*opened, "ann", after), verify(opened->log())};
      if (!first) {
        first = std::move(found);
      } else {
        EXPECT_EQ(found.replay.has_value(), first->replay.has_value()) << on_disk;
        EXPECT_EQ(found.verified.has_value(), first->verified.has_value()) << on_disk;
      }
    }
    return *std::move(first);
  }

  lmdb_journal backend_;
};

using texts = std::vector<std::string>;

TEST_F(ReplayFilter, ShowsTheEventsOfOneWriter) {
  write({{1, 1}, {2, 1}, {3, 1}});
  EXPECT_EQ(*look().replay, (texts{"1A", "2A", "3A"}));
}

TEST_F(ReplayFilter, ShowsTheEventsOfWritersWhoFollowedEachOther) {
  write({{1, 1}, {2, 1}, {3, 2}});
  const auto found = look();
  EXPECT_EQ(*found.replay, (texts{"1A", "2A", "3B"}));
  EXPECT_TRUE(found.verified);
}

TEST_F(ReplayFilter, RefusesAVersionThatTwoHaveWritten) {
  write({{1, 1}, {2, 1}, {3, 1}, {3, 2}});
  const auto found = look();
  ASSERT_FALSE(found.replay);
  EXPECT_EQ(found.replay.error().what, error::code::corrupt);
}

TEST_F(ReplayFilter, RefusesAFormerWriterWhoWentOn) {
  write({{1, 1}, {2, 1}, {3, 2}, {3, 1}, {4, 1}});
  const auto found = look();
  ASSERT_FALSE(found.replay);
  EXPECT_EQ(found.replay.error().what, error::code::corrupt);
  ASSERT_FALSE(found.verified);
  EXPECT_EQ(found.verified.error().what, error::code::corrupt);
}

TEST_F(ReplayFilter, RefusesSeveralFormerWriters) {
  write({{1, 1}, {2, 2}, {3, 3}, {2, 1}, {3, 1}, {3, 2}, {4, 3}});
  const auto found = look();
  EXPECT_FALSE(found.replay);
  EXPECT_FALSE(found.verified);
}

TEST_F(ReplayFilter, RefusesAGapInTheNumbering) {
  write({{1, 1}, {2, 1}, {4, 1}});
  const auto found = look();
  ASSERT_FALSE(found.replay);
  EXPECT_EQ(found.replay.error().what, error::code::corrupt);
}

TEST_F(ReplayFilter, RefusesTheRestAlsoWhenAReplayBeginsInTheMiddle) {
  write({{1, 1}, {2, 2}, {2, 1}, {3, 1}});
  EXPECT_FALSE(look(1).replay);
}

}  // namespace
}  // namespace cairn::persistence
