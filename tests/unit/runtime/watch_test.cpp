#include "support/bank_models.hpp"
#include "support/running.hpp"
#include "support/told_holdings.hpp"

#include <thread>
#include <variant>

// Watching the read models of a runtime.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;

class Watch : public running {
 protected:
  Watch() {
    with = [](builder& parts) {
      parts.add<bank::account>().add_read_model<told_holdings>().add_read_model<event_count>();
    };
    settings.partitions = 2;
  }
  void open(const std::string& id) {
    ASSERT_TRUE(app->aggregate<bank::account>(id).ask(bank::open{id}).accepted());
  }
  position deposit(const std::string& id, std::int64_t cents) {
    const auto out = app->aggregate<bank::account>(id).ask(bank::deposit{cents});
    EXPECT_TRUE(out.accepted());
    return out.accepted() != nullptr ? out.accepted()->position : position{};
  }
};

TEST_F(Watch, TellsWhatChangesBehindTheFirstAnswer) {
  start();
  open("ann");
  const position paid = deposit("ann", 5);
  auto seen = app->watch<told_holdings>(told_holdings::all{}, {.at_least = paid});
  ASSERT_TRUE(seen) << describe(seen.error());
  EXPECT_EQ(seen->first(), (told_holdings::all::answer{{"ann", 5}}));
  const position again = deposit("ann", 6);
  const auto news = seen->next(60s);
  ASSERT_TRUE(news && *news);
  EXPECT_EQ(std::get<told_holdings::now_has>(*(*news)->update).cents, 11);
  EXPECT_EQ((*news)->position, again);
  EXPECT_EQ(app->watch<told_holdings>(told_holdings::all{},
                                      {.at_least = position{{0}, 1'000}, .timeout = 0s})
                .error()
                .what,
            error::code::stale);
}

TEST_F(Watch, IsTheSameAsTheAnswerInTheEndThoughTheProcessIsStartedAgain) {
  for (int run = 0; run < 3; ++run) {
    start();
    std::vector<std::jthread> clients;
    for (int client = 0; client < 4; ++client) {
      clients.emplace_back([this, client] {
        const std::string id = std::to_string(client);
        (void)app->aggregate<bank::account>(id).ask(bank::open{id});
        for (int i = 1; i <= 50; ++i)
          deposit(id, i);
      });
    }
    struct follower {
      watching<told_holdings, told_holdings::all> watch;
      told_holdings::all::answer folded;
    };
    std::vector<follower> followers;
    for (int i = 0; i < 20; ++i) {
      auto begun = app->watch<told_holdings>(told_holdings::all{}, {.buffer = 10'000});
      ASSERT_TRUE(begun) << describe(begun.error());
      auto first = begun->first();
      followers.push_back({*std::move(begun), std::move(first)});
    }
    for (auto& one : clients)
      one.join();
    const auto in_the_end = app->read<told_holdings>({.caught_up = true}).ask(told_holdings::all{});
    ASSERT_TRUE(in_the_end);
    ASSERT_EQ(in_the_end->size(), 4U);
    for (follower& one : followers) {
      for (;;) {
        const auto news = one.watch.next(0ns);
        ASSERT_TRUE(news) << describe(news.error());
        if (!*news) break;
        const auto& update = std::get<told_holdings::now_has>(*(*news)->update);
        one.folded[update.id] = update.cents;
      }
      EXPECT_EQ(one.folded, *in_the_end);
    }
    followers.clear();
    stop();
  }
}

TEST_F(Watch, CallsBackAndSaysInTheEndThatTheRuntimeStops) {
  start();
  open("ann");
  auto seen = app->watch<told_holdings>(told_holdings::all{}, {.caught_up = true});
  ASSERT_TRUE(seen);
  collected<std::int64_t> told;
  collected<error::code> ends;
  seen->each([&](const result<emitted<told_holdings>>& news) {
    if (!news) return ends.put(news.error().what);
    told.put(std::get<told_holdings::now_has>(*news->update).cents);
  });
  deposit("ann", 1);
  deposit("ann", 2);
  EXPECT_EQ(told.wait_for(2), (std::vector<std::int64_t>{1, 3}));
  stop();
  EXPECT_EQ(ends.wait_for(1), std::vector{error::code::shutting_down});
}

TEST_F(Watch, OfAModelWithoutUpdatesTellsWholeAnswers) {
  start();
  open("ann");
  auto seen = app->watch<event_count>(event_count::all{}, {.caught_up = true});
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->newest(), 1U);
  deposit("ann", 1);
  const auto news = seen->next(60s);
  ASSERT_TRUE(news && *news);
  EXPECT_EQ(**news, 2U);
  const auto nothing = seen->next(1ms);
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(*nothing);
}

TEST_F(Watch, OfWhatWasNotAddedIsAnError) {
  with = [](builder& parts) {
    parts.add<bank::account>();
  };
  start();
  const auto seen = app->watch<told_holdings>(told_holdings::all{});
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().what, error::code::unknown_name);
}

TEST_F(Watch, MayOutliveItsRuntime) {
  start();
  auto seen = app->watch<told_holdings>(told_holdings::all{});
  ASSERT_TRUE(seen);
  stop();
  EXPECT_EQ(seen->next(0ns).error().what, error::code::shutting_down);
  int ends = 0;
  seen->each([&](const auto& news) { ends += news ? 0 : 1; });
  EXPECT_EQ(ends, 1);
}

}  // namespace
}  // namespace cairn::tests
