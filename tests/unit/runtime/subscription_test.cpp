#include "cairn/subscription.hpp"

#include "support/account.hpp"
#include "support/counter.hpp"
#include "support/running.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <future>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

// Following the recorded events, from the history on into the present.

namespace cairn {
namespace {

using bank::account;
using bank::deposit;
using bank::open;
using counting::add;
using counting::counter;
using std::chrono::seconds;

constexpr seconds long_enough{60};
constexpr seconds at_once{0};

class Subscription : public tests::running {
 protected:
  Subscription() {
    with = [](builder& parts) {
      parts.add<account>().add<counter>();
    };
    settings.index_flush_events = 50;
  }

  void raise(int times, const std::string& id = "c", std::vector<std::string> tags = {}) {
    for (int i = 0; i < times; ++i)
      ASSERT_TRUE(app->aggregate<counter>(id).ask(add{i + 1}, {.tags = tags}).accepted());
  }
  subscription follow(const subscription_options& options = {}) {
    auto made = app->subscribe(options);
    EXPECT_TRUE(made) << describe(made.error());
    return *std::move(made);
  }
  template <class Item> static bool is(const subscription_item& item) {
    return std::holds_alternative<Item>(item);
  }
  /// The events up to the next caught_up, which must come.
  static std::vector<subscribed_event> up_to_now(subscription& from) {
    std::vector<subscribed_event> all;
    for (;;) {
      auto item = from.next(long_enough);
      if (is<caught_up>(item)) return all;
      EXPECT_FALSE(is<nothing_yet>(item) || is<ended>(item));
      if (is<nothing_yet>(item) || is<ended>(item)) return all;
      if (auto* one = std::get_if<subscribed_event>(&item)) all.push_back(std::move(*one));
    }
  }
  static std::uint64_t offset_of(const subscription_item& item) {
    const auto* one = std::get_if<subscribed_event>(&item);
    return one != nullptr ? one->event.position.offset : 0;
  }
};

TEST_F(Subscription, ShowsTheHistoryThenSaysSoThenWhatIsRecorded) {
  start();
  raise(3);
  subscription all = follow();
  for (std::uint64_t offset = 1; offset <= 3; ++offset)
    EXPECT_EQ(offset_of(all.next(long_enough)), offset);
  EXPECT_TRUE(is<caught_up>(all.next(long_enough)));
  EXPECT_TRUE(is<nothing_yet>(all.next(at_once)));
  raise(1);
  EXPECT_EQ(offset_of(all.next(long_enough)), 4U);
  EXPECT_TRUE(is<nothing_yet>(all.next(at_once)));
}

TEST_F(Subscription, WakesWhoeverWaitsWhenAnEventIsRecorded) {
  start();
  subscription all = follow({.from = from_now{}});
  EXPECT_TRUE(is<caught_up>(all.next(long_enough)));
  auto waiting = std::async(std::launch::async, [&] { return all.next(long_enough); });
  raise(1);
  EXPECT_EQ(offset_of(waiting.get()), 1U);
}

TEST_F(Subscription, BeginsWhereItIsTold) {
  start();
  raise(5);
  subscription now = follow({.from = from_now{}});
  EXPECT_EQ(up_to_now(now).size(), 0U);
  subscription with_third = follow({.from = position{{}, 3}});
  EXPECT_EQ(up_to_now(with_third).size(), 3U);
  subscription behind_fourth = follow({.from = event_cursor{{4}}});
  EXPECT_EQ(up_to_now(behind_fourth).size(), 1U);
  EXPECT_EQ(app->subscribe({.from = position{{}, 9}}).error().what, error::code::bad_input);
  EXPECT_EQ(app->subscribe({.from = event_cursor{{1, 1}}}).error().what, error::code::bad_input);
  EXPECT_EQ(app->subscribe({.buffer = 0}).error().what, error::code::bad_input);
  EXPECT_EQ(app->subscribe({.progress_every = 0}).error().what, error::code::bad_input);
  EXPECT_EQ(app->subscribe({.tags = {""}}).error().what, error::code::bad_input);
}

TEST_F(Subscription, FindsEventsOfAnyOfTheNamesWithAllOfTheTags) {
  start();
  ASSERT_TRUE(app->aggregate<account>("a").ask(open{"a"}, {.command_id = "o"}).accepted());
  ASSERT_TRUE(app->aggregate<account>("a").ask(deposit{1}, {.tags = {"x", "y"}}).accepted());
  raise(1, "c", {"x"});
  raise(1, "d", {"x", "y"});
  const auto count = [this](const subscription_options& options) {
    subscription found = follow(options);
    return up_to_now(found).size();
  };
  EXPECT_EQ(count({}), 4U);
  EXPECT_EQ(count({.categories = {"counter"}}), 2U);
  EXPECT_EQ(count({.categories = {"counter", "bank.account"}}), 4U);
  EXPECT_EQ(count({.event_types = {"opened", "added"}}), 3U);
  EXPECT_EQ(count({.tags = {"x"}}), 3U);
  EXPECT_EQ(count({.categories = {"counter"}, .tags = {"x", "y"}}), 1U);
  EXPECT_EQ(count({.correlation_id = "o"}), 1U);
  EXPECT_EQ(count({.categories = {"nobody"}}), 0U);
}

TEST_F(Subscription, SaysHowFarItIsWhenNothingIsMeant) {
  start();
  subscription none = follow({.categories = {"bank.account"}, .progress_every = 10});
  EXPECT_TRUE(is<caught_up>(none.next(long_enough)));
  raise(9);
  EXPECT_TRUE(is<nothing_yet>(none.next(at_once)));
  raise(3);
  const auto item = none.next(long_enough);
  ASSERT_TRUE(is<passed>(item));
  EXPECT_EQ(std::get<passed>(item).cursor, event_cursor{{12}});
  EXPECT_TRUE(is<nothing_yet>(none.next(at_once)));
}

TEST_F(Subscription, SaysThatItFellBehindAndThatItHasCaughtUpAgain) {
  start();
  subscription slow = follow({.buffer = 4});
  EXPECT_TRUE(is<caught_up>(slow.next(long_enough)));
  raise(4);
  for (std::uint64_t offset = 1; offset <= 4; ++offset)
    EXPECT_EQ(offset_of(slow.next(long_enough)), offset);
  EXPECT_TRUE(is<nothing_yet>(slow.next(at_once))) << "four fit into the buffer";
  raise(9);
  const auto item = slow.next(long_enough);
  ASSERT_TRUE(is<fell_behind>(item));
  EXPECT_EQ(std::get<fell_behind>(item).cursor, event_cursor{{4}});
  for (std::uint64_t offset = 5; offset <= 13; ++offset)
    EXPECT_EQ(offset_of(slow.next(long_enough)), offset);
  EXPECT_TRUE(is<caught_up>(slow.next(long_enough)));
}

TEST_F(Subscription, GoesOnFromAnyCursorAfterARestart) {
  settings.partitions = 3;
  start();
  for (int i = 0; i < 12; ++i)
    raise(3, "c" + std::to_string(i));
  subscription first = follow({.buffer = 5});
  const auto all = up_to_now(first);
  ASSERT_EQ(all.size(), 36U);
  first.end();
  restart();
  for (std::size_t i = 0; i < all.size(); i += 7) {
    subscription rest = follow({.from = *event_cursor::parse(all[i].cursor.text())});
    const auto found = up_to_now(rest);
    ASSERT_EQ(found.size(), all.size() - i - 1);
    for (std::size_t j = 0; j < found.size(); ++j)
      EXPECT_EQ(found[j].event.position, all[i + 1 + j].event.position);
  }
}

TEST_F(Subscription, DoesNotShowWhatReadersAreNotShown) {
  start();
  raise(5);
  ASSERT_FALSE(app->aggregate<counter>("c").truncate_before(version{3}).failed());
  subscription all = follow();
  const auto found = up_to_now(all);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found.front().event.version, version{3});
}

TEST_F(Subscription, HoldsItsBufferAndDelaysNobodyWhenItIsNeverAsked) {
  start();
  std::promise<void> blocked;
  std::promise<void> let_go;
  auto lets_go = let_go.get_future().share();
  tests::collected<std::uint64_t> seen;
  bool first = true;
  const auto never_asked = follow({.buffer = 8});
  const auto held =
      app->subscribe({.buffer = 8}, [&](const subscription_item& item) -> result<void> {
        if (const auto offset = offset_of(item)) {
          if (std::exchange(first, false)) {
            blocked.set_value();
            lets_go.wait();
          }
          seen.put(offset);
        }
        return {};
      });
  ASSERT_TRUE(held);
  raise(1);
  blocked.get_future().wait();
  std::vector<addressed<counter>> many;
  for (int i = 0; i < 20'000; ++i)
    many.push_back({"many", add{1}});
  for (const auto& out : app->ask_many<counter>(std::move(many)))
    ASSERT_TRUE(out.accepted());
  EXPECT_EQ(seen.size(), 0U);
  let_go.set_value();
  const auto all = seen.wait_for(20'001);
  for (std::uint64_t i = 0; i < all.size(); ++i)
    ASSERT_EQ(all[i], i + 1);
}

TEST_F(Subscription, GivesTypedEventsOfOneAggregateTypeToAVisitor) {
  start();
  ASSERT_TRUE(app->aggregate<account>("ann").ask(open{"Ann"}).accepted());
  raise(1);
  ASSERT_TRUE(app->aggregate<account>("ann").ask(deposit{7}).accepted());
  tests::collected<std::string> seen;
  struct visitor {
    tests::collected<std::string>& seen;
    void operator()(const recorded<bank::opened>& fact) const {
      seen.put(std::string{fact.meta.aggregate_id} + " " + fact->owner);
    }
    void operator()(const recorded<bank::deposited>& fact) const {
      seen.put(std::to_string(fact->cents) + " at " + std::to_string(fact.meta.position.offset));
    }
  };
  const auto typed = app->subscribe({}, each<account>(visitor{seen}));
  ASSERT_TRUE(typed);
  EXPECT_EQ(seen.wait_for(2), (std::vector<std::string>{"ann Ann", "7 at 3"}));
}

TEST_F(Subscription, EndsWhenItsCallbackThrowsOrFailsAndSaysWhy) {
  start();
  raise(1);
  tests::collected<error> ends;
  const auto call_with = [&](auto&& on_event) {
    return app->subscribe({}, [&ends, on_event](const subscription_item& item) -> result<void> {
      if (const auto* end = std::get_if<ended>(&item)) ends.put(end->why);
      return is<subscribed_event>(item) ? on_event() : result<void>{};
    });
  };
  const auto throws = call_with([]() -> result<void> { throw std::runtime_error{"ouch"}; });
  EXPECT_EQ(ends.wait_for(1)[0].what, error::code::user_code_threw);
  const auto fails = call_with([]() -> result<void> {
    return error{error::code::not_found, "no printer"};
  });
  EXPECT_EQ(ends.wait_for(2)[1].detail, "no printer");
}

TEST_F(Subscription, CanBeEndedFromWithinItsCallbackAndFromElsewhere) {
  start();
  std::optional<subscription> own;
  std::promise<void> over;
  std::promise<void> ready;
  auto is_ready = ready.get_future().share();
  auto made = app->subscribe({}, [&](const subscription_item& item) -> result<void> {
    is_ready.wait();
    EXPECT_TRUE(is<caught_up>(item));
    own.reset();
    over.set_value();
    return {};
  });
  ASSERT_TRUE(made);
  own.emplace(*std::move(made));
  ready.set_value();
  over.get_future().wait();
  subscription pulled = follow({.from = from_now{}});
  EXPECT_TRUE(is<caught_up>(pulled.next(long_enough)));
  auto waiting = std::async(std::launch::async, [&] { return pulled.next(long_enough); });
  pulled.end();
  const auto item = waiting.get();
  ASSERT_TRUE(is<ended>(item));
  EXPECT_EQ(std::get<ended>(item).why.what, error::code::stopped);
}

TEST_F(Subscription, EndsWhenTheRuntimeStops) {
  start();
  tests::collected<error> ends;
  subscription pulled = follow();
  EXPECT_TRUE(is<caught_up>(pulled.next(long_enough)));
  const auto called = app->subscribe({}, [&](const subscription_item& item) -> result<void> {
    if (const auto* end = std::get_if<ended>(&item)) ends.put(end->why);
    // As one that sends commands might: it is answered, so nothing waits for ever.
    (void)app->aggregate<counter>("c").ask(add{1});
    return {};
  });
  ASSERT_TRUE(called);
  auto waiting = std::async(std::launch::async, [&] {
    for (;;) {
      auto item = pulled.next(long_enough);
      if (!is<subscribed_event>(item) && !is<fell_behind>(item) && !is<caught_up>(item))
        return item;
    }
  });
  ASSERT_TRUE(app->stop());
  EXPECT_EQ(ends.wait_for(1)[0].what, error::code::shutting_down);
  const auto item = waiting.get();
  ASSERT_TRUE(is<ended>(item));
  EXPECT_EQ(std::get<ended>(item).why.what, error::code::shutting_down);
  EXPECT_EQ(app->subscribe({}).error().what, error::code::shutting_down);
  app.reset();
  EXPECT_TRUE(is<ended>(pulled.next(at_once)));
}

/// Writers and subscriptions by chance; each sees exactly what its filter means, in order.
TEST_F(Subscription, SeesExactlyWhatItsFilterMeansInTheOrderOfEachPartition) {
  for (const unsigned seed : {1U, 2U, 3U, 4U}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    settings.store = directory.path() / std::to_string(seed);
    settings.partitions = static_cast<std::uint16_t>(1 + seed % 4);
    start();
    constexpr int writes = 400;
    const auto write = [this, &random](int count) {
      for (int i = 0; i < count; ++i) {
        const std::string id = "c" + std::to_string(random() % 20);
        std::vector<std::string> tags;
        if (random() % 3 == 0) tags.emplace_back("x");
        if (random() % 2 == 0) {
          ASSERT_TRUE(app->aggregate<counter>(id).ask(add{1}, {.tags = tags}).accepted());
        } else {
          ASSERT_TRUE(
              app->aggregate<counter>(id).ask(counting::set_to{1}, {.tags = tags}).accepted());
        }
      }
    };
    write(writes / 2);
    const subscription_options filters[] = {{},
                                            {.tags = {"x"}},
                                            {.event_types = {"added"}},
                                            {.event_types = {"was_set"}, .tags = {"x"}}};
    std::vector<std::future<std::vector<recorded_event>>> readers;
    std::atomic<bool> written{false};
    for (const subscription_options& filter : filters) {
      subscription_options options = filter;
      options.buffer = static_cast<std::uint32_t>(1 + random() % 30);
      options.progress_every = 20;
      readers.push_back(std::async(std::launch::async, [this, &written, options] {
        subscription from = *app->subscribe(options);
        std::vector<recorded_event> all;
        for (;;) {
          const bool is_last = written;
          auto item = from.next(std::chrono::milliseconds{5});
          EXPECT_FALSE(is<ended>(item));
          if (auto* one = std::get_if<subscribed_event>(&item)) all.push_back(one->event);
          if (is<ended>(item) || (is_last && is<nothing_yet>(item))) return all;
        }
      }));
    }
    write(writes / 2);
    written = true;
    for (std::size_t i = 0; i < readers.size(); ++i) {
      const auto seen = readers[i].get();
      event_query query{.limit = event_page_max};
      query.any_of.push_back({{}, filters[i].event_types, filters[i].tags});
      const auto expected = app->events(query);
      ASSERT_TRUE(expected);
      EXPECT_EQ(seen.size(), expected->events.size());
      std::map<partition_id, std::vector<std::uint64_t>> got;
      std::map<partition_id, std::vector<std::uint64_t>> meant;
      for (const auto& one : seen)
        got[one.position.partition].push_back(one.position.offset);
      for (const auto& one : expected->events)
        meant[one.position.partition].push_back(one.position.offset);
      EXPECT_EQ(got, meant);
    }
    stop();
  }
}

}  // namespace
}  // namespace cairn
