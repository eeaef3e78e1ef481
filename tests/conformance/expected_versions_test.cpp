#include "conformance/logbook_fixture.hpp"

#include "cairn/testing/manual_clock.hpp"

#include <atomic>
#include <numeric>
#include <thread>

// Appending under an expected version, as the suites of Marten and of Commanded's event store have
// it. Here the expected version is always the one before the command.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;
constexpr auto conflict = error::code::conflict;

class ExpectedVersions : public logbooks {
 protected:
  /// Four threads ask at once: how many were accepted, and how many met a conflict.
  std::pair<int, int> ask_four_times(expectation expected) {
    std::atomic<int> accepted{0};
    std::atomic<int> conflicts{0};
    std::vector<std::thread> rivals;
    for (int i = 0; i < 4; ++i) {
      rivals.emplace_back([&] {
        const auto out = ask("b", {"rival"}, {.expected = expected});
        if (out.accepted() != nullptr) ++accepted;
        if (failure_of(out) == conflict) ++conflicts;
      });
    }
    for (auto& one : rivals)
      one.join();
    return {accepted.load(), conflicts.load()};
  }
};

TEST_F(ExpectedVersions, LetAStreamBeginOnce) {
  start();
  EXPECT_EQ(version_of(ask("b", {"1"}, {.expected = expectation::none()})), 1U);
  for (int i = 0; i < 2; ++i) {
    const auto again = ask("b", {"x"}, {.expected = expectation::none()});
    ASSERT_EQ(failure_of(again), conflict);
    EXPECT_EQ(again.failed()->actual_version, 1U);
    restart();
  }
  EXPECT_EQ(written("b"), lines{"1"});
}

TEST_F(ExpectedVersions, LeadFromOneToTheNext) {
  start();
  EXPECT_EQ(version_of(ask("b", {"1"}, {.expected = version{0}})), 1U);
  EXPECT_EQ(version_of(ask("b", {"2", "3"}, {.expected = version{1}})), 3U);
  restart();
  EXPECT_EQ(version_of(ask("b", {"4", "5", "6"}, {.expected = version{3}})), 6U);
  const auto events = at("b").history();
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 6U);
  for (std::size_t i = 0; i < 6; ++i)
    EXPECT_EQ((*events)[i].version.value, i + 1);
}

TEST_F(ExpectedVersions, OfAnEmptyStreamCanOnlyBeNone) {
  start();
  for (const std::uint64_t wrong : {1U, 4U}) {
    const auto out = ask("b", {"x"}, {.expected = version{wrong}});
    ASSERT_EQ(failure_of(out), conflict);
    EXPECT_EQ(out.failed()->actual_version, 0U);
  }
  EXPECT_EQ(at("b").state()->version, version{0});
  // Two events need no other number than one: it is the version before.
  EXPECT_EQ(version_of(ask("b", {"1", "2"}, {.expected = version{0}})), 2U);
}

TEST_F(ExpectedVersions, AreRefusedWhenTheyAreLowerOrHigherThanTheActualOne) {
  start();
  ASSERT_TRUE(ask("b", {"1", "2", "3"}).accepted());
  for (const std::uint64_t wrong : {0U, 1U, 2U, 4U}) {
    const auto out = ask("b", {"x"}, {.expected = version{wrong}});
    ASSERT_EQ(failure_of(out), conflict) << wrong;
    EXPECT_EQ(out.failed()->actual_version, 3U);
    EXPECT_EQ(effect_of(out.failed()->what), error::effect::none);
  }
  EXPECT_EQ(version_of(ask("b", {"4"}, {.expected = version{3}})), 4U);
  EXPECT_EQ(written("b"), (lines{"1", "2", "3", "4"}));
}

TEST_F(ExpectedVersions, ThatARivalHasPassedAreRefused) {
  start();
  ASSERT_TRUE(ask("b", {"1"}).accepted());
  const auto seen = at("b").state();
  ASSERT_TRUE(seen);
  ASSERT_TRUE(ask("b", {"rival", "rival"}).accepted());
  const auto late = ask("b", {"2"}, {.expected = seen->version});
  ASSERT_EQ(failure_of(late), conflict);
  EXPECT_EQ(late.failed()->actual_version, 3U);
  EXPECT_EQ(at("b").state()->version, version{3});
}

TEST_F(ExpectedVersions, AreHeldAgainstWhatIsDecidedAndNotYetDurable) {
  start();
  ASSERT_TRUE(ask("b", {"1"}).accepted());
  collected<error::code> answers;
  for (int i = 0; i < 2; ++i) {
    at("b").ask(logbook::write{{"2"}}, {.expected = version{1}}, [&](const outcome<logbook>& out) {
      answers.put(failure_of(out));
    });
  }
  EXPECT_EQ(answers.wait_for(2), (std::vector{error::code{}, conflict}));
}

TEST_F(ExpectedVersions, OfAnExistingStreamAreRefusedWhereThereIsNone) {
  start();
  const auto out = ask("b", {"x"}, {.expected = expectation::exists()});
  ASSERT_EQ(failure_of(out), conflict);
  EXPECT_EQ(out.failed()->actual_version, 0U);
  ASSERT_TRUE(ask("b", {"1"}).accepted());
  EXPECT_EQ(version_of(ask("b", {"2"}, {.expected = expectation::exists()})), 2U);
}

TEST_F(ExpectedVersions, MayBeAnyWhetherTheStreamIsThereOrNot) {
  start();
  EXPECT_EQ(version_of(ask("b", {"1"}, {.expected = expectation::any()})), 1U);
  EXPECT_EQ(version_of(ask("b", {"2"}, {.expected = expectation::any()})), 2U);
  EXPECT_EQ(ask_four_times(expectation::any()), (std::pair{4, 0}));
  EXPECT_EQ(at("b").state()->version, version{6});
}

TEST_F(ExpectedVersions, LetOneOfFourRivalsThrough) {
  start();
  EXPECT_EQ(ask_four_times(expectation::none()), (std::pair{1, 3}));
  EXPECT_EQ(ask_four_times(version{1}), (std::pair{1, 3}));
  EXPECT_EQ(written("b"), (lines{"rival", "rival"}));
}

TEST_F(ExpectedVersions, AreDemandedAlsoByACommandWithoutEvents) {
  start();
  ASSERT_TRUE(ask("b", {"1"}).accepted());
  EXPECT_EQ(failure_of(ask("b", {}, {.expected = version{0}})), conflict);
  EXPECT_EQ(failure_of(ask("b", {}, {.expected = version{2}})), conflict);
  EXPECT_EQ(version_of(ask("b", {}, {.expected = version{1}})), 1U);
  EXPECT_EQ(app->status().events, 1U);
}

TEST_F(ExpectedVersions, AreHeldAgainstTheActualOneBeforeTheDomainIsAsked) {
  start();
  ASSERT_TRUE(ask("b", {"1"}).accepted());
  EXPECT_EQ(failure_of(ask("b", {"no"}, {.expected = version{7}})), conflict);
  EXPECT_TRUE(ask("b", {"no"}, {.expected = version{1}}).rejected());
}

TEST_F(ExpectedVersions, OfAskFromAreThoseOfItsState) {
  start();
  const auto next_line = [](const aggregate_state<logbook>& seen) {
    return std::optional<logbook::command>{
        logbook::write{{std::to_string(seen.version.value + 1)}}};
  };
  // A stream that is not there has version 0 and nothing else is special about it.
  const auto first = at("b").ask_from(next_line, {.attempts_max = 1});
  ASSERT_TRUE(first && first->accepted());
  const auto second = at("b").ask_from(
      [&](const aggregate_state<logbook>& seen) {
        EXPECT_TRUE(ask("b", {"rival"}).accepted());
        return next_line(seen);
      },
      {.attempts_max = 1});
  ASSERT_TRUE(second);
  EXPECT_EQ(failure_of(*second), conflict);
  EXPECT_EQ(written("b"), (lines{"1", "rival"}));
}

/// What Marten does with a lock on the stream: an atomic commit has the aggregate to itself, and
/// rivals wait in the mailbox no longer than they said.
TEST_F(ExpectedVersions, AreSafeFromRivalsWhileACommitHasTheAggregate) {
  const auto time = std::make_shared<testing::manual_clock>();
  gate door{{"commit"}};
  logbook::on_decide = [&door](const std::string& line) {
    door.pass(line);
  };
  with = [&](builder& parts) {
    parts.add<logbook>().time_from(time);
  };
  start();
  ASSERT_TRUE(ask("b", {"1"}).accepted());
  collected<bool> commit;
  std::vector<atomic_part> parts;
  parts.push_back(at("b").part(logbook::write{{"commit"}}, version{1}));
  parts.push_back(at("c").part(logbook::write{{"other"}}));
  app->ask_atomically({.timeout = 10h}, std::move(parts), [&](const atomic_outcome& out) {
    commit.put(out.accepted() != nullptr);
  });
  ASSERT_EQ(door.wait_for(1).size(), 1U);
  collected<outcome<logbook>> rivals;
  for (const auto timeout : {1h, 10h}) {
    at("b").ask(logbook::write{{"rival"}}, {.timeout = timeout}, [&](outcome<logbook> out) {
      rivals.put(std::move(out));
    });
  }
  time->advance(2h);
  EXPECT_EQ(rivals.size(), 0U);
  door.open();
  EXPECT_EQ(commit.wait_for(1), std::vector{true});
  const auto ends = rivals.wait_for(2);
  EXPECT_EQ(failure_of(ends[0]), error::code::expired);
  EXPECT_EQ(version_of(ends[1]), 3U);
  EXPECT_EQ(written("b"), (lines{"1", "commit", "rival"}));
  stop();
}

}  // namespace
}  // namespace cairn::tests
