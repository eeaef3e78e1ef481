#include "support/account.hpp"
#include "support/counter.hpp"
#include "support/running.hpp"

#include "cairn/testing/journal_probe.hpp"
#include "cairn/testing/manual_clock.hpp"

#include <atomic>
#include <coroutine>
#include <exception>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace cairn {
namespace {

using bank::account;
using bank::deposit;
using bank::open;
using bank::withdraw;
using counting::add;
using counting::counter;
using namespace std::chrono_literals;

class AtomicCommit : public tests::running {
 protected:
  AtomicCommit() {
    with = [](builder& parts) {
      parts.add<account>({.hosts = 4}).add<counter>({.hosts = 3});
    };
  }
  ~AtomicCommit() override { stop(); }

  aggregate_handle<account> at(const std::string& id) { return app->aggregate<account>(id); }
  aggregate_handle<counter> count(const std::string& id) { return app->aggregate<counter>(id); }
  void open_with(const std::string& id, std::int64_t cents) {
    ASSERT_TRUE(at(id).ask(open{id}).accepted());
    ASSERT_TRUE(at(id).ask(deposit{cents}).accepted());
  }
  std::int64_t balance(const std::string& id) { return at(id).state()->state.balance_cents; }
  /// Adds `amount` to each counter in one commit.
  atomic_outcome add_to(const std::vector<std::string>& ids,
                        const std::string& command_id,
                        std::int64_t amount = 1) {
    return app->ask_atomically({.command_id = command_id}, parts_of(ids, amount));
  }
  std::vector<atomic_part> parts_of(const std::vector<std::string>& ids, std::int64_t amount = 1) {
    std::vector<atomic_part> made;
    for (const std::string& id : ids)
      made.push_back(count(id).part(add{amount}));
    return made;
  }
  static bool repeated(const atomic_outcome& out) {
    EXPECT_TRUE(out.accepted() != nullptr);
    return out.accepted() != nullptr && out.accepted()->repeated;
  }
  /// And says which id it was.
  static bool refused(const atomic_outcome& out, const std::string& command_id) {
    EXPECT_TRUE(out.failed() != nullptr);
    return out.failed() != nullptr && out.failed()->what == error::code::conflict &&
           out.failed()->detail.find('"' + command_id + '"') != std::string::npos;
  }
  atomic_outcome transfer(const std::string& from,
                          const std::string& to,
                          std::int64_t cents,
                          ask_options options = {}) {
    return app->ask_atomically(
        std::move(options), at(from).part(withdraw{cents}), at(to).part(deposit{cents}));
  }
};

TEST_F(AtomicCommit, ChangesSeveralAggregatesOfSeveralTypesOrNone) {
  start();
  open_with("ann", 100);
  open_with("bob", 0 + 1);
  const auto out = app->ask_atomically({},
                                       at("ann").part(withdraw{30}),
                                       at("bob").part(deposit{30}),
                                       count("transfers").part(add{1}));
  ASSERT_TRUE(out.accepted()) << describe(*out.failed());
  ASSERT_EQ(out.accepted()->receipts.size(), 3U);
  EXPECT_EQ(out.accepted()->receipts[0].version, version{3});
  EXPECT_EQ(out.accepted()->receipts[1].version, version{3});
  EXPECT_EQ(out.accepted()->receipts[2].version, version{1});
  EXPECT_EQ(out.accepted()->receipts[2].position.offset, 7U);
  EXPECT_EQ(balance("ann"), 70);
  EXPECT_EQ(balance("bob"), 31);
  EXPECT_EQ(count("transfers").state()->state.value, 1);
  restart();
  EXPECT_EQ(balance("ann"), 70);
  EXPECT_EQ(balance("bob"), 31);
  ASSERT_TRUE(app->verify());
}

TEST_F(AtomicCommit, ARejectedPartUndoesAllAndIsNamed) {
  start();
  open_with("ann", 100);
  const auto out = transfer("ann", "nobody", 30);
  ASSERT_TRUE(out.rejected());
  EXPECT_EQ(out.rejected()->part, 1U);
  EXPECT_EQ(out.rejected()->as<account>(), account::rejection::not_open);
  EXPECT_EQ(out.rejected()->as<counter>(), std::nullopt);
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_TRUE(at("ann").ask(withdraw{100}).accepted());
  EXPECT_EQ(at("ann").state()->version, version{3});
}

TEST_F(AtomicCommit, EachPartHasItsOwnExpectation) {
  start();
  open_with("ann", 100);
  open_with("bob", 1);
  const auto stale = app->ask_atomically(
      {}, at("ann").part(withdraw{30}, version{2}), at("bob").part(deposit{30}, version{7}));
  ASSERT_TRUE(stale.failed());
  EXPECT_EQ(stale.failed()->what, error::code::conflict);
  EXPECT_EQ(stale.failed()->actual_version, 2U);
  EXPECT_NE(stale.failed()->detail.find("part 2"), std::string::npos) << stale.failed()->detail;
  EXPECT_EQ(balance("ann"), 100);
  const auto good = app->ask_atomically({},
                                        at("ann").part(withdraw{30}, version{2}),
                                        at("bob").part(deposit{30}, expectation::exists()));
  EXPECT_TRUE(good.accepted());
}

TEST_F(AtomicCommit, APartMayOnlyBeChecked) {
  start();
  open_with("ann", 100);
  ASSERT_TRUE(count("rule").ask(add{1}).accepted());
  const auto stale =
      app->ask_atomically({}, at("ann").part(withdraw{30}), count("rule").check(version{2}));
  ASSERT_TRUE(stale.failed());
  EXPECT_EQ(stale.failed()->what, error::code::conflict);
  EXPECT_EQ(balance("ann"), 100);
  const auto good =
      app->ask_atomically({}, at("ann").part(withdraw{30}), count("rule").check(version{1}));
  ASSERT_TRUE(good.accepted());
  EXPECT_EQ(good.accepted()->receipts[1].version, version{1});
  EXPECT_EQ(count("rule").state()->version, version{1});
}

TEST_F(AtomicCommit, ChecksAlsoWithoutAnyCommand) {
  start();
  ASSERT_TRUE(count("a").ask(add{1}).accepted());
  EXPECT_TRUE(
      app->ask_atomically({}, count("a").check(version{1}), count("b").check(expectation::none()))
          .accepted());
  EXPECT_EQ(app->status().events, 1U);
}

TEST_F(AtomicCommit, SeveralWishesOfOneAggregateAreDecidedOneAfterTheOther) {
  start();
  open_with("ann", 100);
  const auto out = app->ask_atomically(
      {}, at("ann").part(deposit{50}), at("ann").part(withdraw{140}), count("n").part(add{1}));
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(out.accepted()->receipts[0].version, version{4});
  EXPECT_EQ(balance("ann"), 10);
  const auto no = app->ask_atomically(
      {}, at("ann").part(deposit{50}), at("ann").part(withdraw{1}), at("ann").part(withdraw{1000}));
  ASSERT_TRUE(no.rejected());
  EXPECT_EQ(no.rejected()->part, 2U);
  // Also the state in memory is as it was.
  EXPECT_FALSE(at("ann").ask(withdraw{11}).accepted());
  EXPECT_TRUE(at("ann").ask(withdraw{10}).accepted());
}

TEST_F(AtomicCommit, TakesEffectOnceUnderItsIdAlsoAfterARestart) {
  start();
  open_with("ann", 100);
  open_with("bob", 1);
  const auto first = transfer("ann", "bob", 30, {.command_id = "t-1"});
  ASSERT_TRUE(first.accepted());
  EXPECT_FALSE(first.accepted()->repeated);
  for (int i = 0; i < 2; ++i) {
    const auto again = transfer("ann", "bob", 30, {.command_id = "t-1"});
    ASSERT_TRUE(again.accepted());
    EXPECT_TRUE(again.accepted()->repeated);
    EXPECT_EQ(again.accepted()->receipts[0].version, first.accepted()->receipts[0].version);
    EXPECT_EQ(again.accepted()->receipts[1].version, first.accepted()->receipts[1].version);
    EXPECT_EQ(again.accepted()->receipts[0].position, first.accepted()->receipts[0].position);
    EXPECT_EQ(balance("bob"), 31);
    restart();
  }
}

TEST_F(AtomicCommit, RemembersARejectionUnderItsId) {
  start();
  open_with("ann", 100);
  open_with("bob", 1);
  ASSERT_TRUE(transfer("ann", "bob", 300, {.command_id = "t-1"}).rejected());
  ASSERT_TRUE(at("ann").ask(deposit{1000}).accepted());
  for (int i = 0; i < 2; ++i) {
    const auto again = transfer("ann", "bob", 300, {.command_id = "t-1"});
    ASSERT_TRUE(again.rejected());
    EXPECT_EQ(again.rejected()->part, 0U);
    EXPECT_EQ(again.rejected()->as<account>(), account::rejection::insufficient_funds);
    restart();
  }
  EXPECT_EQ(balance("ann"), 1100);
}

TEST_F(AtomicCommit, IsNoRepeatWhenItsIdWasUsedForOtherAggregates) {
  start();
  // Not alone in its block.
  ASSERT_TRUE(add_to({"d", "e"}, "other").accepted());
  ASSERT_FALSE(repeated(add_to({"b", "a"}, "t")));
  ASSERT_TRUE(add_to({"e", "d", "e"}, "last").accepted());
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(refused(add_to({"a", "c"}, "t"), "t"));
    EXPECT_TRUE(refused(add_to({"c", "b"}, "t"), "t"));
    EXPECT_TRUE(refused(add_to({"a", "b", "c"}, "t"), "t"));
    EXPECT_TRUE(refused(add_to({"a"}, "t"), "t"));
    EXPECT_TRUE(repeated(add_to({"a", "b"}, "t")));
    EXPECT_TRUE(repeated(add_to({"b", "a", "b"}, "t")));
    EXPECT_TRUE(repeated(add_to({"d", "e"}, "last")));
    EXPECT_EQ(count("a").state()->version, version{1});
    EXPECT_EQ(count("c").state()->version, version{0});
    restart();
  }
  // Who was refused remembers nothing of it.
  EXPECT_FALSE(repeated(add_to({"c"}, "t")));
}

TEST_F(AtomicCommit, IsNoRepeatOfACommandByItself) {
  start();
  ASSERT_TRUE(count("a").ask(add{1}, {.command_id = "s"}).accepted());
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(refused(add_to({"a", "b"}, "s"), "s"));
    EXPECT_TRUE(repeated(add_to({"a"}, "s")));
    EXPECT_EQ(count("b").state()->version, version{0});
    restart();
  }
}

TEST_F(AtomicCommit, IsKnownByItsAggregatesAlsoWithoutEvents) {
  start();
  ASSERT_FALSE(repeated(add_to({"a", "b"}, "first", 0)));
  ASSERT_TRUE(count("b").ask(add{1}).accepted());
  ASSERT_FALSE(repeated(add_to({"a", "b"}, "t", 0)));
  ASSERT_TRUE(count("b").ask(add{1}).accepted());
  for (int i = 0; i < 2; ++i) {
    for (const char* id : {"first", "t"}) {
      EXPECT_TRUE(refused(add_to({"a", "c"}, id), id));
      EXPECT_TRUE(repeated(add_to({"a", "b"}, id, 0)));
    }
    restart();
  }
}

/// What an aggregate remembers may not be durable yet when the next one asks.
TEST_F(AtomicCommit, IsToldFromOthersWithItsIdThatAreStillOnTheirWay) {
  start();
  for (int round = 0; round < 30; ++round) {
    const command_id together{"t" + std::to_string(round)};
    const command_id alone{"s" + std::to_string(round)};
    tests::collected<atomic_outcome> came;
    const auto put = [&came](const atomic_outcome& out) {
      came.put(out);
    };
    count("a").ask(add{1}, {.command_id = alone}, [](const auto&) {});
    app->ask_atomically({.command_id = alone}, parts_of({"a", "c"}), put);
    app->ask_atomically({.command_id = together}, parts_of({"a", "b"}), [](const auto&) {});
    app->ask_atomically({.command_id = together}, parts_of({"a", "c"}), put);
    const auto all = came.wait_for(2);
    for (const atomic_outcome& out : all) {
      ASSERT_TRUE(out.failed());
      EXPECT_EQ(out.failed()->what, error::code::conflict);
    }
    EXPECT_TRUE(repeated(add_to({"b", "a"}, together.text())));
  }
  EXPECT_EQ(count("c").state()->version, version{0});
}

TEST_F(AtomicCommit, IsKnownToTheWholeWhenOneAggregateHasForgottenIt) {
  auto time = std::make_shared<testing::manual_clock>();
  with = [&time](builder& parts) {
    parts.add<account>()
        .add<counter>({.command_ids = {.age_max = std::chrono::hours{1}}})
        .time_from(time);
  };
  start();
  open_with("ann", 100);
  const auto ask = [this](const std::string& which) {
    return app->ask_atomically(
        {.command_id = "t"}, count(which).part(add{1}), at("ann").part(withdraw{10}));
  };
  ASSERT_FALSE(repeated(ask("n")));
  time->advance(std::chrono::hours{2});
  restart();
  EXPECT_TRUE(refused(ask("m"), "t"));
  EXPECT_TRUE(repeated(ask("n")));
  EXPECT_EQ(balance("ann"), 90);
}

TEST_F(AtomicCommit, IsRefusedAcrossPartitions) {
  settings.partitions = 8;
  start();
  std::optional<error> why;
  int together = 0;
  for (int i = 0; i < 40; ++i) {
    const auto out = app->ask_atomically(
        {}, count("a").part(add{1}), count("b" + std::to_string(i)).part(add{1}));
    if (out.accepted()) ++together;
    if (out.failed()) why = *out.failed();
  }
  ASSERT_TRUE(why);
  EXPECT_EQ(why->what, error::code::apart);
  EXPECT_NE(why->detail.find("partition"), std::string::npos);
  EXPECT_EQ(effect_of(why->what), error::effect::none);
  EXPECT_GT(together, 0);
  EXPECT_EQ(count("a").state()->state.value, together);
}

TEST_F(AtomicCommit, RefusesNoPartsAndTooMany) {
  start();
  const auto none = app->ask_atomically({}, std::vector<atomic_part>{});
  ASSERT_TRUE(none.failed());
  EXPECT_EQ(none.failed()->what, error::code::bad_input);
  std::vector<atomic_part> many;
  for (std::size_t i = 0; i <= atomic_parts_max; ++i)
    many.push_back(count("c").part(add{1}));
  const auto too_many = app->ask_atomically({}, std::move(many));
  ASSERT_TRUE(too_many.failed());
  EXPECT_EQ(too_many.failed()->what, error::code::bad_input);
}

TEST_F(AtomicCommit, CodeThatThrowsUndoesAll) {
  start();
  ASSERT_TRUE(count("a").ask(add{5}).accepted());
  const auto decide_throws =
      app->ask_atomically({}, count("a").part(add{1}), count("b").part(add{13}));
  ASSERT_TRUE(decide_throws.failed());
  EXPECT_EQ(decide_throws.failed()->what, error::code::user_code_threw);
  const auto evolve_throws =
      app->ask_atomically({}, count("a").part(add{1}), count("b").part(add{666}));
  ASSERT_TRUE(evolve_throws.failed());
  EXPECT_EQ(evolve_throws.failed()->what, error::code::user_code_threw);
  const auto next = count("a").ask(add{1});
  ASSERT_TRUE(next.accepted());
  EXPECT_EQ(next.accepted()->version, version{2});
  EXPECT_EQ(count("a").state()->state.value, 6);
  EXPECT_TRUE(count("b").ask(add{1}).accepted());
}

TEST_F(AtomicCommit, RunsEffectsOfItsParts) {
  tests::collected<int> heard;
  counter::listener = [&heard](int which, const receipt&) {
    heard.put(which);
  };
  start();
  ASSERT_TRUE(app->ask_atomically({},
                                  count("a").part(counting::announce{}),
                                  count("b").part(counting::announce{}))
                  .accepted());
  EXPECT_EQ(heard.size(), 4U);
  counter::listener = nullptr;
}

TEST_F(AtomicCommit, HidesNothingFromInterceptors) {
  struct witness : interceptor {
    result<void> before(intercepted_command& wish) override {
      seen.put(std::string{wish.aggregate_id});
      wish.principal = "clerk";
      return {};
    }
    void after(const intercepted_command&, const intercepted_outcome& what) noexcept override {
      ended.put(what.accepted.has_value());
    }
    tests::collected<std::string> seen;
    tests::collected<bool> ended;
  };
  auto eyes = std::make_shared<witness>();
  with = [eyes](builder& parts) {
    parts.add<counter>().intercept(eyes);
  };
  start();
  ASSERT_TRUE(app->ask_atomically({}, count("a").part(add{1}), count("b").part(add{1})).accepted());
  ASSERT_TRUE(
      app->ask_atomically({}, count("a").part(add{1}), count("b").part(add{-1})).rejected());
  EXPECT_EQ(eyes->seen.wait_for(4), (std::vector<std::string>{"a", "b", "a", "b"}));
  EXPECT_EQ(eyes->ended.wait_for(4), (std::vector{true, true, false, false}));
  EXPECT_EQ(count("a").history()->front().principal.text(), "clerk");
}

/// Money moves in circles between few accounts, from several threads, with single commands between.
TEST_F(AtomicCommit, KeepsTheSumWhenManyRunAgainstEachOther) {
  start();
  constexpr int accounts = 6;
  constexpr int threads = 4;
  constexpr int rounds = 150;
  for (int i = 0; i < accounts; ++i)
    open_with(std::to_string(i), 100);
  std::atomic<int> moved{0};
  std::atomic<int> singles{0};
  std::vector<std::thread> clients;
  for (int t = 0; t < threads; ++t) {
    clients.emplace_back([&, t] {
      for (int i = 0; i < rounds; ++i) {
        const int from = (i * 7 + t) % accounts;
        const int to = (from + 1 + (i + t) % (accounts - 1)) % accounts;
        if (transfer(std::to_string(from), std::to_string(to), 1 + i % 40).accepted()) ++moved;
        if (at(std::to_string(to)).ask(deposit{1}).accepted()) ++singles;
      }
    });
  }
  for (std::thread& one : clients)
    one.join();
  EXPECT_GT(moved.load(), 0);
  EXPECT_EQ(singles.load(), threads * rounds);
  restart();
  std::int64_t sum = 0;
  for (int i = 0; i < accounts; ++i) {
    EXPECT_GE(balance(std::to_string(i)), 0);
    sum += balance(std::to_string(i));
  }
  EXPECT_EQ(sum, accounts * 100 + singles.load());
}

/// One aggregate is lent, the other cannot be read for the time being.
TEST_F(AtomicCommit, ThatIsOnItsWayEndsWhenTheRuntimeStops) {
  testing::journal_probe journal;
  journal.persist_for_recovery<counter>("b", counting::added{1});
  settings = {.in_memory = true, .stop_timeout = 20ms};
  with = [&journal](builder& parts) {
    parts.add<account>({.hosts = 4})
        .add<counter>({.hosts = 4})
        .journal_from(journal.source())
        .time_from(std::make_shared<testing::manual_clock>());
  };
  start();
  ASSERT_TRUE(count("a").ask(add{1}).accepted());
  journal.fail_reads({error::code::io_failed, "not today"});
  tests::collected<error::code> failed;
  for (const char* first : {"a", "c", "d", "e"}) {
    std::vector<atomic_part> parts;
    parts.push_back(count(first).part(add{1}));
    parts.push_back(count("b").part(add{1}));
    app->ask_atomically({}, std::move(parts), [&failed](const atomic_outcome& out) {
      failed.put(out.failed() != nullptr ? out.failed()->what : error::code{});
    });
  }
  EXPECT_FALSE(app->stop());
  stop();
  for (const error::code why : failed.wait_for(4))
    EXPECT_EQ(why, error::code::shutting_down);
}

struct detached {
  struct promise_type {
    detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

/// Twice, so that the second one is asked for by the thread that answered the first one.
detached move_twice(runtime& app,
                    aggregate_handle<account> from,
                    aggregate_handle<account> to,
                    std::promise<std::string>& report) {
  std::vector<atomic_part> parts;
  parts.push_back(from.part(withdraw{30}));
  parts.push_back(to.part(deposit{30}));
  auto first = app.co_ask_atomically({}, std::move(parts));
  const auto moved = co_await first;
  if (!moved.accepted()) {
    report.set_value(moved.rejected() ? "refused" : "failed");
    co_return;
  }
  auto again = app.co_ask_atomically({.command_id = "an id that is too long for a short string"},
                                     from.part(withdraw{30}),
                                     to.part(deposit{30}));
  const auto done = co_await again;
  if (!done.accepted()) {
    report.set_value("once");
  } else {
    report.set_value("version " + std::to_string(done.accepted()->receipts[1].version.value));
  }
}

TEST_F(AtomicCommit, IsAwaitedByACoroutine) {
  start();
  open_with("ann", 60);
  open_with("bob", 1);
  const auto told = [this](const std::string& from) {
    std::promise<std::string> report;
    move_twice(*app, at(from), at("bob"), report);
    return report.get_future().get();
  };
  EXPECT_EQ(told("ann"), "version 4");
  EXPECT_EQ(balance("ann"), 0);
  EXPECT_EQ(balance("bob"), 61);
  EXPECT_EQ(told("ann"), "refused");
  // One that fails at once goes on in the thread that asked.
  EXPECT_EQ(told(""), "failed");
}

TEST_F(AtomicCommit, WorksWithFewAwake) {
  settings.awake_aggregates_max = 2;
  start();
  for (int i = 0; i < 60; ++i) {
    const auto out = app->ask_atomically({},
                                         count(std::to_string(i % 7)).part(add{1}),
                                         count(std::to_string(i % 5 + 10)).part(add{1}));
    ASSERT_TRUE(out.accepted());
  }
  std::int64_t sum = 0;
  for (int i = 0; i < 15; ++i)
    sum += count(std::to_string(i)).state()->state.value;
  EXPECT_EQ(sum, 120);
}

}  // namespace
}  // namespace cairn
