#include "conformance/logbook_fixture.hpp"

#include "cairn/testing/aggregate_kit.hpp"

#include <atomic>
#include <stdexcept>

// What throws, and what becomes of it: the cases of Pekko's suites on failures and supervision.

namespace cairn::tests {
namespace {

class FailureCases : public logbooks {};

TEST_F(FailureCases, AnEventThatEvolveRefusesTakesTheWholeCommandWithIt) {
  start();
  ASSERT_TRUE(ask("b", {"1"}).accepted());
  const auto out = ask("b", {"2", "evolve throws", "3"});
  ASSERT_EQ(failure_of(out), error::code::user_code_threw);
  EXPECT_NE(out.failed()->detail.find("evolve of conformance.logbook/b threw: cannot evolve"),
            std::string::npos)
      << out.failed()->detail;
  EXPECT_EQ(version_of(ask("b", {"2"}, {.expected = version{1}})), 2U);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(written("b"), (lines{"1", "2"}));
    restart();
  }
  EXPECT_EQ(at("b").history()->size(), 2U);
}

TEST(FailedDecisions, LeaveNothingInTheRunningState) {
  testing::aggregate_kit<logbook> kit{"b"};
  kit.given(logbook::wrote{"1"});
  // The first of its events had been applied when the second one threw.
  kit.run(logbook::write{{"2", "evolve throws", "3"}})
      .expect_failed(error::code::user_code_threw)
      .expect_state({{"1"}});
  kit.run(logbook::write{{"2", "decide throws"}})
      .expect_failed(error::code::user_code_threw)
      .expect_state({{"1"}});
  kit.run(logbook::write{{"2"}}).expect_state({{"1", "2"}});
}

TEST_F(FailureCases, ADecisionThatThrowsLeavesTheRunningStateAsItWas) {
  start();
  ASSERT_TRUE(ask("b", {"1"}).accepted());
  const auto woken = app->status().woken;
  EXPECT_EQ(failure_of(ask("b", {"2", "decide throws"})), error::code::user_code_threw);
  // It goes on as it is; nothing was read again.
  EXPECT_EQ(version_of(ask("b", {"2"}, {.expected = version{1}})), 2U);
  EXPECT_EQ(app->status().woken, woken);
  EXPECT_EQ(written("b"), (lines{"1", "2"}));
}

TEST_F(FailureCases, WhateverAReplayThrowsPutsTheAggregateAside) {
  start();
  ASSERT_TRUE(ask("b", {"1", "2"}).accepted());
  ASSERT_TRUE(ask("c", {"1"}).accepted());
  stop();
  logbook::on_evolve = [](const std::string& line) {
    if (line == "2") throw 42;  // NOLINT: no exception of ours, on purpose
  };
  start();
  const auto out = ask("b", {"3"});
  ASSERT_EQ(failure_of(out), error::code::put_aside);
  EXPECT_NE(out.failed()->detail.find("conformance.logbook/b version 2 (wrote)"), std::string::npos)
      << out.failed()->detail;
  EXPECT_EQ(log_.count("conformance.logbook/b is put aside"), 1);
  ASSERT_EQ(app->status().aside.size(), 1U);
  EXPECT_EQ(at("b").state().error().what, error::code::put_aside);
  EXPECT_TRUE(ask("c", {"3"}).accepted());
}

TEST_F(FailureCases, ALogThatThrowsWhenItHearsOfThemChangesNothing) {
  start();
  ASSERT_TRUE(ask("b", {"1"}).accepted());
  stop();
  logbook::on_evolve = [](const std::string& line) {
    if (line == "1") throw std::runtime_error{"not that one"};
  };
  std::atomic<int> heard{0};
  with = [&heard](builder& parts) {
    parts.add<logbook>().log([&heard](log_level /*level*/, std::string_view /*line*/) {
      ++heard;
      throw std::runtime_error{"the log is full"};
    });
  };
  start();
  EXPECT_EQ(failure_of(ask("b", {"2"})), error::code::put_aside);
  EXPECT_GE(heard.load(), 1);
  EXPECT_TRUE(ask("c", {"2"}).accepted());
  EXPECT_EQ(failure_of(ask("b", {"3"})), error::code::put_aside);
  EXPECT_TRUE(app->stop());
}

TEST_F(FailureCases, AnEffectThatThrowsIsNotRunAgainAndItsEventsStay) {
  std::atomic<int> runs{0};
  logbook::on_commit = [&runs](const receipt& /*done*/) {
    ++runs;
    throw std::runtime_error{"cannot tell anybody"};
  };
  start();
  EXPECT_EQ(version_of(ask("b", {"1"}, {.command_id = "c-1"})), 1U);
  EXPECT_TRUE(ask("b", {"1"}, {.command_id = "c-1"}).accepted()->repeated);
  restart();
  EXPECT_TRUE(ask("b", {"1"}, {.command_id = "c-1"}).accepted()->repeated);
  EXPECT_EQ(written("b"), lines{"1"});
  EXPECT_EQ(runs.load(), 1);
}

/// Code of a user runs in a recovery also outside `evolve`.
struct fragile {
  static constexpr std::string_view stable_name = "conformance.fragile";
  static inline std::atomic<bool> restore_throws{false};
  static inline std::atomic<bool> weighing_throws{false};
  static inline std::atomic<int> evolved{0};

  struct state {
    int count = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("count", count));
      if (restore_throws.load()) throw std::runtime_error{"cannot restore"};
    }
  };
  enum class rejection : std::uint8_t { no };
  using command = std::variant<logbook::write>;
  using event = std::variant<logbook::wrote>;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& /*now*/, const logbook::write& wish) {
    return logbook::wrote{wish.lines.empty() ? "" : wish.lines.front()};
  }
  static void evolve(state& now, const logbook::wrote& /*fact*/) {
    ++now.count;
    ++evolved;
  }
  static std::size_t bytes_of(const state& /*now*/) {
    if (weighing_throws.load()) throw std::runtime_error{"cannot weigh"};
    return 0;
  }
};

class FragileRecovery : public running {
 protected:
  FragileRecovery() {
    with = [](builder& parts) {
      parts.add<fragile>({.snapshot_every = 2});
    };
    settings.awake_bytes_max = 100 * mib;
  }
  ~FragileRecovery() override {
    stop();
    fragile::restore_throws = false;
    fragile::weighing_throws = false;
  }
  void write_twice() {
    auto f = app->aggregate<fragile>("f");
    for (int i = 0; i < 2; ++i)
      ASSERT_TRUE(f.ask(logbook::write{{"x"}}).accepted());
  }
};

TEST_F(FragileRecovery, GoesOnWithoutASnapshotThatThrowsWhenItIsRead) {
  start();
  write_twice();
  stop();
  fragile::evolved = 0;
  fragile::restore_throws = true;
  start();
  const auto now = app->aggregate<fragile>("f").state();
  ASSERT_TRUE(now) << describe(now.error());
  EXPECT_EQ(now->state.count, 2);
  EXPECT_EQ(fragile::evolved.load(), 2);
  EXPECT_EQ(app->aggregate<fragile>("f").ask(logbook::write{{"x"}}).accepted()->version,
            version{3});
}

TEST_F(FragileRecovery, GoesOnWithoutTheWeightOfAStateThatThrows) {
  fragile::weighing_throws = true;
  start();
  write_twice();
  restart();
  write_twice();
  EXPECT_EQ(app->aggregate<fragile>("f").state()->state.count, 4);
}

}  // namespace
}  // namespace cairn::tests
