#include "crash/run_and_kill.hpp"
#include "support/counter.hpp"
#include "support/nats/nats_server.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"
#include "cairn/nats/publisher.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

namespace cairn::tests {
namespace {

TEST(NatsOutboxes, HaveEachEventOnceInTheirStreamHoweverOftenTheyAreKilled) {
  if (!nats_server::is_installed()) GTEST_SKIP() << "there is no nats-server on this machine";
  const unsigned seed = from_environment("CAIRN_CRASH_SEED", std::random_device{}());
  const unsigned rounds = from_environment("CAIRN_CRASH_ROUNDS", 8);
  std::printf("CAIRN_CRASH_SEED=%u CAIRN_CRASH_ROUNDS=%u\n", seed, rounds);
  std::mt19937 random{seed};
  nats_server server;
  server.start();
  ASSERT_EQ(setenv("CAIRN_NATS_URL", server.url().c_str(), 1), 0);
  const temporary_directory directory;
  for (unsigned round = 0; round < rounds && !testing::Test::HasFailure(); ++round) {
    const std::size_t lines = 1 + random() % 600;
    (void)run_and_kill(NATS_OUTBOX_CRASHER, directory.path().string(), round, lines, "sync", 1);
    // Sometimes the server, too.
    if (random() % 3 == 0) {
      server.kill();
      server.start();
    }
  }
  auto publisher = nats::make_publisher(
      {.connection = {.servers = {server.url()}}, .stream = {.name = "EVENTS", .create = true}});
  ASSERT_TRUE(publisher);
  auto app = builder{small_store(directory.path())}
                 .add<counting::counter>()
                 .add_outbox("outbox", *std::move(publisher))
                 .start();
  ASSERT_TRUE(app) << describe(app.error());
  const auto last = app->aggregate<counting::counter>("c0").ask(
      counting::add{1}, {.timeout = std::chrono::minutes{1}, .wait_for = {"outbox"}});
  ASSERT_TRUE(last.accepted());
  ASSERT_TRUE(last.late().empty());
  std::set<std::string> ids;
  std::map<std::string, std::uint64_t> versions;
  for (const stored_message& one : nats_observer{server.url()}.messages("EVENTS")) {
    EXPECT_TRUE(ids.insert(one.id).second) << one.id << " came again";
    EXPECT_EQ(one.version, ++versions[one.aggregate]) << one.aggregate;
  }
  EXPECT_EQ(ids.size(), app->status().durable_offsets[0]);
}

}  // namespace
}  // namespace cairn::tests
