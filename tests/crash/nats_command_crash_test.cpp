#include "crash/run_and_kill.hpp"
#include "support/counter.hpp"
#include "support/nats/nats_server.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"
#include "cairn/nats/command_gate.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

namespace cairn::tests {
namespace {

using counting::counter;

constexpr unsigned aggregates = 10;

std::vector<std::string> commands(unsigned count) {
  std::vector<std::string> all;
  for (unsigned i = 0; i < count; ++i) {
    all.push_back(R"({"aggregate":"counter","id":"c)" + std::to_string(i % aggregates) +
                  R"(","command":"add","data":{"amount":1}})");
  }
  return all;
}

TEST(NatsCommandStreams, HaveEachCommandTakeEffectOnceHoweverOftenGatesAreKilled) {
  if (!nats_server::is_installed()) GTEST_SKIP() << "there is no nats-server on this machine";
  const unsigned seed = from_environment("CAIRN_CRASH_SEED", std::random_device{}());
  const unsigned rounds = from_environment("CAIRN_CRASH_ROUNDS", 6);
  std::printf("CAIRN_CRASH_SEED=%u CAIRN_CRASH_ROUNDS=%u\n", seed, rounds);
  std::mt19937 random{seed};
  nats_server server;
  server.start();
  ASSERT_EQ(setenv("CAIRN_NATS_URL", server.url().c_str(), 1), 0);
  const nats_observer observer{server.url()};
  observer.make_stream("COMMANDS", "commands");
  const temporary_directory directory;
  unsigned sent = 0;
  for (unsigned round = 0; round < rounds && !testing::Test::HasFailure(); ++round) {
    // Some are left to the next one, beside those that were on their way.
    const auto lines = static_cast<unsigned>(1 + random() % 300);
    observer.publish_all("commands", commands(lines + 50));
    sent += lines + 50;
    (void)run_and_kill(NATS_COMMAND_CRASHER, directory.path().string(), round, lines, "sync", 1);
    if (random() % 3 == 0) {
      server.kill();
      server.start();
    }
  }
  auto app = builder{small_store(directory.path())}.add<counter>().start();
  ASSERT_TRUE(app) << describe(app.error());
  nats::command_gate gate{*app,
                          {.connection = {.servers = {server.url()}},
                           .subject = "commands",
                           .stream = {.name = "COMMANDS"}}};
  gate.accept<counter>();
  ASSERT_TRUE(gate.start());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (app->status().durable_offsets[0] < sent && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  // Behind all others: what comes again meanwhile is there before it.
  const auto last = observer.request_through_stream("commands", commands(1).front());
  EXPECT_NE(last.find(R"("accepted")"), last.npos) << last;
  gate.stop();
  EXPECT_EQ(app->status().durable_offsets[0], sent + 1);
  std::int64_t added = 0;
  for (unsigned i = 0; i < aggregates; ++i)
    added += app->aggregate<counter>("c" + std::to_string(i)).state()->state.value;
  EXPECT_EQ(added, sent + 1);
}

}  // namespace
}  // namespace cairn::tests
