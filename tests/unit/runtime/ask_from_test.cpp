#include "support/account.hpp"

#include "cairn/cairn.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace cairn {
namespace {

using bank::account;
using bank::deposit;
using bank::open;
using bank::withdraw;
using wish = std::optional<account::command>;
using now = aggregate_state<account>;
using answer = std::optional<outcome<account>>;

class AskFrom : public testing::Test {
 protected:
  AskFrom() : app_(start()), ann_(app_.aggregate<account>("ann")) {
    EXPECT_TRUE(ann_.ask(open{"ann"}).accepted());
  }
  static runtime start() {
    config settings;
    settings.in_memory = true;
    auto started = builder{settings}.add<account>().start();
    EXPECT_TRUE(started) << describe(started.error());
    return *std::move(started);
  }

  /// Asks without blocking, and waits here.
  template <class Make> answer wait_for(Make make, ask_from_options options = {}) {
    std::promise<answer> promise;
    ann_.ask_from(std::move(make), std::move(options), [&promise](answer what) {
      promise.set_value(std::move(what));
    });
    return promise.get_future().get();
  }

  runtime app_;
  aggregate_handle<account> ann_;
};

TEST_F(AskFrom, SendsWhatWasMadeOfTheNewestState) {
  ASSERT_TRUE(ann_.ask(deposit{30}).accepted());
  const auto empty = [](const now& seen) -> wish {
    return withdraw{seen.state.balance_cents};
  };
  const answer out = ann_.ask_from(empty);
  ASSERT_TRUE(out && out->accepted());
  EXPECT_EQ(out->accepted()->version, version{3});
  EXPECT_EQ(ann_.state()->state.balance_cents, 0);
}

TEST_F(AskFrom, SendsNothingAndSaysSoWhenNoCommandIsWanted) {
  const auto none = [](const now& seen) -> wish {
    if (seen.state.balance_cents == 0) return std::nullopt;
    return withdraw{1};
  };
  EXPECT_EQ(ann_.ask_from(none), std::nullopt);
  EXPECT_EQ(wait_for(none), std::nullopt);
  EXPECT_EQ(ann_.state()->version, version{1});
}

TEST_F(AskFrom, ReadsAndAsksAgainWhenARivalCameBetween) {
  std::vector<version> seen;
  const answer out = ann_.ask_from(
      [&](const now& at) -> wish {
        seen.push_back(at.version);
        if (seen.size() == 1) {
          EXPECT_TRUE(ann_.ask(deposit{50}).accepted());
        }
        return deposit{at.state.balance_cents * 2};
      },
      {.ask = {.expected = version{77}}});
  EXPECT_EQ(seen, (std::vector<version>{{1}, {2}}));
  // The first attempt, a deposit of nothing, was never decided: it would have been rejected.
  ASSERT_TRUE(out && out->accepted());
  EXPECT_EQ(out->accepted()->version, version{3});
  EXPECT_EQ(ann_.state()->state.balance_cents, 150);
}

TEST_F(AskFrom, GivesTheLastConflictWhenEachAttemptHasARival) {
  std::uint64_t calls = 0;
  const answer out = ann_.ask_from(
      [&](const now& /*at*/) -> wish {
        ++calls;
        EXPECT_TRUE(ann_.ask(deposit{1}).accepted());
        return withdraw{1};
      },
      {.attempts_max = 6});
  EXPECT_EQ(calls, 6U);
  ASSERT_TRUE(out && out->failed());
  EXPECT_EQ(out->failed()->what, error::code::conflict);
  EXPECT_EQ(out->failed()->actual_version, 7U);
  EXPECT_TRUE(out->failed()->detail.ends_with("; 6 attempts were made")) << out->failed()->detail;
  EXPECT_EQ(ann_.state()->version, version{7});
}

TEST_F(AskFrom, MakesTenAttemptsUnlessToldOtherwise) {
  int calls = 0;
  // What one thread sends arrives in that order: the rival is decided first.
  const auto with_rival = [&](const now& /*at*/) -> wish {
    ++calls;
    ann_.tell(deposit{1});
    return withdraw{1};
  };
  const answer ten = wait_for(with_rival);
  EXPECT_EQ(calls, 10);
  ASSERT_TRUE(ten && ten->failed());
  EXPECT_EQ(ten->failed()->what, error::code::conflict);
  EXPECT_TRUE(ten->failed()->detail.ends_with("; 10 attempts were made")) << ten->failed()->detail;
  calls = 0;
  const answer one = wait_for(with_rival, {.attempts_max = 0});
  EXPECT_EQ(calls, 1);
  ASSERT_TRUE(one && one->failed());
  EXPECT_TRUE(one->failed()->detail.ends_with("; 1 attempt was made")) << one->failed()->detail;
}

TEST_F(AskFrom, LetsEachOfManyRivalsThrough) {
  constexpr int rivals = 4;
  constexpr int each = 25;
  std::atomic<int> attempts{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < rivals; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < each; ++i) {
        version seen;
        const auto make = [&](const now& at) -> wish {
          seen = at.version;
          ++attempts;
          return deposit{at.state.balance_cents % 5 + 1};
        };
        const ask_from_options patient{.ask = {.timeout = std::chrono::minutes{2}},
                                       .attempts_max = 100'000};
        const answer out = i % 2 == 0 ? ann_.ask_from(make, patient) : wait_for(make, patient);
        ASSERT_TRUE(out && out->accepted());
        // Decided on exactly the state that the command was made of.
        EXPECT_EQ(out->accepted()->version.value, seen.value + 1);
      }
    });
  }
  for (auto& one : threads)
    one.join();
  EXPECT_GE(attempts.load(), rivals * each);
  const auto end = ann_.state();
  EXPECT_EQ(end->version.value, std::uint64_t{rivals * each + 1});
  std::int64_t balance = 0;
  for (int i = 0; i < rivals * each; ++i)
    balance += balance % 5 + 1;
  EXPECT_EQ(end->state.balance_cents, balance);
}

TEST_F(AskFrom, GivesUpWhenTheTimeOfAllAttemptsIsUp) {
  const auto endless = [&](const now& /*at*/) -> wish {
    ann_.tell(deposit{1});
    return withdraw{1};
  };
  const ask_from_options hasty{.ask = {.timeout = std::chrono::milliseconds{50}},
                               .attempts_max = 1'000'000'000};
  for (const answer& out : {ann_.ask_from(endless, hasty), wait_for(endless, hasty)}) {
    ASSERT_TRUE(out && out->failed());
    const auto what = out->failed()->what;
    EXPECT_TRUE(what == error::code::expired || what == error::code::timed_out)
        << describe(*out->failed());
  }
}

TEST_F(AskFrom, TakesEffectOnceWithAnId) {
  const auto pay = [](const now& /*at*/) -> wish {
    return deposit{5};
  };
  ASSERT_TRUE(ann_.ask_from(pay, {.ask = {.command_id = "p-1"}})->accepted());
  const answer again = wait_for(pay, {.ask = {.command_id = "p-1"}});
  ASSERT_TRUE(again && again->accepted());
  EXPECT_TRUE(again->accepted()->repeated);
  EXPECT_EQ(ann_.state()->state.balance_cents, 5);
}

TEST_F(AskFrom, PassesRejectionsAndFailuresOn) {
  const auto greedy = [](const now& /*at*/) -> wish {
    return withdraw{5};
  };
  ASSERT_TRUE(ann_.ask_from(greedy)->rejected());
  ASSERT_TRUE(wait_for(greedy)->rejected());
  const auto broken = [](const now& /*at*/) -> wish {
    throw std::runtime_error{"no idea"};
  };
  for (const answer& out : {ann_.ask_from(broken), wait_for(broken)}) {
    ASSERT_TRUE(out && out->failed());
    EXPECT_EQ(out->failed()->what, error::code::user_code_threw);
    EXPECT_NE(out->failed()->detail.find("no idea"), std::string::npos);
  }
  ASSERT_TRUE(app_.stop());
  for (const answer& out : {ann_.ask_from(greedy), wait_for(greedy)}) {
    ASSERT_TRUE(out && out->failed());
    EXPECT_EQ(out->failed()->what, error::code::shutting_down);
  }
}

}  // namespace
}  // namespace cairn
