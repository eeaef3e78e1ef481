#include "conformance/tally_fixture.hpp"
#include "support/counter.hpp"

#include "cairn/testing/journal_probe.hpp"

#include <numeric>
#include <optional>

// What Pekko's tests say of an entity that sets commands aside: here by `cairn::stash`, and with
// what waits in its mailbox.

namespace cairn::conformance {
namespace {

using namespace counting;
using numbers = std::vector<int>;

numbers from_to(int first, int last) {
  numbers all(static_cast<std::size_t>(last - first + 1));
  std::iota(all.begin(), all.end(), first);
  return all;
}

/// Counters whose journal fails when it is told to.
class Stash : public tests::running {
 protected:
  Stash() {
    counter::listener = nullptr;
    settings.workers = 1;
    with = [this](builder& parts) {
      parts.add<counter>(options);
    };
  }
  ~Stash() override {
    journal.release();
    stop();
    counter::listener = nullptr;
  }
  /// On the probe instead of the disk.
  void start_on_probe() {
    settings.in_memory = true;
    with = [this](builder& parts) {
      parts.add<counter>(options).journal_from(journal.source());
    };
    start();
  }

  aggregate_handle<counter> c() { return app->aggregate<counter>("c"); }
  outcome<counter> ask(counter::command wish) { return c().ask(std::move(wish)); }
  void send(int number, counter::command wish) {
    c().ask(std::move(wish),
            {.timeout = std::chrono::minutes{10}},
            [this, number](const outcome<counter>& what) {
              if (what.accepted() != nullptr) accepted.put(number);
              if (const error* why = what.failed()) failures.put({number, why->what});
              answers.put(number);
            });
  }
  void send_ones(int first, int last) {
    for (int i = first; i <= last; ++i)
      send(i, add{1});
  }
  std::int64_t value() { return c().state()->state.value; }

  aggregate_options options;
  testing::journal_probe journal;
  tests::collected<int> answers;
  tests::collected<int> accepted;
  tests::collected<std::pair<int, error::code>> failures;
};

TEST_F(Stash, OfManyThatAreSentWithoutWaitingComesBackBetweenThoseAroundIt) {
  start();
  send(1, add{1});
  send(10, switch_to{false});
  send_ones(2, 4);
  send(11, switch_to{true});
  send_ones(5, 7);
  EXPECT_EQ(answers.wait_for(9), (numbers{1, 10, 11, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(value(), 7);
}

TEST_F(Stash, KeepsItsOrderInALongStory) {
  start();
  numbers expected;
  const auto expect_next = [&expected](const numbers& more) {
    expected.insert(expected.end(), more.begin(), more.end());
  };
  const auto thrice = [this](int first, bool on) {
    for (int i = 0; i < 3; ++i)
      send(first + i, switch_to{on});
  };
  send_ones(1, 100);
  thrice(1001, false);
  expect_next(from_to(1, 100));
  expect_next(from_to(1001, 1003));
  for (int i = 101; i <= 200; ++i) {
    send(i, add{1});
    if (i % 10 == 0) send(-1, sing{});
  }
  EXPECT_EQ(accepted.wait_for(expected.size()), expected);
  EXPECT_EQ(failures.wait_for(10).size(), 10U);
  EXPECT_EQ(app->status().unhandled, 10U);
  EXPECT_EQ(value(), 100);
  for (int i = 1; i <= 5; ++i)
    send(2000 + i, set_to{1000 * i});
  thrice(1004, true);
  send_ones(201, 300);
  // What was set aside comes right behind the first that wants it back.
  expect_next(from_to(2001, 2005));
  expect_next({1004});
  expect_next(from_to(101, 200));
  expect_next({1005, 1006});
  expect_next(from_to(201, 300));
  EXPECT_EQ(accepted.wait_for(expected.size()), expected);
  EXPECT_EQ(value(), 5200);
  for (int i = 6; i <= 8; ++i)
    send(2000 + i, set_to{1000 * i});
  thrice(1007, false);
  send_ones(301, 400);
  thrice(1010, true);
  expect_next(from_to(2006, 2008));
  expect_next(from_to(1007, 1010));
  expect_next(from_to(301, 400));
  expect_next({1011, 1012});
  EXPECT_EQ(accepted.wait_for(expected.size()), expected);
  EXPECT_EQ(value(), 8100);
}

TEST_F(Stash, OutlivesAnEvolveThatThrows) {
  start();
  ASSERT_TRUE(ask(switch_to{false}).accepted());
  send(1, add{1});
  send(2, add{2});
  send(3, set_to{666});
  EXPECT_EQ(failures.wait_for(1)[0], (std::pair{3, error::code::user_code_threw}));
  ASSERT_TRUE(ask(switch_to{true}).accepted());
  EXPECT_EQ(accepted.wait_for(2), (numbers{1, 2}));
  ASSERT_TRUE(ask(switch_to{false}).accepted());
  send(4, add{4});
  ASSERT_TRUE(ask(switch_to{true}).accepted());
  EXPECT_EQ(accepted.wait_for(3), (numbers{1, 2, 4}));
  EXPECT_EQ(value(), 7);
}

TEST_F(Stash, LosesOnlyTheOneWhoseEvolveThrowsWhileItComesBack) {
  start();
  ASSERT_TRUE(ask(switch_to{false}).accepted());
  send(2, add{1});
  send(3, add{666});
  send(4, add{1});
  send(5, add{1});
  send(1, switch_to{true});
  send(6, add{1});
  EXPECT_EQ(accepted.wait_for(5), (numbers{1, 2, 4, 5, 6}));
  EXPECT_EQ(failures.wait_for(1)[0], (std::pair{3, error::code::user_code_threw}));
  EXPECT_EQ(value(), 4);
}

TEST_F(Stash, ThatCameBackInAGroupThatFailsIsAnsweredWithIt) {
  start_on_probe();
  ASSERT_TRUE(ask(switch_to{false}).accepted());
  send_ones(2, 5);
  // They have been set aside once this is answered.
  ASSERT_TRUE(ask(set_to{10}).accepted());
  journal.reject_next();
  send(1, switch_to{true});
  for (const auto& [number, why] : failures.wait_for(5))
    EXPECT_EQ(effect_of(why), error::effect::none) << number;
  EXPECT_EQ(accepted.size(), 0U);
  // Its state is that of before: it is still switched off.
  send(6, add{1});
  ASSERT_TRUE(ask(set_to{20}).accepted());
  EXPECT_EQ(answers.size(), 5U);
  ASSERT_TRUE(ask(switch_to{true}).accepted());
  EXPECT_EQ(accepted.wait_for(1), numbers{6});
  EXPECT_EQ(value(), 21);
}

TEST_F(Stash, IsNotEndedBySleepThatACommandWantedWhichFailed) {
  start_on_probe();
  ASSERT_TRUE(ask(switch_to{false}).accepted());
  send(1, add{1});
  ASSERT_TRUE(ask(set_to{10}).accepted());
  journal.reject_next();
  ASSERT_TRUE(ask(retire{}).failed());
  ASSERT_TRUE(ask(set_to{20}).accepted());
  // The host looks after all of its aggregates while this one is at rest.
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(app->aggregate<counter>("other").ask(add{1}).accepted());
  ASSERT_TRUE(ask(switch_to{true}).accepted());
  EXPECT_EQ(answers.wait_for(1), numbers{1});
  EXPECT_EQ(accepted.size(), 1U);
  EXPECT_EQ(app->status().put_to_sleep, 0U);
  EXPECT_EQ(value(), 21);
}

TEST_F(Stash, ComesBackWhileAQueryWaitsForTheDisk) {
  start_on_probe();
  ASSERT_TRUE(ask(switch_to{false}).accepted());
  send(2, add{1});
  ASSERT_TRUE(ask(set_to{10}).accepted());
  journal.hold();
  send(1, switch_to{true});
  ASSERT_TRUE(journal.wait_until_held());
  // A query by command is answered behind what it rests on, a reader sees what is durable.
  send(3, announce{false});
  send(4, add{1});
  EXPECT_EQ(value(), 10);
  // This one throws and is answered at once: then those before it have been decided. A query that
  // comes after the release may be answered by the host while the writer still answers the others.
  send(5, add{13});
  EXPECT_EQ(failures.wait_for(1)[0], (std::pair{5, error::code::user_code_threw}));
  EXPECT_EQ(accepted.size(), 0U);
  journal.release();
  EXPECT_EQ(accepted.wait_for(4), (numbers{1, 2, 3, 4}));
  EXPECT_EQ(value(), 12);
}

TEST_F(Stash, HasRoomForExactlyItsLimit) {
  start();
  ASSERT_TRUE(ask(switch_to{false}).accepted());
  send_ones(1, 501);
  EXPECT_EQ(failures.wait_for(1)[0], (std::pair{501, error::code::overloaded}));
  ASSERT_TRUE(ask(switch_to{true}).accepted());
  EXPECT_EQ(accepted.wait_for(500), from_to(1, 500));
  ASSERT_TRUE(ask(add{1}).accepted());
  EXPECT_EQ(failures.size(), 1U);
  EXPECT_EQ(value(), 501);
}

TEST_F(Stash, ComesBackBeforeTheSleepThatIsWantedBehindItAndWhatIsSentLaterWakes) {
  start();
  ASSERT_TRUE(ask(switch_to{false}).accepted());
  send(3, add{1});
  send(4, add{1});
  send(5, switch_to{true});
  send(7, retire{});
  send(6, add{1});
  EXPECT_EQ(accepted.wait_for(5), (numbers{5, 3, 4, 7, 6}));
  while (app->status().put_to_sleep == 0)
    ASSERT_TRUE(app->aggregate<counter>("other").ask(add{1}).accepted());
  EXPECT_EQ(value(), 4);
}

TEST_F(Stash, OfVeryManyComesBackAtOnce) {
  constexpr int many = 50'000;
  options.stash_max = many;
  settings.commands_per_aggregate_max = 65'536;
  start();
  ASSERT_TRUE(ask(switch_to{false}).accepted());
  send_ones(1, many);
  ASSERT_TRUE(ask(switch_to{true}).accepted());
  EXPECT_EQ(answers.wait_for(many), from_to(1, many));
  EXPECT_EQ(value(), many);
}

TEST_F(Stash, AppendThatFailsHarmsNoCommandButItsOwn) {
  start_on_probe();
  journal.fail_nth(5, {error::code::store_full, "the fifth"});
  for (int i = 1; i <= 10; ++i)
    EXPECT_EQ(ask(add{1}).accepted() != nullptr, i != 5) << i;
  EXPECT_EQ(value(), 9);
}

/// Commands that wait in the mailbox while the aggregate is woken.
class Mailbox : public on_tallies {
 protected:
  ~Mailbox() override {
    held.open();
    stop();
  }
  gate held;
};

TEST_F(Mailbox, LosesNothingByACallbackThatThrows) {
  start();
  add_ones(1);
  stop();
  held.shut();
  tally::watch.evolving = [this](const added& /*fact*/) {
    held.pass();
  };
  tally::watch.done = [](int which, const receipt& what) {
    if (which == 1 && what.version == version{4}) throw std::runtime_error{"the third"};
  };
  start();
  send(1, plus{{1}});
  held.wait_for_somebody();
  for (int i = 2; i <= 10; ++i)
    send(i, plus{{1}});
  held.open();
  EXPECT_EQ(accepted.wait_for(10), from_to(1, 10));
  EXPECT_TRUE(ask(plus{{1}}).accepted());
  EXPECT_EQ(sum(), 12);
}

}  // namespace
}  // namespace cairn::conformance
