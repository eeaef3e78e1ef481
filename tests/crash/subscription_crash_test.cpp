#include "crash/run_and_kill.hpp"
#include "support/counter.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <set>

namespace cairn::tests {
namespace {

/// What consumers were given and what was durably acknowledged, over all lives of the server.
struct handled_events {
  std::set<std::uint64_t> ever;
  std::set<std::uint64_t> durably;

  void give(std::uint64_t offset) {
    EXPECT_FALSE(durably.contains(offset)) << "offset " << offset << " came again";
    ever.insert(offset);
  }
};

TEST(NamedSubscriptions, SurviveBeingKilledUnderLoadWithoutLosingAnEvent) {
  const unsigned seed = from_environment("CAIRN_CRASH_SEED", std::random_device{}());
  const unsigned rounds = from_environment("CAIRN_CRASH_ROUNDS", 15);
  std::printf("CAIRN_CRASH_SEED=%u CAIRN_CRASH_ROUNDS=%u\n", seed, rounds);
  std::mt19937 random{seed};
  const temporary_directory directory;
  handled_events handled;
  for (unsigned round = 0; round < rounds && !testing::Test::HasFailure(); ++round) {
    const std::size_t lines = 1 + random() % 1'500;
    for (const acknowledged& one :
         run_and_kill(SUBSCRIPTION_CRASHER, directory.path().string(), round, lines, "sync", 1)) {
      if (one.what.client == 0) {
        handled.give(one.offset);
      } else {
        handled.durably.insert(one.offset);
      }
    }
  }
  auto app = builder{small_store(directory.path())}.add<counting::counter>().start();
  ASSERT_TRUE(app) << describe(app.error());
  auto mailer = app->named_subscription("mailer", {.order = delivery_order::by_aggregate});
  ASSERT_TRUE(mailer);
  auto me = mailer->join();
  ASSERT_TRUE(me);
  const std::uint64_t newest = app->status().durable_offsets[0];
  while (mailer->status().checkpoint != event_cursor{{newest}}) {
    auto got = me->next(std::chrono::seconds{60});
    ASSERT_TRUE(got);
    ASSERT_TRUE(got->has_value());
    handled.give((*got)->event().position.offset);
    ASSERT_TRUE((*got)->ack());
  }
  EXPECT_EQ(handled.ever.size(), newest) << "events were never given to anybody";
  EXPECT_GT(handled.durably.size(), 0U);
  EXPECT_EQ(mailer->parked()->size(), 0U);
}

}  // namespace
}  // namespace cairn::tests
