#include "support/counter.hpp"
#include "support/running.hpp"

#include "cairn/clock.hpp"

#include <atomic>

namespace cairn {
namespace {

using counting::add;
using counting::counter;
using namespace std::chrono_literals;

/// A wall clock that a test moves.
class moved_clock final : public clock {
 public:
  timestamp now() const noexcept override { return timestamp{std::chrono::nanoseconds{at.load()}}; }
  std::atomic<std::int64_t> at{std::chrono::nanoseconds{24h * 365 * 50}.count()};
};

class Removal : public tests::running {
 protected:
  Removal() {
    with = [this](builder& parts) {
      parts.add<counter>(options).time_from(time);
    };
  }
  ~Removal() override { stop(); }

  aggregate_handle<counter> c() { return app->aggregate<counter>("c"); }
  void fill(int events) {
    for (int i = 0; i < events; ++i) {
      ASSERT_TRUE(c().ask(add{1}).accepted());
      time->at += std::chrono::nanoseconds{1h}.count();
    }
  }
  std::vector<std::uint64_t> shown() {
    std::vector<std::uint64_t> versions;
    const auto events = c().history();
    EXPECT_TRUE(events) << describe(events.error());
    if (!events) return versions;
    for (const recorded_event& one : *events)
      versions.push_back(one.version.value);
    return versions;
  }
  std::int64_t value() { return c().state()->state.value; }

  aggregate_options options;
  std::shared_ptr<moved_clock> time = std::make_shared<moved_clock>();
};

using versions = std::vector<std::uint64_t>;

TEST_F(Removal, TruncationHidesEventsAndChangesNeitherStateNorNumbering) {
  start();
  fill(5);
  const auto done = c().truncate_before(version{4});
  ASSERT_TRUE(done.accepted());
  EXPECT_EQ(done.accepted()->version, version{5});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(shown(), (versions{4, 5}));
    EXPECT_EQ(value(), 5);
    EXPECT_EQ(c().state()->version, version{5});
    restart();
  }
  ASSERT_TRUE(c().ask(add{1}, {.expected = version{5}}).accepted());
  EXPECT_EQ(shown(), (versions{4, 5, 6}));
  EXPECT_EQ(value(), 6);
}

TEST_F(Removal, TruncationNeverShowsAgainWhatWasHidden) {
  start();
  fill(5);
  ASSERT_TRUE(c().truncate_before(version{4}).accepted());
  ASSERT_TRUE(c().truncate_before(version{2}).accepted());
  EXPECT_EQ(shown(), (versions{4, 5}));
}

TEST_F(Removal, TruncationOfAllKeepsTheNumbering) {
  start();
  fill(3);
  ASSERT_TRUE(c().truncate_before(version{4}).accepted());
  EXPECT_EQ(shown(), versions{});
  restart();
  ASSERT_TRUE(c().ask(add{1}).accepted());
  EXPECT_EQ(shown(), versions{4});
}

TEST_F(Removal, TruncationBeyondTheNewestEventIsRefused) {
  start();
  fill(3);
  const auto refused = c().truncate_before(version{5});
  ASSERT_TRUE(refused.failed());
  EXPECT_EQ(refused.failed()->what, error::code::bad_input);
  EXPECT_EQ(shown(), (versions{1, 2, 3}));
}

TEST_F(Removal, ARemovedAggregateBeginsAnewAndItsNumberingGoesOn) {
  start();
  fill(3);
  ASSERT_TRUE(c().remove().accepted());
  for (int i = 0; i < 2; ++i) {
    const auto now = c().state();
    ASSERT_TRUE(now);
    EXPECT_TRUE(now->removed);
    EXPECT_EQ(now->version, version{3});
    EXPECT_EQ(now->state, counter::state{});
    EXPECT_EQ(shown(), versions{});
    restart();
  }
  const auto born = c().ask(add{7}, {.expected = expectation::none()});
  ASSERT_TRUE(born.accepted());
  EXPECT_EQ(born.accepted()->version, version{4});
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(c().state()->removed);
    EXPECT_EQ(value(), 7);
    EXPECT_EQ(shown(), versions{4});
    restart();
  }
}

TEST_F(Removal, OnlyTheFirstOfThoseWhoExpectNothingWins) {
  start();
  fill(3);
  ASSERT_TRUE(c().remove().accepted());
  EXPECT_FALSE(c().ask(add{1}, {.expected = expectation::exists()}).accepted());
  EXPECT_TRUE(c().ask(add{1}, {.expected = expectation::none()}).accepted());
  const auto second = c().ask(add{1}, {.expected = expectation::none()});
  ASSERT_TRUE(second.failed());
  EXPECT_EQ(second.failed()->what, error::code::conflict);
  EXPECT_EQ(second.failed()->actual_version, 4U);
}

TEST_F(Removal, TheExactVersionStillFitsAfterARemoval) {
  start();
  fill(3);
  ASSERT_TRUE(c().remove({.expected = version{3}}).accepted());
  EXPECT_FALSE(c().ask(add{1}, {.expected = version{2}}).accepted());
  EXPECT_TRUE(c().ask(add{1}, {.expected = version{3}}).accepted());
}

TEST_F(Removal, ThereMustBeSomethingToRemove) {
  start();
  const auto never = c().remove();
  ASSERT_TRUE(never.failed());
  EXPECT_EQ(never.failed()->what, error::code::not_found);
  fill(1);
  ASSERT_TRUE(c().remove({.command_id = "away"}).accepted());
  EXPECT_EQ(c().remove().failed()->what, error::code::not_found);
  // The same wish once more is no second one.
  const auto again = c().remove({.command_id = "away"});
  ASSERT_TRUE(again.accepted());
  EXPECT_TRUE(again.accepted()->repeated);
}

TEST_F(Removal, WhatWasBeforeIsNotShownByTimeTravel) {
  start();
  fill(3);
  ASSERT_TRUE(c().remove().accepted());
  fill(1);
  EXPECT_EQ(c().state_at(version{2}).error().what, error::code::not_found);
  EXPECT_EQ(c().state_at(version{4})->state.value, 1);
}

TEST_F(Removal, SnapshotsFromBeforeARemovalAreNotUsed) {
  options.snapshot_every = 1;
  start();
  fill(3);
  ASSERT_TRUE(c().remove().accepted());
  restart();
  EXPECT_EQ(value(), 0);
  ASSERT_TRUE(c().ask(add{1}).accepted());
  restart();
  EXPECT_EQ(value(), 1);
}

TEST_F(Removal, ATombstoneIsForEver) {
  start();
  fill(3);
  ASSERT_TRUE(c().tombstone({.command_id = "end"}).accepted());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(c().ask(add{1}).failed()->what, error::code::deleted);
    EXPECT_EQ(c().ask(add{1}, {.expected = expectation::none()}).failed()->what,
              error::code::deleted);
    EXPECT_EQ(c().state().error().what, error::code::deleted);
    EXPECT_EQ(c().history().error().what, error::code::deleted);
    EXPECT_EQ(c().remove().failed()->what, error::code::deleted);
    EXPECT_TRUE(c().tombstone({.command_id = "end"}).accepted()->repeated);
    restart();
  }
  EXPECT_TRUE(app->aggregate<counter>("d").ask(add{1}).accepted());
  const auto both =
      app->ask_atomically({}, app->aggregate<counter>("d").part(add{1}), c().part(add{1}));
  ASSERT_TRUE(both.failed());
  EXPECT_EQ(both.failed()->what, error::code::deleted);
}

TEST_F(Removal, ShowsOnlyTheNewestSoMany) {
  start();
  fill(6);
  ASSERT_TRUE(c().set_retention({.count_max = 2}).accepted());
  EXPECT_EQ(shown(), (versions{5, 6}));
  EXPECT_EQ(value(), 6);
  fill(1);
  EXPECT_EQ(shown(), (versions{6, 7}));
  restart();
  EXPECT_EQ(shown(), (versions{6, 7}));
  ASSERT_TRUE(c().set_retention({}).accepted());
  EXPECT_EQ(shown(), (versions{1, 2, 3, 4, 5, 6, 7}));
}

TEST_F(Removal, ShowsOnlyThoseThatAreNotTooOld) {
  start();
  fill(6);
  ASSERT_TRUE(c().set_retention({.age_max = 150min}).accepted());
  EXPECT_EQ(shown(), (versions{5, 6}));
  time->at += std::chrono::nanoseconds{1h}.count();
  EXPECT_EQ(shown(), versions{6});
  time->at += std::chrono::nanoseconds{24h}.count();
  EXPECT_EQ(shown(), versions{});
  ASSERT_TRUE(c().ask(add{1}, {.expected = version{6}}).accepted());
  EXPECT_EQ(shown(), versions{7});
  EXPECT_EQ(value(), 7);
}

TEST_F(Removal, ATypeHasARetentionThatAnAggregateMayReplace) {
  options.shown.count_max = 3;
  start();
  fill(5);
  EXPECT_EQ(shown(), (versions{3, 4, 5}));
  ASSERT_TRUE(c().set_retention({.count_max = 1}).accepted());
  EXPECT_EQ(shown(), versions{5});
}

TEST_F(Removal, AbsurdRetentionIsRefused) {
  start();
  fill(1);
  EXPECT_EQ(c().set_retention({.count_max = 0}).failed()->what, error::code::bad_input);
  EXPECT_EQ(c().set_retention({.age_max = -1s}).failed()->what, error::code::bad_input);
}

TEST_F(Removal, CommandIdsAreForgottenAfterTheirTime) {
  options.command_ids.age_max = 10h;
  start();
  ASSERT_TRUE(c().ask(add{1}, {.command_id = "a"}).accepted());
  time->at += std::chrono::nanoseconds{9h}.count();
  restart();
  EXPECT_TRUE(c().ask(add{1}, {.command_id = "a"}).accepted()->repeated);
  time->at += std::chrono::nanoseconds{2h}.count();
  restart();
  EXPECT_FALSE(c().ask(add{1}, {.command_id = "a"}).accepted()->repeated);
}

TEST_F(Removal, IsSeenByInterceptors) {
  struct guard : interceptor {
    result<void> before(intercepted_command& wish) override {
      if (wish.command_type == "cairn.tombstone") {
        return error{error::code::bad_input, "not here"};
      }
      return {};
    }
  };
  with = [](builder& parts) {
    parts.add<counter>().intercept(std::make_shared<guard>());
  };
  start();
  fill(1);
  EXPECT_EQ(c().tombstone().failed()->what, error::code::bad_input);
  EXPECT_TRUE(c().remove().accepted());
}

}  // namespace
}  // namespace cairn
