#include "cairn/named_subscription.hpp"

#include "support/counter.hpp"
#include "support/running.hpp"

#include "cairn/testing/manual_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Durable subscriptions of a whole runtime.

namespace cairn {
namespace {

using counting::add;
using counting::counter;
using std::chrono::seconds;

constexpr seconds long_enough{60};
constexpr seconds at_once{0};

class NamedSubscription : public tests::running {
 protected:
  NamedSubscription() {
    with = [this](builder& parts) {
      parts.add<counter>().time_from(time);
    };
  }

  void raise(int times, const std::string& id = "c", ask_options options = {}) {
    for (int i = 0; i < times; ++i)
      ASSERT_TRUE(app->aggregate<counter>(id).ask(add{1}, options).accepted());
  }
  named_subscription mailer(const named_subscription_options& options = {}) {
    auto made = app->named_subscription("mailer", options);
    EXPECT_TRUE(made) << describe(made.error());
    return *std::move(made);
  }
  static consumer join(named_subscription& to) {
    auto made = to.join();
    EXPECT_TRUE(made) << describe(made.error());
    return *std::move(made);
  }
  static std::optional<delivery> next(consumer& who, seconds timeout = long_enough) {
    auto found = who.next(timeout);
    EXPECT_TRUE(found) << describe(found.error());
    return found ? *std::move(found) : std::nullopt;
  }
  static std::uint64_t offset_of(const std::optional<delivery>& one) {
    return one ? one->event().position.offset : 0;
  }

  std::shared_ptr<cairn::testing::manual_clock> time =
      std::make_shared<cairn::testing::manual_clock>();
};

TEST_F(NamedSubscription, GoesOnAfterARestartWithWhatWasNotAcknowledged) {
  start();
  raise(4);
  {
    auto all = mailer();
    consumer one = join(all);
    ASSERT_TRUE(next(one)->ack());
    ASSERT_EQ(offset_of(next(one)), 2U);
    ASSERT_TRUE(next(one)->skip());
  }
  restart();
  auto all = mailer();
  consumer one = join(all);
  EXPECT_EQ(offset_of(next(one)), 2U);
  EXPECT_EQ(offset_of(next(one)), 4U);
  EXPECT_EQ(offset_of(next(one, at_once)), 0U);
  raise(1);
  EXPECT_EQ(offset_of(next(one)), 5U);
}

TEST_F(NamedSubscription, BeginsAtItsStartOnlyWhenItIsNew) {
  start();
  raise(3);
  const named_subscription_options from_here{.events = {.from = from_now{}}};
  (void)mailer(from_here);
  raise(2);
  restart();
  raise(1);
  auto all = mailer(from_here);
  consumer one = join(all);
  EXPECT_EQ(offset_of(next(one)), 4U);
  EXPECT_EQ(all.status().checkpoint, event_cursor{{3}});
}

TEST_F(NamedSubscription, IsTheSameForEverybodyAndRefusesASecondConsumer) {
  start();
  auto first = mailer();
  auto second = mailer({.consumers_max = 7});
  const consumer one = join(first);
  const auto other = second.join();
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().what, error::code::overloaded);
  EXPECT_EQ(other.error().detail,
            "mailer: the subscription has 1 consumers, and consumers_max is 1");
  EXPECT_EQ(second.status().consumers, 1U);
}

TEST_F(NamedSubscription, RefusesOptionsThatMakeNoSense) {
  start();
  const auto refusal = [this](const std::string& name, const named_subscription_options& options) {
    const auto made = app->named_subscription(name, options);
    return made ? error::code{} : made.error().what;
  };
  EXPECT_EQ(refusal("", {}), error::code::bad_input);
  EXPECT_EQ(refusal("a/b", {}), error::code::bad_input);
  EXPECT_EQ(refusal("a", {.order = delivery_order::by_key}), error::code::bad_input);
  EXPECT_EQ(refusal("a",
                    {.key =
                         [](const auto&) {
                           return std::string{};
                         }}),
            error::code::bad_input);
  EXPECT_EQ(refusal("a", {.ack_timeout = seconds{0}}), error::code::bad_input);
  EXPECT_EQ(refusal("a", {.consumers_max = 0}), error::code::bad_input);
  EXPECT_EQ(refusal("a", {.window = 0}), error::code::bad_input);
  EXPECT_EQ(refusal("a", {.events = {.from = position{{}, 5}}}), error::code::bad_input);
}

TEST_F(NamedSubscription, DeliversAgainByTheClockAndParksWhatComesTooOften) {
  start();
  raise(2);
  auto all = mailer({.ack_timeout = seconds{30}, .retries_max = 2});
  consumer one = join(all);
  ASSERT_EQ(offset_of(next(one)), 1U);
  ASSERT_TRUE(next(one)->ack());
  time->advance(seconds{30});
  auto again = next(one);
  ASSERT_EQ(offset_of(again), 1U);
  EXPECT_EQ(again->attempt(), 2U);
  ASSERT_TRUE(again->retry(std::chrono::hours{1}));
  EXPECT_EQ(offset_of(next(one, at_once)), 0U);
  time->advance(std::chrono::hours{1});
  again = next(one);
  ASSERT_EQ(offset_of(again), 1U);
  ASSERT_TRUE(again->retry());
  EXPECT_EQ(again->ack().error().what, error::code::expired);
  const auto parked = all.parked();
  ASSERT_TRUE(parked);
  ASSERT_EQ(parked->size(), 1U);
  EXPECT_EQ((*parked)[0].attempts, 3U);
  EXPECT_EQ((*parked)[0].reason, "delivered 3 times: its consumer could not handle it");
  EXPECT_EQ((*parked)[0].since, time->now());
  EXPECT_EQ(all.status().checkpoint, event_cursor{{2}});
}

TEST_F(NamedSubscription, ReplaysAndDiscardsWhatIsParked) {
  start();
  raise(2);
  auto all = mailer();
  consumer one = join(all);
  ASSERT_TRUE(next(one)->park("bad address"));
  ASSERT_TRUE(next(one)->park("bad address"));
  ASSERT_TRUE(all.replay_parked({{}, 1}));
  const auto replayed = next(one);
  ASSERT_EQ(offset_of(replayed), 1U);
  ASSERT_TRUE(all.parked()->front().replaying);
  ASSERT_TRUE(std::optional { replayed } -> ack());
  ASSERT_EQ(all.parked()->size(), 1U);
  ASSERT_TRUE(all.discard_parked({{}, 2}));
  EXPECT_EQ(all.parked()->size(), 0U);
  EXPECT_EQ(all.replay_parked({{}, 2}).error().what, error::code::not_found);
}

TEST_F(NamedSubscription, CannotReplayWhatReadersAreNotShownAnyMore) {
  start();
  raise(3);
  auto all = mailer();
  consumer one = join(all);
  ASSERT_TRUE(next(one)->park("why"));
  ASSERT_FALSE(app->aggregate<counter>("c").truncate_before(version{3}).failed());
  EXPECT_EQ(all.replay_parked({{}, 1}).error().what, error::code::not_found);
  EXPECT_TRUE(all.discard_parked({{}, 1}));
}

TEST_F(NamedSubscription, KeepsTheOrderOfEachAggregateAndOfEachRequest) {
  start();
  raise(1, "a", {.command_id = "r1"});
  raise(1, "b", {.correlation_id = "r1"});
  raise(1, "a", {.correlation_id = "r2"});
  raise(1, "c");
  const auto first_round = [this](const std::string& name, delivery_order order) {
    auto all = *app->named_subscription(name, {.order = order});
    consumer one = join(all);
    std::vector<std::uint64_t> offsets;
    // The feed may be at work; what it delivers without any answer is what counts.
    while (all.status().waiting + all.status().delivered < 4)
      std::this_thread::yield();
    while (const auto got = next(one, at_once))
      offsets.push_back(offset_of(got));
    return offsets;
  };
  using offsets = std::vector<std::uint64_t>;
  EXPECT_EQ(first_round("turn", delivery_order::in_turn), (offsets{1, 2, 3, 4}));
  EXPECT_EQ(first_round("aggregate", delivery_order::by_aggregate), (offsets{1, 2, 4}));
  EXPECT_EQ(first_round("request", delivery_order::by_correlation), (offsets{1, 3, 4}));
}

TEST_F(NamedSubscription, HandsOnWhatAConsumerLeavesBehind) {
  start();
  raise(1);
  auto all = mailer({.consumers_max = 2});
  consumer other = join(all);
  {
    consumer leaver = join(all);
    ASSERT_EQ(offset_of(next(leaver)), 1U);
    EXPECT_EQ(offset_of(next(other, at_once)), 0U);
  }
  const auto got = next(other);
  ASSERT_EQ(offset_of(got), 1U);
  EXPECT_EQ(got->attempt(), 1U);
  other.leave();
  const auto gone = other.next(at_once);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().what, error::code::stopped);
}

TEST_F(NamedSubscription, CallsBackOneAfterTheOtherAndTriesAgainWhatThrows) {
  start();
  auto all = mailer({.retries_max = 1});
  tests::collected<std::uint64_t> seen;
  const auto one = all.join({.credit = 3}, [&](delivery got) {
    seen.put(got->position.offset * 10 + got.attempt());
    if (got->position.offset == 2) throw std::runtime_error{"ouch"};
    EXPECT_TRUE(got.ack());
  });
  ASSERT_TRUE(one);
  raise(3);
  EXPECT_EQ(seen.wait_for(3), (std::vector<std::uint64_t>{11, 21, 31}));
  // It is asked to wait for a second after it has thrown, which may be a moment from now.
  while (all.status().delivered > 0)
    std::this_thread::yield();
  time->advance(seconds{1});
  EXPECT_EQ(seen.wait_for(4).back(), 22U);
  while (all.status().delivered > 0)
    std::this_thread::yield();
  ASSERT_EQ(all.parked()->size(), 1U);
  EXPECT_NE(all.parked()->front().reason.find("ouch"), std::string::npos);
}

TEST_F(NamedSubscription, StoresHowFarItIsAlsoWhenNothingIsMeant) {
  start();
  raise(30);
  {
    auto none = mailer({.events = {.categories = {"nobody"}, .progress_every = 10}});
    while (none.status().checkpoint != event_cursor{{30}})
      std::this_thread::yield();
  }
  restart();
  raise(1);
  auto all = mailer();
  consumer one = join(all);
  EXPECT_EQ(offset_of(next(one)), 31U);
}

TEST_F(NamedSubscription, SharesTheEventsOfSeveralPartitions) {
  settings.partitions = 3;
  start();
  auto all = mailer({.order = delivery_order::by_aggregate, .consumers_max = 3, .window = 40});
  tests::collected<recorded_event> seen;
  std::vector<consumer> consumers;
  for (int i = 0; i < 3; ++i) {
    consumers.push_back(*all.join({.credit = 4}, [&](delivery got) {
      seen.put(got.event());
      EXPECT_TRUE(got.ack());
    }));
  }
  for (int i = 0; i < 20; ++i)
    raise(10, "c" + std::to_string(i));
  std::map<std::string, std::uint64_t> newest;
  for (const recorded_event& one : seen.wait_for(200))
    EXPECT_EQ(one.version.value, ++newest[one.aggregate_id]);
  EXPECT_EQ(newest.size(), 20U);
  ASSERT_TRUE(all.flush());
  EXPECT_EQ(seen.size(), 200U);
}

TEST_F(NamedSubscription, EndsWhenTheRuntimeStops) {
  start();
  raise(2);
  auto all = mailer({.consumers_max = 2});
  consumer one = join(all);
  auto kept = next(one);
  std::thread waiter{[&] {
    auto got = one.next(long_enough);
    while (got && got->has_value())
      got = one.next(long_enough);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().what, error::code::shutting_down);
  }};
  ASSERT_TRUE(app->stop());
  waiter.join();
  app.reset();
  EXPECT_EQ(kept->ack().error().what, error::code::shutting_down);
  EXPECT_EQ(all.flush().error().what, error::code::shutting_down);
  EXPECT_EQ(all.parked().error().what, error::code::shutting_down);
  EXPECT_EQ(all.join().error().what, error::code::shutting_down);
}

}  // namespace
}  // namespace cairn
