#include "conformance/logbook_fixture.hpp"

#include <array>
#include <numeric>

// Reading what was appended, as the suite of Commanded's event store has it.

namespace cairn::tests {
namespace {

class ReadingStreams : public logbooks {
 protected:
  static std::vector<std::uint64_t> versions_of(const std::vector<recorded_event>& events) {
    std::vector<std::uint64_t> found;
    for (const recorded_event& one : events)
      found.push_back(one.version.value);
    return found;
  }
  static std::vector<std::uint64_t> from_to(std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint64_t> all(last - first + 1);
    std::iota(all.begin(), all.end(), first);
    return all;
  }
};

TEST_F(ReadingStreams, ThousandsOfEventsOfOneCommandAreNumberedWithoutAHole) {
  settings.commit_events_max = 10'000;
  start();
  constexpr std::uint64_t many = 8'001;
  lines all;
  for (std::uint64_t i = 1; i <= many; ++i)
    all.push_back(std::to_string(i));
  const auto out = ask("b", all);
  ASSERT_TRUE(out.accepted()) << describe(*out.failed());
  EXPECT_EQ(version_of(out), many);
  for (int i = 0; i < 2; ++i) {
    const auto events = at("b").history();
    ASSERT_TRUE(events);
    EXPECT_EQ(versions_of(*events), from_to(1, many));
    EXPECT_EQ(written("b"), all);
    restart();
  }
  EXPECT_TRUE(app->verify());
}

TEST_F(ReadingStreams, MoreEventsThanTheLimitSaysAreRefusedTogether) {
  settings.commit_events_max = 10;
  start();
  EXPECT_EQ(failure_of(ask("b", lines(11, "x"))), error::code::too_large);
  EXPECT_EQ(version_of(ask("b", lines(10, "x"))), 10U);
}

TEST_F(ReadingStreams, OneThatIsUnknownIsEmpty) {
  start();
  ASSERT_TRUE(ask("another", {"1"}).accepted());
  const auto events = at("b").history();
  ASSERT_TRUE(events);
  EXPECT_TRUE(events->empty());
  const auto now = at("b").state();
  ASSERT_TRUE(now);
  EXPECT_EQ(now->version, version{0});
  EXPECT_EQ(now->state, logbook::state{});
}

TEST_F(ReadingStreams, BeginsBehindAnyVersion) {
  start();
  ASSERT_TRUE(ask("b", {"1", "2", "3", "4"}).accepted());
  EXPECT_EQ(versions_of(*at("b").history(version{2})), from_to(3, 4));
  EXPECT_EQ(versions_of(*at("b").history(version{1}, version{3})), from_to(2, 3));
  EXPECT_TRUE(at("b").history(version{4})->empty());
}

TEST_F(ReadingStreams, GivesAllInOrderTwoByTwo) {
  start();
  // Of commits with one event and with three, so that pages end within and between them.
  ASSERT_TRUE(ask("b", {"1"}).accepted());
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(ask("b", {"a", "b", "c"}).accepted());
  std::vector<std::uint64_t> seen;
  for (;;) {
    const version after{seen.empty() ? 0 : seen.back()};
    const auto page = at("b").history({.after = after, .limit = 2});
    ASSERT_TRUE(page);
    if (page->empty()) break;
    ASSERT_LE(page->size(), 2U);
    for (const std::uint64_t one : versions_of(*page))
      seen.push_back(one);
  }
  EXPECT_EQ(seen, from_to(1, 10));
}

TEST_F(ReadingStreams, GivesWhatWasStoredBesideEachEvent) {
  start();
  ASSERT_TRUE(ask("b",
                  {"1", "2"},
                  {.command_id = "cmd",
                   .correlation_id = "cor",
                   .causation_id = "cau",
                   .principal = "ann",
                   .tags = {"t"}})
                  .accepted());
  const auto before = at("b").history();
  restart();
  const auto after = at("b").history();
  ASSERT_TRUE(before && after);
  ASSERT_EQ(after->size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const recorded_event& one = (*after)[i];
    EXPECT_EQ(one.aggregate_id, "b");
    EXPECT_EQ(one.event_type, "wrote");
    EXPECT_EQ(one.command_id, command_id{"cmd"});
    EXPECT_EQ(one.correlation_id, correlation_id{"cor"});
    EXPECT_EQ(one.causation_id, causation_id{"cau"});
    EXPECT_EQ(one.principal, principal{"ann"});
    EXPECT_EQ(one.tags, lines{"t"});
    EXPECT_EQ(one.time, (*before)[i].time);
    EXPECT_GT(one.time.time_since_epoch().count(), 0);
    EXPECT_EQ(one.position.offset, i + 1);
  }
}

TEST_F(ReadingStreams, NoIdMeansAllStreams) {
  start();
  constexpr std::array names{"$all", "$streams", "*", "%", "all"};
  ASSERT_TRUE(ask("b", {"1", "2"}).accepted());
  for (const char* name : names) {
    // A stream like any other: it is new, it holds its own events, and it can be removed.
    EXPECT_EQ(version_of(ask(name, {name}, {.expected = expectation::none()})), 1U) << name;
    EXPECT_EQ(written(name), lines{name});
  }
  for (const char* name : names)
    ASSERT_TRUE(at(name).remove().accepted());
  EXPECT_EQ(written("b"), (lines{"1", "2"}));
  EXPECT_EQ(at("b").history()->size(), 2U);
}

}  // namespace
}  // namespace cairn::tests
