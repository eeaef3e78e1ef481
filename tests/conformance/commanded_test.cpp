#include "conformance/logbook_fixture.hpp"

#include "cairn/testing/aggregate_kit.hpp"
#include "cairn/testing/manual_clock.hpp"

#include <atomic>

// Handling commands, snapshots and the lifespan of aggregates, as Commanded's suites have it.

namespace later {

/// The same logbook in a later program, whose state has another class version.
struct logbook : cairn::tests::logbook {
  struct state : cairn::tests::logbook::state {};
};

}  // namespace later

BOOST_CLASS_VERSION(later::logbook::state, 1)

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;
using testing::aggregate_kit;
using write = logbook::write;
using wrote = logbook::wrote;

TEST(HandlingCommands, GivesTheEventsThatDecideReturnsInTheirOrder) {
  aggregate_kit<logbook> kit{"b"};
  kit.run(write{}).expect_no_events().expect_state({});
  kit.run(write{{"1"}}).expect_events(wrote{"1"});
  kit.run(write{{"2", "3"}}).expect_events(wrote{"2"}, wrote{"3"}).expect_state({{"1", "2", "3"}});
  kit.run(write{{"4", "no"}}).expect_rejected(logbook::rejection::no);
  kit.run(write{{"4", "decide throws"}}).expect_failed(error::code::user_code_threw);
  kit.run(write{{"4"}}).expect_state({{"1", "2", "3", "4"}});
}

class RestartedLogbook : public logbooks {
 protected:
  RestartedLogbook() {
    logbook::on_evolve = [this](const std::string& /*line*/) {
      ++evolved;
    };
  }
  ~RestartedLogbook() override { stop(); }
  /// The lines 1 to `last`, a few in a command.
  void write_up_to(int last) {
    while (written_ < last) {
      lines some;
      for (int i = 0; i < 5 && written_ < last; ++i)
        some.push_back(std::to_string(++written_));
      ASSERT_TRUE(ask("b", some).accepted());
    }
  }
  /// Those evolved by an aggregate that wakes, and nothing else.
  int evolved_by_waking() {
    restart();
    evolved = 0;
    EXPECT_TRUE(ask("b", {}).accepted());
    return evolved.load();
  }
  lines expected() const {
    lines all;
    for (int i = 1; i <= written_; ++i)
      all.push_back(std::to_string(i));
    return all;
  }

  std::atomic<int> evolved{0};
  int written_ = 0;
};

TEST_F(RestartedLogbook, HasTheStateOfItsEventsFromManyBlocks) {
  start();
  write_up_to(3'000);
  EXPECT_EQ(evolved_by_waking(), 3'000);
  EXPECT_EQ(written("b"), expected());
  EXPECT_EQ(version_of(ask("b", {"x"})), 3'001U);
}

TEST_F(RestartedLogbook, UsesASnapshotAndTheEventsAfterIt) {
  options.snapshot_every = 10;
  start();
  write_up_to(9);
  EXPECT_EQ(evolved_by_waking(), 9);  // fewer than ten: there is none
  write_up_to(13);
  // A snapshot comes with the command that reaches the count, at its end.
  EXPECT_EQ(evolved_by_waking(), 0);
  write_up_to(18);
  EXPECT_EQ(evolved_by_waking(), 5);
  write_up_to(23);
  EXPECT_EQ(evolved_by_waking(), 0);
  EXPECT_EQ(written("b"), expected());
}

TEST_F(RestartedLogbook, TakesNoSnapshotsButUsesThoseThatThereAreWhenTheyAreOff) {
  options.snapshot_every = 0;
  start();
  write_up_to(30);
  EXPECT_EQ(evolved_by_waking(), 30);
  options.snapshot_every = 10;
  EXPECT_EQ(evolved_by_waking(), 30);  // the overdue one is taken now
  options.snapshot_every = 0;
  EXPECT_EQ(evolved_by_waking(), 0);
  write_up_to(45);
  EXPECT_EQ(evolved_by_waking(), 15);
  EXPECT_EQ(written("b"), expected());
}

TEST_F(RestartedLogbook, IsReadInFullWhenItsSnapshotIsOfAnOlderVersion) {
  options.snapshot_every = 10;
  start();
  write_up_to(30);
  with = [this](builder& parts) {
    parts.add<later::logbook>(options);
  };
  for (const int needed : {30, 0}) {
    restart();
    evolved = 0;
    const auto out = app->aggregate<later::logbook>("b").ask(write{});
    ASSERT_TRUE(out.accepted());
    // The second time, the later program has a snapshot of its own.
    EXPECT_EQ(evolved.load(), needed);
    EXPECT_EQ(app->aggregate<later::logbook>("b").state()->state.lines, expected());
  }
}

class Lifespan : public logbooks {
 protected:
  Lifespan() {
    with = [this](builder& parts) {
      parts.add<logbook>(options).time_from(time);
    };
    settings.workers = 1;
    settings.hosts_per_type = 1;
    settings.sleep_after = 1h;
  }
  ~Lifespan() override { stop(); }

  /// Runs of a host come one after the other, so two answers tell that an earlier run is over.
  std::uint64_t asleep() {
    for (int i = 0; i < 2; ++i)
      EXPECT_TRUE(ask("other", {}).accepted());
    return app->status().put_to_sleep;
  }

  const std::shared_ptr<testing::manual_clock> time = std::make_shared<testing::manual_clock>();
};

TEST_F(Lifespan, BeginsAgainWithEachCommandWhateverItComesTo) {
  start();
  const std::vector<lines> wishes{{"1"}, {}, {"no"}, {"decide throws"}, {"2"}};
  for (const lines& wish : wishes) {
    (void)ask("b", wish);
    time->advance(59min);
    EXPECT_EQ(asleep(), 0U);
  }
  time->advance(1min);
  EXPECT_EQ(asleep(), 1U);
  EXPECT_EQ(version_of(ask("b", {"3"})), 3U);
}

TEST_F(Lifespan, EndsAfterEventsRejectionsAndErrorsAlike) {
  start();
  std::uint64_t before = 0;
  for (const lines& wish : std::vector<lines>{{"1"}, {}, {"no"}, {"decide throws"}}) {
    (void)ask("b", wish);
    time->advance(1h);
    // The one that is only there to look sleeps with it, or after it.
    EXPECT_GT(asleep(), before);
    before = asleep();
    const auto woken = app->status().woken;
    ASSERT_TRUE(ask("b", {}).accepted());
    EXPECT_EQ(app->status().woken, woken + 1);
  }
  EXPECT_EQ(written("b"), lines{"1"});
}

TEST_F(Lifespan, EndsAlsoAfterASnapshotWasTaken) {
  options.snapshot_every = 1;
  start();
  ASSERT_TRUE(ask("b", {"1"}).accepted());
  time->advance(1h);
  EXPECT_EQ(asleep(), 1U);
  EXPECT_EQ(version_of(ask("b", {"2"})), 2U);
  EXPECT_EQ(written("b"), (lines{"1", "2"}));
}

}  // namespace
}  // namespace cairn::tests
