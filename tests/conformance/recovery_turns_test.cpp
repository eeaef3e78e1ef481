#include "conformance/logbook_fixture.hpp"
#include "support/journal_and_host.hpp"

#include "cairn/testing/manual_clock.hpp"

#include <algorithm>
#include <thread>

// A bounded number of aggregates is woken at a time: the cases of Pekko's recovery permits. A
// permit is here a thread of the recovery pool.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;

/// Each logbook has its own name in its first line, by which its replay is held up.
class RecoveryTurns : public logbooks {
 protected:
  RecoveryTurns() {
    with = [this](builder& parts) {
      parts.add<logbook>().time_from(time);
    };
    settings.workers = 1;
    settings.stop_timeout = 60s;
  }
  ~RecoveryTurns() override {
    door.open();
    stop();
  }
  /// Stores one event of each, and starts again with so many turns at a time.
  void start_with(const lines& ids, std::uint32_t turns) {
    start();
    for (const std::string& id : ids)
      ASSERT_TRUE(ask(id.c_str(), {id}).accepted());
    stop();
    logbook::on_evolve = [this](const std::string& line) {
      door.pass(line);
      if (line == throws_) throw std::runtime_error{"not that one"};
    };
    settings.recovery_threads = turns;
    start();
  }
  void send(const char* id, std::chrono::nanoseconds timeout = 10h) {
    at(id).ask(logbook::write{{"more"}}, {.timeout = timeout}, [this](const outcome<logbook>& out) {
      answers.put(failure_of(out));
    });
  }

  const std::shared_ptr<testing::manual_clock> time = std::make_shared<testing::manual_clock>();
  gate door{{"a", "b", "c", "d", "e"}};
  std::string throws_ = "nothing";
  collected<error::code> answers;
};

TEST_F(RecoveryTurns, AreTakenByThreeAtOnceAndThenInTheOrderOfAsking) {
  start_with({"a", "b", "c", "d", "e"}, 3);
  for (const char* id : {"a", "b", "c", "d", "e"})
    send(id);
  lines first = door.wait_for(3);
  ASSERT_EQ(first.size(), 3U);
  std::sort(first.begin(), first.end());
  EXPECT_EQ(first, (lines{"a", "b", "c"}));
  door.let_through("b");
  EXPECT_EQ(door.wait_for(4).at(3), "d");
  EXPECT_EQ(answers.wait_for(1).size(), 1U);
  door.let_through("d");
  EXPECT_EQ(door.wait_for(5).at(4), "e");
  door.open();
  EXPECT_EQ(answers.wait_for(5), std::vector<error::code>(5));
}

TEST_F(RecoveryTurns, AreGivenBackByARecoveryThatFails) {
  throws_ = "a";
  start_with({"a", "b"}, 1);
  send("a");
  send("b");
  EXPECT_EQ(door.wait_for(1), lines{"a"});
  door.open();
  EXPECT_EQ(answers.wait_for(2), (std::vector{error::code::put_aside, error::code{}}));
}

TEST_F(RecoveryTurns, TakeNoTimeFromThoseWhoWaitForThem) {
  settings.recovery_timeout = 30s;
  start_with({"a", "b", "c"}, 1);
  send("a");
  send("b");
  send("c");
  for (std::size_t turn = 1; turn <= 3; ++turn) {
    const std::string whose = door.wait_for(turn).at(turn - 1);
    // Longer than a recovery may take, for those behind it.
    time->advance(1h);
    door.let_through(whose);
  }
  EXPECT_EQ(answers.wait_for(3), std::vector<error::code>(3));
}

TEST_F(RecoveryTurns, AreFinishedWhenTheRuntimeStopsMeanwhile) {
  start_with({"a", "b"}, 1);
  send("a");
  send("b");
  EXPECT_EQ(door.wait_for(1), lines{"a"});
  std::thread opening{[this] {
    // Once nothing more is taken, the runtime is stopping, with one that wakes and one that waits.
    while (app->events({}))
      std::this_thread::yield();
    door.open();
  }};
  EXPECT_TRUE(app->stop());
  opening.join();
  EXPECT_EQ(answers.wait_for(2), std::vector<error::code>(2));
  start();
  EXPECT_EQ(written("a"), (lines{"a", "more"}));
  EXPECT_EQ(written("b"), (lines{"b", "more"}));
}

/// The pool alone, with a log that counts.
class RecoveryPool : public journal_and_host<logbook> {
 protected:
  ~RecoveryPool() override { logbook::forget_hooks(); }

  actors::recovery_pool::request request_for(const char* id) {
    return {.type = &type_,
            .aggregate_id = id,
            .journal = journal_.get(),
            .done = [this, id](const result<actors::recovered>& what) {
              done.put({id, what ? error::code{} : what.error().what});
            }};
  }

  collected<std::pair<std::string, error::code>> done;
};

TEST_F(RecoveryPool, ReadsNothingForThoseWhoWaitAndNeverWillWhenItStops) {
  start();
  for (const char* id : {"a", "b"})
    ASSERT_TRUE(ask(id, logbook::write{{id}}).accepted());
  gate door{{"a", "b"}};
  lines evolved;
  logbook::on_evolve = [&](const std::string& line) {
    evolved.push_back(line);
    door.pass(line);
  };
  actors::recovery_pool pool{*snapshots_, {.threads = 1}};
  pool.wake(request_for("a"));
  ASSERT_EQ(door.wait_for(1), lines{"a"});
  // Each read in a thread of the pool would be counted down from here.
  failing_reads_ = 100;
  pool.wake(request_for("b"));
  std::thread stopping{[&pool] {
    pool.stop();
  }};
  // A pool that is stopping answers at once.
  for (std::size_t sent = 0; done.size() == 0; ++sent)
    pool.wake(request_for("late"));
  EXPECT_EQ(door.reached(), lines{"a"});
  door.open();
  stopping.join();
  EXPECT_EQ(evolved, lines{"a"});
  EXPECT_EQ(failing_reads_.load(), 100);
  int good = 0;
  for (const auto& [id, code] : done.wait_for(2)) {
    if (id == "a") ++good;
    EXPECT_EQ(code, id == "a" ? error::code{} : error::code::shutting_down) << id;
  }
  EXPECT_EQ(good, 1);
  failing_reads_ = 0;
}

}  // namespace
}  // namespace cairn::tests
