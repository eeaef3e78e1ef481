#include "connectors/bank_import.hpp"
#include "crash/run_and_kill.hpp"
#include "support/temporary_directory.hpp"
#ifdef CAIRN_HAS_POSTGRES
#include "connectors/postgres_server.hpp"
#endif

#include <cstdio>
#include <filesystem>
#include <random>
#include <string>

namespace cairn::tests {
namespace {

/// What the import in this directory comes to once it is through.
std::string end_of_import(const import_places& where) {
  auto app = start_import(where);
  if (!app) return describe(app.error());
  if (!import_all(*app, [](std::uint64_t) {})) return "a command was not accepted";
  if (const auto settled = settle_import(*app); !settled) return describe(settled.error());
  std::string picture = picture_of_import(*app, where);
  // The outbox is no read model that could be asked: it is through once it is not behind.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{2};
  while (app->read_model("import.posted").status()->events_behind > 0) {
    if (std::chrono::steady_clock::now() > deadline) return "the outbox is late";
    std::this_thread::yield();
  }
  return picture + posted(where);
}

/// How PostgreSQL is reached, with nothing in it.
std::string empty_server() {
#ifdef CAIRN_HAS_POSTGRES
  if (postgres_server* const server = postgres_server::shared()) {
    server->empty();
    return server->connection();
  }
#endif
  std::printf("without PostgreSQL\n");
  return "-";
}

TEST(KilledImport, EndsTheSameHoweverOftenItWasKilled) {
  const unsigned seed = from_environment("CAIRN_CRASH_SEED", std::random_device{}());
  const unsigned rounds = from_environment("CAIRN_CRASH_ROUNDS", 30);
  std::printf("CAIRN_CRASH_SEED=%u CAIRN_CRASH_ROUNDS=%u\n", seed, rounds);
  std::mt19937 random{seed};
  const temporary_directory undisturbed;
  const std::string expected = end_of_import({undisturbed.path(), empty_server()});
  // Something of every kind has happened.
  for (const auto* what : {"finished", "failed", "withdrawn", "{\"cents\":2}"})
    EXPECT_NE(expected.find(what), std::string::npos) << what;
    // And every read model has seen it; this one orders its rows by account.
#ifdef CAIRN_HAS_SQLITE
  EXPECT_NE(expected.find("import.held_by_sql\na0 "), std::string::npos);
#endif
#ifdef CAIRN_HAS_POSTGRES
  if (postgres_server::shared() != nullptr) {
    EXPECT_NE(expected.find("import.held_by_sql_in_postgres\na0 "), std::string::npos);
  }
#endif
  const temporary_directory killed;
  const import_places where{killed.path(), empty_server()};
  for (unsigned round = 0; round < rounds; ++round) {
    // Each round comes a little further, and begins with what is there already.
    const std::size_t least = commands_to_import * round / rounds;
    (void)run_and_kill(IMPORT_CRASHER,
                       killed.path().string(),
                       round,
                       least + 1 + random() % (commands_to_import / 4),
                       where.postgres.c_str(),
                       1);
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_EQ(end_of_import(where), expected);
}

}  // namespace
}  // namespace cairn::tests
