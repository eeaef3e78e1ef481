#include "conformance/tally_fixture.hpp"

#include "cairn/testing/journal_probe.hpp"

#include <optional>
#include <thread>

// What Pekko's tests say of an entity that is told to stop at an awkward moment: here the whole
// runtime is, since entities come and go by themselves.

namespace cairn::conformance {
namespace {

class Stopping : public on_tallies {
 protected:
  ~Stopping() override {
    held.open();
    journal.release();
    stop();
  }

  /// Tells the runtime to stop, waits until it refuses what comes, and lets the commands go on that
  /// were sent before.
  void stop_and_then(const std::function<void()>& let_go) {
    std::optional<result<void>> stopped;
    std::thread stopper{[&] {
      stopped = app->stop();
    }};
    for (;;) {
      const auto seen = t("somebody else").state();
      if (!seen && seen.error().what == error::code::shutting_down) break;
      std::this_thread::yield();
    }
    send(6, plus{{6}});
    EXPECT_EQ(answers.wait_for(1), std::vector{6});
    let_go();
    stopper.join();
    EXPECT_TRUE(*stopped) << describe(stopped->error());
    EXPECT_EQ(accepted.wait_for(2), (std::vector{4, 5}));
    EXPECT_EQ(failures.wait_for(1)[0].second.what, error::code::shutting_down);
  }
  void hold_recoveries() {
    held.shut();
    tally::watch.evolving = [this](const added& /*fact*/) {
      held.pass();
    };
  }

  gate held;
  testing::journal_probe journal;
};

TEST_F(Stopping, DuringARecoveryLetsItEndAndItsCommandsToo) {
  start();
  add_ones(3);
  stop();
  hold_recoveries();
  start();
  send(4, plus{{4}});
  held.wait_for_somebody();
  send(5, plus{{5}});
  stop_and_then([this] { held.open(); });
  restart();
  EXPECT_EQ(sum(), 12);
}

TEST_F(Stopping, WhileItWaitsToBeRecoveredLetsThatHappen) {
  settings.recovery_threads = 1;
  start();
  add_ones(3);
  ASSERT_TRUE(t("first in the queue").ask(plus{{1}}).accepted());
  stop();
  hold_recoveries();
  start();
  t("first in the queue").tell(plus{{1}}, {.timeout = long_time});
  held.wait_for_somebody();
  send(4, plus{{4}});
  send(5, plus{{5}});
  stop_and_then([this] { held.open(); });
  restart();
  EXPECT_EQ(sum(), 12);
  EXPECT_EQ(t("first in the queue").state()->state.sum, 2);
}

TEST_F(Stopping, WhileACommandIsDecidedLetsItAndThoseBehindItEnd) {
  start();
  add_ones(3);
  held.shut();
  tally::watch.deciding = [this](version /*now*/) {
    held.pass();
  };
  send(4, plus{{4}});
  held.wait_for_somebody();
  send(5, plus{{5}});
  stop_and_then([this] { held.open(); });
  restart();
  EXPECT_EQ(sum(), 12);
}

TEST_F(Stopping, WhileEventsAreBeingStoredLetsThemBeStored) {
  settings.in_memory = true;
  with = [this](builder& parts) {
    parts.add<tally>().journal_from(journal.source());
  };
  start();
  add_ones(3);
  journal.hold();
  send(4, plus{{4}});
  ASSERT_TRUE(journal.wait_until_held());
  send(5, plus{{5}});
  stop_and_then([this] { journal.release(); });
  restart();
  EXPECT_EQ(sum(), 12);
}

}  // namespace
}  // namespace cairn::conformance
