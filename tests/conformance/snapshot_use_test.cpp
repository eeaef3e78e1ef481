#include "conformance/stored_snapshots.hpp"
#include "conformance/tally_fixture.hpp"

#include "cairn/testing/manual_clock.hpp"

#include <functional>
#include <set>

// What Pekko's tests say of the snapshots of an entity: when they are taken, which one is used, and
// how many events are read behind it.

namespace cairn::conformance {
namespace {

using namespace std::chrono_literals;
using versions = std::vector<std::uint64_t>;

class SnapshotUse : public on_tallies {
 protected:
  static void snapshots_at(std::set<std::uint64_t> wanted) {
    tally::watch.wants_snapshot = [wanted = std::move(wanted)](version at) {
      return wanted.contains(at.value);
    };
  }
  /// Six events that add 1, 2, 4 ..., snapshots at 1, 2 and 4; stopped.
  void six_events() {
    snapshots_at({1, 2, 4});
    start();
    for (const std::int64_t amount : {1, 2, 4, 8, 16, 32})
      ASSERT_TRUE(ask(plus{{amount}}).accepted());
    stop();
    ASSERT_EQ(snapshots.versions(), (versions{4, 2, 1}));
  }
  /// Which events `read` had to read, by their bits, and that it gave this sum.
  void expect_read(const std::function<result<aggregate_state<tally>>()>& read,
                   std::int64_t bits,
                   std::int64_t expected,
                   int line = __builtin_LINE()) {
    std::int64_t seen = 0;
    tally::watch.evolving = [&](const added& fact) {
      seen += fact.amount;
    };
    const auto found = read();
    tally::watch.evolving = nullptr;
    ASSERT_TRUE(found) << "line " << line << ": " << describe(found.error());
    EXPECT_EQ(found->state.sum, expected) << "line " << line;
    EXPECT_EQ(seen, bits) << "line " << line;
  }
  auto at(std::uint64_t up_to) {
    return [this, up_to] {
      return t().state_at(version{up_to});
    };
  }
  auto newest() {
    return [this] {
      return t().state();
    };
  }
  void expect_shown_from(std::uint64_t first) {
    for (;;) {
      const auto events = t().history({.limit = 1});
      ASSERT_TRUE(events) << describe(events.error());
      ASSERT_FALSE(events->empty());
      // They are hidden by a command of their own, a moment later.
      if (events->front().version.value == first) return;
      ASSERT_LT(events->front().version.value, first);
    }
  }

  stored_snapshots snapshots{settings.store};
};

TEST_F(SnapshotUse, ReplaysEverythingBeforeTheFirstAndNothingBehindIt) {
  options.snapshot_every = 2;
  start();
  add_ones(1);
  restart();
  EXPECT_EQ(replayed_to_wake(), 1);
  add_ones(1);
  stop();
  EXPECT_EQ(snapshots.versions(), versions{2});
  start();
  EXPECT_EQ(replayed_to_wake(), 0);
  EXPECT_EQ(sum(), 2);
}

TEST_F(SnapshotUse, AfterEachEventLeavesNothingToReplay) {
  tally::watch.wants_snapshot = [](version) {
    return true;
  };
  start();
  add_ones(3);
  stop();
  EXPECT_EQ(snapshots.versions(), (versions{3, 2, 1}));
  start();
  EXPECT_EQ(replayed_to_wake(), 0);
  EXPECT_EQ(ask(plus{{1}}).accepted()->version, version{4});
}

TEST_F(SnapshotUse, IsNotTakenWhenTheAggregateCannotSayWhetherItWantsOne) {
  tally::watch.wants_snapshot = [](version at) {
    if (at.value % 2 == 1) throw std::runtime_error{"do not ask me"};
    return true;
  };
  start();
  ASSERT_TRUE(ask(plus{{1}}).accepted());
  ASSERT_TRUE(ask(plus{{1}}).accepted());
  ASSERT_TRUE(app->ask_atomically({}, t().part(plus{{1}})).accepted());
  EXPECT_EQ(sum(), 3);
  stop();
  EXPECT_EQ(snapshots.versions(), versions{2});
  for (const std::string& line : lines.wait_for(2))
    EXPECT_NE(line.find("of tally/t: user_code_threw: snapshot_when: do not ask me"),
              std::string::npos)
        << line;
}

TEST_F(SnapshotUse, IsNoConditionForComingBack) {
  options.snapshot_every = 1;
  start();
  add_ones(3);
  stop();
  snapshots.erase_all();
  start();
  EXPECT_EQ(replayed_to_wake(), 3);
  EXPECT_EQ(ask(plus{{1}}).accepted()->version, version{4});
  EXPECT_EQ(sum(), 4);
}

TEST_F(SnapshotUse, HidesEventsAndThenErasesTheSnapshotsThatNobodyNeeds) {
  options.snapshot_every = 3;
  options.hide_events = true;
  start();
  for (const std::uint64_t newest : {9U, 12U, 15U, 18U}) {
    while (t().state()->version.value < newest)
      add_ones(1);
    expect_shown_from(newest - 5);
    stop();
    // The one at the bound of what is hidden is still needed.
    EXPECT_EQ(snapshots.versions(), (versions{newest, newest - 3, newest - 6}));
    start();
  }
  EXPECT_EQ(sum(), 18);
}

TEST_F(SnapshotUse, OfEachEventErasesOneLessThanItHides) {
  options.snapshot_every = 1;
  options.snapshots_kept = 3;
  options.hide_events = true;
  start();
  add_ones(4);
  expect_shown_from(2);
  restart();
  stop();
  EXPECT_EQ(snapshots.versions(), (versions{4, 3, 2, 1}));
  start();
  add_ones(1);
  expect_shown_from(3);
  stop();
  EXPECT_EQ(snapshots.versions(), (versions{5, 4, 3, 2}));
}

TEST_F(SnapshotUse, ErasesNothingWhenTheEventsCouldNotBeHidden) {
  struct guard : interceptor {
    result<void> before(intercepted_command& wish) override {
      if (wish.command_type != "cairn.truncate") return {};
      refused.put(1);
      return error{error::code::bad_input, "not here"};
    }
    tests::collected<int> refused;
  };
  options.snapshot_every = 3;
  options.hide_events = true;
  const auto refusing = std::make_shared<guard>();
  with = [&](builder& parts) {
    parts.add<tally>(options).intercept(refusing).log(
        [this](log_level /*level*/, std::string_view line) { lines.put(std::string{line}); });
  };
  start();
  add_ones(12);
  (void)refusing->refused.wait_for(2);
  stop();
  EXPECT_EQ(snapshots.versions(), (versions{12, 9, 6, 3}));
  for (const std::string& line : lines.wait_for(2))
    EXPECT_NE(line.find("events of tally/t were not hidden, so no snapshots were erased"),
              std::string::npos)
        << line;
}

TEST_F(SnapshotUse, NeedsSettingsThatMakeSense) {
  const auto refused = [this](const aggregate_options& with_these) {
    const auto started = builder{settings}.add<tally>(with_these).start();
    return !started && started.error().what == error::code::bad_config;
  };
  EXPECT_TRUE(refused({.snapshot_every = 3, .snapshots_kept = 0}));
  EXPECT_TRUE(refused({.snapshot_every = 0, .hide_events = true}));
  EXPECT_TRUE(refused({.hide_events = true}));
  EXPECT_FALSE(refused({.snapshot_every = 1, .snapshots_kept = 1, .hide_events = true}));
}

TEST_F(SnapshotUse, ShowsTheStateOfItsVersionHoweverFastCommandsGoOn) {
  options.snapshot_every = 2;
  options.snapshots_kept = 1000;
  start();
  for (int i = 1; i <= 500; ++i)
    send(i, plus{{1}});
  EXPECT_EQ(accepted.wait_for(500).back(), 500);
  stop();
  const auto all = snapshots.all();
  EXPECT_EQ(all.size(), 250U);
  for (const auto& [at, sum] : all)
    EXPECT_EQ(sum, static_cast<std::int64_t>(at));
}

TEST_F(SnapshotUse, OfTheFutureIsNeitherUsedNorKept) {
  start();
  add_ones(2);
  stop();
  // The store was put back to an earlier day, its snapshots were not.
  snapshots.put(3, 1000);
  snapshots.put(4711, 1000);
  start();
  EXPECT_EQ(sum(), 2);
  EXPECT_EQ(ask(plus{{1}}).accepted()->version, version{3});
  add_ones(1);
  restart();
  EXPECT_EQ(sum(), 4);
  EXPECT_EQ(replayed_to_wake(), 4);
  stop();
  EXPECT_EQ(snapshots.versions(), versions{});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines.wait_for(1)[0].find("of the future"), std::string::npos);
}

TEST_F(SnapshotUse, OfTheFutureIsErasedAlsoBehindDamagedOnes) {
  start();
  add_ones(2);
  stop();
  for (const std::uint64_t at : {3, 4, 5, 6})
    snapshots.put(at, static_cast<std::int64_t>(1000 * at));
  // Those at which a recovery looks.
  for (const std::int64_t sum : {4000, 5000, 6000})
    snapshots.damage(sum);
  start();
  add_ones(6);
  EXPECT_EQ(t().state_at(version{3})->state.sum, 3);
  restart();
  EXPECT_EQ(sum(), 8);
  stop();
  EXPECT_EQ(snapshots.versions(), versions{});
}

TEST_F(SnapshotUse, OfAnAggregateWithoutEventsIsOfTheFutureToo) {
  start();
  ASSERT_TRUE(t("other").ask(plus{{1}}).accepted());
  stop();
  snapshots.put(2, 1000);
  start();
  EXPECT_EQ(ask(plus{{1}}).accepted()->version, version{1});
  add_ones(2);
  restart();
  EXPECT_EQ(sum(), 3);
  EXPECT_EQ(ask(plus{{1}}).accepted()->version, version{4});
  EXPECT_EQ(sum(), 4);
}

TEST_F(SnapshotUse, BeginsWithTheNewestThatIsNotBehindTheVersionAskedFor) {
  six_events();
  start();
  expect_read(newest(), 16 + 32, 63);
  expect_read(at(3), 4, 7);
  expect_read(at(4), 0, 15);
  expect_read(at(2), 0, 3);
  expect_read(at(1), 0, 1);
  stop();
  snapshots.erase(2, 4);
  start();
  // As if none newer than 2 were to be used.
  expect_read(newest(), 4 + 8 + 16 + 32, 63);
  expect_read(at(3), 4, 7);
  stop();
  snapshots.erase_all();
  start();
  expect_read(newest(), 63, 63);
  expect_read(at(3), 7, 7);
}

TEST_F(SnapshotUse, ByTimeGoesByTheTimesOfTheEventsWhereverTheClockStood) {
  const auto hand = std::make_shared<testing::manual_clock>();
  time = hand;
  options.snapshot_every = 2;
  start();
  const timestamp noon = hand->now() + 12h;
  hand->set(noon);
  add_ones(1);
  // Times in the log never go back: the second event has that of the first one.
  hand->set(noon - 1h);
  add_ones(1);
  stop();
  ASSERT_EQ(snapshots.versions(), versions{2});
  start();
  ASSERT_EQ(t().history()->back().time, noon);
  EXPECT_EQ(t().state_at(noon - 30min)->state.sum, 0);
  expect_read([&] { return t().state_at(noon); }, 0, 2);
}

TEST_F(SnapshotUse, GoesOnWithOlderOnesWhenSomeAreErased) {
  six_events();
  snapshots.erase(2, 4);
  start();
  expect_read(at(4), 4 + 8, 15);
  stop();
  snapshots.erase(0, 4);
  start();
  expect_read(at(4), 15, 15);
  EXPECT_EQ(replayed_to_wake(), 6);
}

TEST_F(SnapshotUse, PassesOverADamagedOneAndErasesIt) {
  snapshots_at({1, 2, 3, 4});
  start();
  add_ones(5);
  stop();
  snapshots.damage(4);
  start();
  EXPECT_EQ(replayed_to_wake(), 2);
  EXPECT_NE(lines.wait_for(1)[0].find("damaged"), std::string::npos);
  stop();
  EXPECT_EQ(snapshots.versions(), (versions{3, 2, 1}));
  // The next wake meets none, and has nothing to write.
  const std::size_t told = lines.size();
  start();
  EXPECT_EQ(replayed_to_wake(), 2);
  EXPECT_EQ(sum(), 5);
  stop();
  EXPECT_EQ(lines.size(), told);
}

TEST_F(SnapshotUse, LeavesADamagedOneThatIsOlderThanTheOneInUse) {
  snapshots_at({1, 2, 3, 4});
  start();
  add_ones(5);
  stop();
  snapshots.damage(3);
  for (int i = 0; i < 2; ++i) {
    start();
    EXPECT_EQ(replayed_to_wake(), 1);
    stop();
    EXPECT_EQ(snapshots.versions(), (versions{4, 2, 1}));
  }
}

TEST_F(SnapshotUse, ReadsEverythingAfterThreeDamagedOnes) {
  snapshots_at({1, 2, 3, 4});
  start();
  add_ones(5);
  stop();
  for (const std::int64_t sum_then : {4, 3, 2})
    snapshots.damage(sum_then);
  start();
  EXPECT_EQ(replayed_to_wake(), 5);
  EXPECT_EQ(sum(), 5);
  stop();
  EXPECT_EQ(snapshots.versions(), versions{});
}

TEST_F(SnapshotUse, OfAnotherSchemaVersionIsPassedOver) {
  options.snapshot_every = 2;
  start();
  add_ones(5);
  stop();
  // As a program would leave it whose state has another class version.
  snapshots.put(4, 1000, 1);
  start();
  EXPECT_EQ(replayed_to_wake(), 3);
  EXPECT_EQ(sum(), 5);
}

TEST_F(SnapshotUse, OfAnotherSchemaVersionIsReplacedAlsoWhenTheAggregateAloneAsksForThem) {
  snapshots_at({2});
  start();
  add_ones(3);
  stop();
  snapshots.put(2, 1000, 1);
  start();
  EXPECT_EQ(replayed_to_wake(), 3);
  stop();
  EXPECT_EQ(snapshots.versions(), (versions{3, 2}));
  start();
  EXPECT_EQ(replayed_to_wake(), 0);
  EXPECT_EQ(sum(), 3);
  EXPECT_EQ(lines.size(), 1U);
}

TEST_F(SnapshotUse, IsNotTakenOfNothingEachTimeARemovedAggregateWakes) {
  options.snapshot_every = 2;
  start();
  add_ones(3);
  ASSERT_TRUE(t().remove().accepted());
  restart();
  ASSERT_TRUE(ask(plus{}).accepted());
  stop();
  EXPECT_EQ(snapshots.versions(), versions{2});
  start();
  add_ones(3);
  stop();
  EXPECT_GT(snapshots.versions().front(), 3U);
  start();
  EXPECT_LT(replayed_to_wake(), 3);
  EXPECT_EQ(sum(), 3);
}

TEST_F(SnapshotUse, MayBeStoredInAnotherFormThanTheState) {
  options.snapshot_every = 1;
  start();
  ASSERT_TRUE(ask(plus{{-42}}).accepted());
  restart();
  std::atomic<int> loaded{0};
  tally::watch.loading = [&loaded] {
    ++loaded;
  };
  EXPECT_EQ(replayed_to_wake(), 0);
  EXPECT_EQ(loaded, 1);
  EXPECT_EQ(sum(), -42);
  tally::watch.loading = nullptr;
  stop();
  // The text is what stands in the file: without it there is nothing to damage.
  snapshots.damage(-42);
  start();
  EXPECT_EQ(replayed_to_wake(), 1);
}

}  // namespace
}  // namespace cairn::conformance
