#include "crash/run_and_kill.hpp"
#include "support/counter.hpp"
#include "support/post_box.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <random>
#include <set>

namespace cairn::tests {
namespace {

/// What a receiver has been handed, over all lives of the server.
struct received_events {
  std::set<std::uint64_t> offsets;
  std::map<std::uint64_t, std::uint64_t> versions;
  std::uint64_t repeated = 0;

  void take(std::uint64_t aggregate, std::uint64_t version, std::uint64_t offset) {
    std::uint64_t& newest = versions[aggregate];
    EXPECT_LE(version, newest + 1) << "an event came before the one in front of it";
    newest = std::max(newest, version);
    if (!offsets.insert(offset).second) ++repeated;
  }
};

TEST(Outboxes, SurviveBeingKilledUnderLoadWithoutLosingAnEvent) {
  const unsigned seed = from_environment("CAIRN_CRASH_SEED", std::random_device{}());
  const unsigned rounds = from_environment("CAIRN_CRASH_ROUNDS", 15);
  std::printf("CAIRN_CRASH_SEED=%u CAIRN_CRASH_ROUNDS=%u\n", seed, rounds);
  std::mt19937 random{seed};
  const temporary_directory directory;
  received_events received;
  for (unsigned round = 0; round < rounds && !testing::Test::HasFailure(); ++round) {
    const std::size_t lines = 1 + random() % 1'500;
    for (const acknowledged& one :
         run_and_kill(OUTBOX_CRASHER, directory.path().string(), round, lines, "sync", 1)) {
      received.take(one.what.client, one.what.count, one.offset);
    }
  }
  auto box = std::make_shared<post_box>();
  auto app = builder{small_store(directory.path())}
                 .add<counting::counter>()
                 .add_outbox("outbox", std::make_unique<postman>(box))
                 .start();
  ASSERT_TRUE(app) << describe(app.error());
  const auto last = app->aggregate<counting::counter>("0").ask(
      counting::add{1}, {.timeout = std::chrono::minutes{1}, .wait_for = {"outbox"}});
  ASSERT_TRUE(last.accepted());
  ASSERT_TRUE(last.late().empty());
  for (const outgoing_event& one : box->letters()) {
    received.take(
        std::stoull(one.event.aggregate_id), one.event.version.value, one.event.position.offset);
  }
  const std::uint64_t newest = app->status().durable_offsets[0];
  EXPECT_EQ(received.offsets.size(), newest) << "events were never handed over";
  // At most what was in flight at each kill.
  EXPECT_LE(received.repeated, std::uint64_t{rounds} * 50U);
}

}  // namespace
}  // namespace cairn::tests
