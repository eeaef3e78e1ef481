#include "simulation/simulated_bank.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <set>
#include <stdexcept>

namespace cairn::tests {
namespace {

using bank::account;
using testing::random_source;
using testing::simulated_client;
using testing::simulation;
using testing::simulation_options;
using testing::simulation_report;

simulation_report run_bank(std::uint64_t seed, std::vector<std::string>* lines = nullptr) {
  auto options = troubled();
  if (lines != nullptr) {
    options.trace = [lines](std::string_view line) {
      lines->emplace_back(line);
    };
  }
  simulated_bank bank{seed, options, {}};
  return bank.run();
}

/// What another process prints.
std::string printed_by(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> output{popen(command.c_str(), "r"), pclose};
  std::string text;
  std::array<char, 256> part{};
  while (output && std::fgets(part.data(), part.size(), output.get()) != nullptr)
    text += part.data();
  return text;
}

/// A world with one account, "ann", which is open and has 100 cents.
struct small_world {
  explicit small_world(simulation_options options = {}, std::uint64_t seed = 1)
      : world(seed, std::move(options)) {
    world.add<account>().add_read_model<holdings>();
    EXPECT_TRUE(ann().ask(bank::open{"ann"}).accepted());
    EXPECT_TRUE(ann().ask(bank::deposit{100}).accepted());
  }
  aggregate_handle<account> ann() { return world.app().aggregate<account>("ann"); }
  std::int64_t cents() { return ann().state()->state.balance_cents; }
  /// One client asks this once; what it hears.
  outcome<account> hear(const account::command& wish, ask_options options = {}) {
    std::optional<outcome<account>> heard;
    world.client([&](simulated_client& me) {
      me.aggregate<account>("ann").ask(
          wish, options, [&heard](const outcome<account>& what) { heard = what; });
      return false;
    });
    const auto done = world.run();
    EXPECT_TRUE(done.ok()) << describe(done);
    return heard.value_or(outcome<account>{error{error::code::not_found, "heard nothing"}});
  }

  simulation world;
};

TEST(Simulation, GivesTheSameTraceForTheSameSeed) {
  std::vector<std::string> first;
  std::vector<std::string> second;
  const auto one = run_bank(7, &first);
  const auto two = run_bank(7, &second);
  EXPECT_EQ(first, second);
  EXPECT_EQ(one.trace_hash, two.trace_hash);
  EXPECT_EQ(one.steps, two.steps);
  EXPECT_GT(first.size(), 100U);
}

TEST(Simulation, GivesAnotherTraceForAnotherSeed) {
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    hashes.insert(run_bank(seed).trace_hash);
  EXPECT_EQ(hashes.size(), 20U);
}

TEST(Simulation, GivesTheSameTraceInAnotherProcess) {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
    const auto printed = printed_by(CAIRN_TRACE_HASH " " + std::to_string(seed));
    EXPECT_EQ(printed, std::to_string(run_bank(seed).trace_hash) + "\n") << "seed " << seed;
  }
}

TEST(Simulation, AnswersBlockingCallsByRunningTheWorld) {
  small_world small;
  const auto out = small.ann().ask(bank::deposit{5});
  ASSERT_TRUE(out.accepted());
  const auto all =
      small.world.app().read<holdings>({.at_least = out.accepted()->position}).ask(holdings::all{});
  ASSERT_TRUE(all) << describe(all.error());
  EXPECT_EQ(all->at("ann"), 105);
  std::vector<addressed<account>> many;
  for (int i = 0; i < 3; ++i)
    many.push_back({"ann", bank::deposit{1}});
  for (const auto& one : small.world.app().ask_many<account>(std::move(many)))
    EXPECT_TRUE(one.accepted());
  EXPECT_TRUE(small.world.app().ask_atomically({}, small.ann().part(bank::withdraw{8})).accepted());
  const auto from = small.ann().ask_from([](const aggregate_state<account>& now) {
    return std::optional<account::command>{bank::withdraw{now.state.balance_cents}};
  });
  EXPECT_TRUE(from && from->accepted());
  EXPECT_EQ(small.cents(), 0);
}

TEST(Simulation, AnswersNobodyWhoComesAfterTheNodeWasStopped) {
  small_world small;
  const auto ann = small.ann();
  EXPECT_TRUE(small.world.app().stop());
  const auto out = ann.ask(bank::deposit{5});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::shutting_down);
  small.world.crash();
  EXPECT_EQ(small.cents(), 100);
}

TEST(Simulation, RefusesBlockingCallsWithinAStep) {
  small_world small;
  const auto ann = small.ann();
  small.world.client([&ann](simulated_client&) {
    EXPECT_TRUE(ann.ask(bank::deposit{5}).failed());
    return false;
  });
  const auto done = small.world.run();
  EXPECT_NE(done.failure.find("a blocking call within the simulation"), std::string::npos)
      << describe(done);
}

TEST(Simulation, KeepsWhatWasAnsweredWhenTheNodeCrashes) {
  small_world small;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(small.ann().ask(bank::deposit{1}, {.command_id = std::to_string(i)}).accepted());
    small.world.crash();
  }
  EXPECT_EQ(small.cents(), 105);
  EXPECT_EQ(small.world.report().crashes, 5U);
  const auto again = small.ann().ask(bank::deposit{1}, {.command_id = "0"});
  ASSERT_TRUE(again.accepted());
  EXPECT_TRUE(again.accepted()->repeated);
  const auto all = small.world.app().read<holdings>({.caught_up = true}).ask(holdings::all{});
  EXPECT_EQ(all->at("ann"), 105);
}

TEST(Simulation, RefusesWritesThatAreToFailAndStoresNothingOfThem) {
  small_world small{{.fail_writes = 1}};
  const auto heard = small.hear(bank::deposit{5});
  ASSERT_TRUE(heard.failed());
  EXPECT_EQ(heard.failed()->what, error::code::store_full);
  EXPECT_EQ(small.cents(), 100);
  EXPECT_EQ(small.world.report().failed_writes, 1U);
}

TEST(Simulation, LosesOrKeepsAWriteDuringWhichTheNodeCrashes) {
  std::set<std::int64_t> found;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    small_world small{{.crash_writes = 1}, seed};
    const auto heard = small.hear(bank::deposit{5});
    ASSERT_TRUE(heard.failed());
    EXPECT_EQ(heard.failed()->what, error::code::uncertain);
    EXPECT_EQ(small.world.report().crashes, 1U);
    found.insert(small.cents());
  }
  EXPECT_EQ(found, (std::set<std::int64_t>{100, 105}));
}

TEST(Simulation, StartsANodeAgainThatCannotWriteAnyMore) {
  std::set<std::int64_t> found;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    small_world small{{.uncertain_writes = 1}, seed};
    EXPECT_EQ(small.hear(bank::deposit{5}).failed()->what, error::code::uncertain);
    found.insert(small.cents());
    EXPECT_TRUE(small.ann().ask(bank::deposit{1}).accepted());
  }
  EXPECT_EQ(found, (std::set<std::int64_t>{100, 105}));
}

TEST(Simulation, TellsTheClientOfALostMessageThatTimeIsUp) {
  small_world small{{.lose_messages = 1}};
  const auto before = small.world.time();
  const auto heard = small.hear(bank::deposit{5}, {.timeout = std::chrono::seconds{3}});
  ASSERT_TRUE(heard.failed());
  EXPECT_EQ(heard.failed()->what, error::code::timed_out);
  EXPECT_GE(small.world.time() - before, std::chrono::seconds{3});
  EXPECT_EQ(small.world.report().lost_messages, 1U);
}

TEST(Simulation, LetsHoursGoByAtOnce) {
  small_world small;
  std::chrono::nanoseconds woken{};
  small.world.client([&](simulated_client& me) {
    me.after(std::chrono::hours{1}, [&] { woken = small.world.time(); });
    return false;
  });
  ASSERT_TRUE(small.world.run().ok());
  EXPECT_GE(woken, std::chrono::hours{1});
  // By its own clock the aggregate was idle for long.
  EXPECT_EQ(small.world.app().status().awake_aggregates, 0U);
}

TEST(Simulation, LooksAtInvariantsWhileItRuns) {
  small_world small{{.check_every = 1}};
  small.world.always([](runtime& app) {
    const auto now = app.aggregate<account>("ann").state();
    return now->state.balance_cents > 103 ? "too much" : "";
  });
  int rounds = 0;
  small.world.client([&rounds](simulated_client& me) {
    me.aggregate<account>("ann").ask(bank::deposit{1}, {}, [](const outcome<account>&) {});
    return ++rounds < 100;
  });
  const auto done = small.world.run();
  EXPECT_EQ(done.failure, "too much");
  EXPECT_LT(rounds, 10);
  EXPECT_NE(describe(done).find("seed 1 fails: too much"), std::string::npos) << describe(done);
}

TEST(Simulation, SaysWhenItsClientsAreNotDone) {
  small_world small;
  small.world.client([](simulated_client&) { return true; });
  EXPECT_NE(small.world.run(1000).failure.find("not done after 1000 steps"), std::string::npos);
}

TEST(Simulation, FailsWhenAClientThrows) {
  small_world small;
  small.world.client([](simulated_client&) -> bool { throw std::runtime_error{"oh"}; });
  EXPECT_EQ(small.world.run().failure, "client 0 threw: oh");
}

TEST(Simulation, GivesEachClientAChanceOfItsOwn) {
  const auto numbers = [](simulation_options options) {
    simulation world{9, std::move(options)};
    world.add<account>();
    std::array<std::vector<std::uint64_t>, 2> drawn;
    for (auto& own : drawn) {
      world.client([&own](simulated_client& me) {
        own.push_back(me.random().next());
        return own.size() < 5;
      });
    }
    EXPECT_TRUE(world.run().ok());
    return drawn;
  };
  const auto calm = numbers({});
  EXPECT_EQ(calm, numbers({.crashes = 0.5, .message_delay_max = std::chrono::seconds{1}}));
  EXPECT_NE(calm[0], calm[1]);
}

TEST(RandomSource, GivesTheNumbersOfSplitMix64) {
  random_source of{1234567};
  EXPECT_EQ(of.next(), 6457827717110365317U);
  EXPECT_EQ(of.next(), 3203168211198807973U);
  EXPECT_EQ(of.next(), 9817491932198370423U);
}

TEST(RandomSource, KeepsToItsBounds) {
  random_source of{3};
  std::set<std::int64_t> seen;
  for (int i = 0; i < 200; ++i)
    seen.insert(of.between(-1, 2));
  EXPECT_EQ(seen, (std::set<std::int64_t>{-1, 0, 1, 2}));
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(of.chance(0));
    EXPECT_TRUE(of.chance(1));
    EXPECT_LT(of.below(3), 3U);
  }
}

}  // namespace
}  // namespace cairn::tests
