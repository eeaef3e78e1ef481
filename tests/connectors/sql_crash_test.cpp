#include "connectors/seen_in_sql.hpp"
#include "connectors/storage_named.hpp"
#include "crash/run_and_kill.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"
#ifdef CAIRN_HAS_POSTGRES
#include "connectors/postgres_server.hpp"
#endif

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <random>
#include <thread>

namespace cairn::tests {
namespace {

result<runtime> start(const std::filesystem::path& directory, const std::string& place) {
  return builder{small_store(directory)}
      .add<notebook>()
      .add_read_model<seen_in_sql>({.stored_in = storage_named(place)})
      .start();
}

using notes_seen = seen_in_sql::everything::answer;

notes_seen all_seen(runtime& app) {
  const auto seen = app.read<seen_in_sql>({.caught_up = true, .timeout = std::chrono::seconds{60}})
                        .ask(seen_in_sql::everything{});
  EXPECT_TRUE(seen) << describe(seen.error());
  return seen ? *seen : notes_seen{};
}

/// Also when a rebuild was under way.
void expect_the_same_from_a_rebuild(runtime& app, const notes_seen& before) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  const auto under_way = [&] {
    return app.read_model<seen_in_sql>().status()->rebuild;
  };
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(app.read_model<seen_in_sql>().rebuild());
    while (under_way()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "no switch";
      std::this_thread::yield();
    }
  }
  EXPECT_EQ(all_seen(app), before);
}

void kill_again_and_again(const std::string& place) {
  const unsigned seed = from_environment("CAIRN_CRASH_SEED", std::random_device{}());
  const unsigned rounds = from_environment("CAIRN_CRASH_ROUNDS", 8);
  std::printf("CAIRN_CRASH_SEED=%u CAIRN_CRASH_ROUNDS=%u\n", seed, rounds);
  std::mt19937 random{seed};
  const temporary_directory directory;
  std::vector<acknowledged> all;
  for (unsigned round = 0; round < rounds; ++round) {
    const auto answered = run_and_kill(
        SQL_CRASHER, directory.path().string(), round, random() % 3000, place.c_str(), 1);
    all.insert(all.end(), answered.begin(), answered.end());
    auto app = start(directory.path(), place);
    ASSERT_TRUE(app) << describe(app.error());
    const notes_seen seen = all_seen(*app);
    EXPECT_EQ(seen.size(), app->status().durable_offsets.front());
    for (const auto& [which, how] : seen) {
      ASSERT_EQ(how.second, 1U) << "applied more than once, at offset " << how.first;
    }
    for (const acknowledged& one : all) {
      const auto found = seen.find({one.what.round, one.what.client, one.what.count});
      ASSERT_NE(found, seen.end());
      ASSERT_EQ(found->second.first, one.offset);
    }
    if (round + 1 == rounds) expect_the_same_from_a_rebuild(*app, seen);
  }
}

#ifdef CAIRN_HAS_SQLITE
TEST(ReadModelsInSqlite, ShowEachEventOnceHoweverOftenTheProcessIsKilled) {
  const temporary_directory directory;
  kill_again_and_again(directory.path().string());
}
#endif

#ifdef CAIRN_HAS_POSTGRES
TEST(ReadModelsInPostgres, ShowEachEventOnceHoweverOftenTheProcessIsKilled) {
  const auto* const server = postgres_server::shared();
  if (server == nullptr) GTEST_SKIP() << "no PostgreSQL server is installed";
  kill_again_and_again(server->connection());
}
#endif

}  // namespace
}  // namespace cairn::tests
