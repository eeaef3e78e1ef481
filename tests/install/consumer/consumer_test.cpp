#include "counter.hpp"

#include <gtest/gtest.h>

#include <cairn/testing.hpp>
#include <cairn/testing/aggregate_kit.hpp>
#include <cairn/testing/block_log_contract.hpp>
#include <cairn/testing/journal_contract.hpp>
#include <cairn/testing/journal_probe.hpp>
#include <cairn/testing/manual_clock.hpp>
#include <cairn/testing/read_model_kit.hpp>
#include <cairn/testing/simulation.hpp>
#include <cairn/testing/snapshot_contract.hpp>
#include <cairn/testing/view_contract.hpp>

// The examples of testing/README.md, as a stranger builds them.

namespace consumer {
namespace {

using cairn::testing::aggregate_kit;
using cairn::testing::given;
using cairn::testing::journal_probe;
using cairn::testing::manual_clock;
using cairn::testing::read_model_kit;
using cairn::testing::simulated_client;
using cairn::testing::simulation;

TEST(Counter, DecidesWithoutARuntime) {
  given<counter>(raised{3}).when(raise{2}).then(raised{2}).then_state({.total = 5});
  given<counter>().when(raise{0}).then_rejected(counter::rejection::not_positive);
}

TEST(Counter, RunsInAKit) {
  aggregate_kit<counter> kit{"one"};
  kit.given(raised{3});
  kit.run(raise{2}).expect_events(raised{2}).expect_state({.total = 5});
  kit.journal().reject_next();
  kit.run(raise{1}).expect_failed(cairn::error::code::store_full);
  kit.restart();
}

TEST(Counter, RunsOnAJournalThatFails) {
  journal_probe journal;
  journal.persist_for_recovery<counter>("one", raised{3});
  auto app =
      cairn::builder{{.in_memory = true}}.add<counter>().journal_from(journal.source()).start();
  ASSERT_TRUE(app);
  journal.fail_next({cairn::error::code::uncertain, "died"}, journal_probe::fate::stored);
  EXPECT_TRUE(app->aggregate<counter>("one").ask(raise{2}).failed());
  journal.expect_next(raised{2});
}

TEST(Counter, LivesInATimeOfItsOwn) {
  auto time = std::make_shared<manual_clock>();
  const auto start = time->now();
  time->advance(std::chrono::hours{2});
  time->set(time->now() - std::chrono::minutes{5});
  auto app = cairn::builder{{.in_memory = true}}.add<counter>().time_from(time).start();
  ASSERT_TRUE(app);
  auto one = app->aggregate<counter>("one");
  ASSERT_TRUE(one.ask(raise{2}).accepted());
  EXPECT_EQ(one.state()->time, start + std::chrono::minutes{115});
}

struct sum {
  static constexpr std::string_view stable_name = "consumer.sum";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<counter>>;
  struct state {
    std::int64_t all = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { cairn::fields(ar, all); }
  };
  struct question {
    using answer = std::int64_t;
  };
  static void apply(state& now, const cairn::recorded<raised>& fact) { now.all += fact->by; }
  static std::int64_t query(const state& now, const question& /*about*/) { return now.all; }
};

TEST(Sum, AddsUp) {
  read_model_kit<sum> kit;
  kit.given<counter>("one", raised{3}).given<counter>("two", raised{4});
  ASSERT_TRUE(kit.run_until(1));
  kit.expect(sum::question{}, 3);
  ASSERT_TRUE(kit.crash_and_run());
  kit.expect(sum::question{}, 7);
}

void raise_until_accepted(simulated_client& me, const std::string& id) {
  me.aggregate<counter>("one").ask(
      raise{1}, {.command_id = id}, [&me, id](const cairn::outcome<counter>& what) {
        if (!what.accepted()) raise_until_accepted(me, id);
      });
}

TEST(Counter, IsRaisedOnceByEachCommandWhateverFails) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    simulation world{seed, {.fail_writes = 0.05, .crashes = 0.01, .lose_messages = 0.05}};
    world.add<counter>().add_read_model<sum>();
    world.client([left = 10](simulated_client& me) mutable {
      raise_until_accepted(me, std::to_string(left));
      return --left > 0;
    });
    const auto done = world.run();
    ASSERT_TRUE(done.ok()) << describe(done);
    EXPECT_EQ(world.app().aggregate<counter>("one").state()->state.total, 10) << "seed " << seed;
  }
}

}  // namespace
}  // namespace consumer

namespace cairn::persistence {

struct my_log {
  static constexpr bool reopens = false;
  static std::unique_ptr<block_log> open() { return make_memory_log(); }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Mine, BlockLogContract, my_log);

struct my_journal {
  static std::unique_ptr<block_log> log() { return make_memory_log(); }
  static std::unique_ptr<index_store> index() { return nullptr; }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Mine, JournalContract, my_journal);

struct my_snapshots {
  static constexpr bool reopens = false;
  static std::unique_ptr<snapshot_store> open() { return make_memory_snapshots(); }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Mine, SnapshotContract, my_snapshots);

struct my_views {
  static std::unique_ptr<view> open(view::options settings) {
    return make_memory_view(std::move(settings));
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Mine, ViewContract, my_views);

}  // namespace cairn::persistence
