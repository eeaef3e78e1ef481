#include "support/bank_models.hpp"
#include "support/running.hpp"

#include "cairn/testing/manual_clock.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

// Read models that are built anew in a whole runtime, under load.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;
using bank::account;

/// The next version of the holdings: with what a former one does not know.
struct holdings_2 : holdings {
  static constexpr std::uint32_t version = 2;
  using former = holdings;
  struct richest {
    using answer = std::int64_t;
  };
  using holdings::query;
  static std::int64_t query(const tables& now, const richest& /*question*/) {
    std::int64_t most = 0;
    now.by_account.each(
        [&most](const std::string& /*id*/, std::int64_t cents) { most = std::max(most, cents); });
    return most;
  }
};

/// The holdings, in parts.
struct split_holdings : holdings {
  static all::answer merge(const all& /*question*/, std::vector<all::answer> answers) {
    all::answer sum;
    for (all::answer& some : answers)
      sum.merge(some);
    return sum;
  }
};

/// Each event takes ten milliseconds of a clock that is moved by hand.
struct slow_count : event_count {
  static constexpr std::string_view stable_name = "bank.slow_count";
  struct span {
    std::chrono::steady_clock::time_point begin;
    std::chrono::steady_clock::time_point end;
  };
  static inline std::shared_ptr<testing::manual_clock> time;
  static inline std::unique_ptr<collected<span>> spans;
  template <class Event>
  static void apply(state& now, const recorded<Event>& fact, const applying& around) {
    event_count::apply(now, fact);
    if (!around.replaying()) return;
    const auto begin = time->steady();
    time->advance(10ms);
    spans->put({begin, time->steady()});
  }
};

class RebuildInARuntime : public running {
 protected:
  RebuildInARuntime() {
    with = [](builder& parts) {
      parts.add<account>().add_read_model<holdings>({.strong = true}).add_read_model<event_count>();
    };
  }

  template <class M> void await_switch() {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (app->read_model<M>().status()->rebuild) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "no switch";
      std::this_thread::yield();
    }
  }
};

TEST_F(RebuildInARuntime, IsNoticedByNobodyWhoWritesAndAsks) {
  settings.partitions = 2;
  start();
  std::atomic<bool> more{true};
  std::atomic<int> rounds{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&, id = "client" + std::to_string(i)] {
      auto mine = app->aggregate<account>(id);
      ASSERT_TRUE(mine.ask(bank::open{id}).accepted());
      for (std::int64_t sum = 1; more; ++sum, ++rounds) {
        const auto out = mine.ask(bank::deposit{1}, {.timeout = 60s, .wait_for = cairn::strong});
        ASSERT_TRUE(out.accepted());
        ASSERT_TRUE(out.late().empty()) << describe(out.late()[0].why);
        const auto all = app->read<holdings>().ask(holdings::all{});
        ASSERT_TRUE(all) << describe(all.error());
        ASSERT_EQ(all->at(id), sum) << "accepted, shown, and not there";
        const auto count =
            app->read<event_count>({.at_least = out.accepted()->position, .timeout = 60s})
                .ask(event_count::all{});
        ASSERT_TRUE(count) << describe(count.error());
      }
    });
  }
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(*app->read_model<holdings>().rebuild(), rebuild_answer::begun);
    ASSERT_EQ(*app->read_model("bank.event_count").rebuild(), rebuild_answer::begun);
    await_switch<holdings>();
    await_switch<event_count>();
    const int before = rounds;
    while (rounds < before + 20 && !HasFailure())
      std::this_thread::yield();
  }
  more = false;
  for (std::thread& one : clients)
    one.join();
  const auto all = app->read<holdings>({.caught_up = true}).ask(holdings::all{});
  const auto count = app->read<event_count>({.caught_up = true}).ask(event_count::all{});
  ASSERT_TRUE(all && count);
  std::int64_t sum = 0;
  for (const auto& [id, cents] : *all)
    sum += cents;
  EXPECT_EQ(static_cast<std::uint64_t>(sum) + all->size(), *count);
}

/// A part of the time of one thread, so that those who write have the rest.
TEST_F(RebuildInARuntime, TakesNoMoreTimeThanItMay) {
  constexpr std::size_t batch = 10;
  constexpr std::size_t batches = 8;
  settings.read_model_batch = batch;
  settings.rebuild_percent = 25;
  slow_count::time = std::make_shared<testing::manual_clock>();
  slow_count::spans = std::make_unique<collected<slow_count::span>>();
  with = [](builder& parts) {
    parts.add<account>().add_read_model<slow_count>().time_from(slow_count::time);
  };
  start();
  ASSERT_TRUE(app->aggregate<account>("ann").ask(bank::open{"Ann"}).accepted());
  for (std::size_t i = 1; i < batch * (batches + 2); ++i)
    ASSERT_TRUE(app->aggregate<account>("ann").ask(bank::deposit{1}).accepted());
  ASSERT_EQ(*app->read_model<slow_count>().rebuild(), rebuild_answer::begun);
  while (app->read_model<slow_count>().status()->rebuild) {
    slow_count::time->advance(1ms);
    std::this_thread::yield();
  }
  const auto spans = slow_count::spans->wait_for(batch * batches);
  for (std::size_t next = batch; next < batch * batches; next += batch) {
    const auto took = spans[next - 1].end - spans[next - batch].begin;
    EXPECT_GE(spans[next].begin - spans[next - 1].end, 3 * took) << "before event " << next;
  }
  stop();
}

TEST_F(RebuildInARuntime, IsOfTheNextVersionWhileTheFormerOneAnswers) {
  start();
  auto ann = app->aggregate<account>("ann");
  ASSERT_TRUE(ann.ask(bank::open{"Ann"}).accepted());
  ASSERT_TRUE(ann.ask(bank::deposit{5}, {.wait_for = cairn::strong}).accepted());
  with = [](builder& parts) {
    parts.add<account>().add_read_model<holdings_2>();
  };
  restart();
  EXPECT_EQ(app->read<holdings_2>().ask(holdings::all{})->at("ann"), 5);
  EXPECT_EQ(*app->read<holdings_2>({.timeout = 60s}).ask(holdings_2::richest{}), 5);
  EXPECT_EQ(app->read_model<holdings_2>().status()->version, 2U);
}

TEST_F(RebuildInARuntime, InMemoryHasNoFilesToRemove) {
  settings.in_memory = true;
  start();
  auto ann = app->aggregate<account>("ann");
  ASSERT_TRUE(ann.ask(bank::open{"Ann"}).accepted());
  const auto done = ann.ask(bank::deposit{5});
  ASSERT_TRUE(done.accepted());
  ASSERT_EQ(*app->read_model<holdings>().rebuild(), rebuild_answer::begun);
  await_switch<holdings>();
  EXPECT_EQ(
      app->read<holdings>({.at_least = done.accepted()->position}).ask(holdings::all{})->at("ann"),
      5);
}

TEST_F(RebuildInARuntime, EndsWithTheRuntimeAndGoesOnWithTheNext) {
  start();
  ASSERT_TRUE(app->aggregate<account>("ann").ask(bank::open{"Ann"}).accepted());
  ASSERT_TRUE(app->read_model<holdings>().pause());
  ASSERT_EQ(*app->read_model<holdings>().rebuild(), rebuild_answer::begun);
  restart();
  EXPECT_EQ(*app->read_model<holdings>().rebuild(), rebuild_answer::under_way);
  ASSERT_TRUE(app->read_model<holdings>().resume());
  await_switch<holdings>();
  EXPECT_EQ(app->read<holdings>({.caught_up = true}).ask(holdings::all{})->size(), 1U);
}

TEST_F(RebuildInARuntime, OfAModelInPartsBuildsAllOfThem) {
  with = [](builder& parts) {
    parts.add<account>().add_read_model<split_holdings>({.strong = true, .slices = 4});
  };
  start();
  for (int i = 1; i <= 10; ++i) {
    const std::string id = "account" + std::to_string(i);
    auto mine = app->aggregate<account>(id);
    ASSERT_TRUE(mine.ask(bank::open{id}).accepted());
    const auto done = mine.ask(bank::deposit{i}, {.timeout = 60s, .wait_for = cairn::strong});
    ASSERT_TRUE(done.accepted());
    ASSERT_TRUE(done.late().empty());
    EXPECT_EQ(app->read<split_holdings>().ask(holdings::all{})->at(id), i);
  }
  ASSERT_EQ(*app->read_model<split_holdings>().rebuild(), rebuild_answer::begun);
  await_switch<split_holdings>();
  EXPECT_EQ(app->read<split_holdings>({.caught_up = true}).ask(holdings::all{})->size(), 10U);
  restart();
  EXPECT_EQ(app->read<split_holdings>().ask(holdings::all{})->size(), 10U);
}

TEST_F(RebuildInARuntime, OfPartsThatCannotBeAskedIsNotEvenBegun) {
  const auto why_not = [this](auto&& add) {
    builder parts{settings};
    parts.add<account>();
    add(parts);
    const auto refused = std::move(parts).start();
    return refused ? error{} : refused.error();
  };
  const auto whole = why_not([](builder& parts) { parts.add_read_model<holdings>({.slices = 4}); });
  EXPECT_EQ(whole.what, error::code::bad_config);
  EXPECT_NE(whole.detail.find("merge"), std::string::npos) << whole.detail;
  const auto three =
      why_not([](builder& parts) { parts.add_read_model<split_holdings>({.slices = 3}); });
  EXPECT_EQ(three.what, error::code::bad_config);
  EXPECT_NE(three.detail.find("power of two"), std::string::npos) << three.detail;
}

}  // namespace
}  // namespace cairn::tests
