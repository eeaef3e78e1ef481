#include "connectors/storage_named.hpp"
#include "support/bank_models.hpp"
#include "support/running.hpp"
#ifdef CAIRN_HAS_POSTGRES
#include "connectors/postgres_server.hpp"
#endif

#include <filesystem>

// Read models of a whole runtime in other databases.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;
using held = holdings::all::answer;

/// What each owner has, by SQL over all accounts.
struct owners {
  static constexpr std::string_view stable_name = "bank.owners";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<bank::account>>;
  struct tables {
    sql database;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("database", database));
    }
  };
  static void create(sql& database) {
    database.run("create table account (id text primary key, owner text, cents bigint not null)");
  }
  static void apply(tables& now, const recorded<bank::opened>& fact) {
    now.database.run("insert into account values (?, ?, 0)", fact.meta.aggregate_id, fact->owner);
  }
  static void apply(tables& now, const recorded<bank::deposited>& fact) {
    now.database.run(
        "update account set cents = cents + ? where id = ?", fact->cents, fact.meta.aggregate_id);
  }
  static void apply(tables& now, const recorded<bank::withdrawn>& fact) {
    now.database.run(
        "update account set cents = cents - ? where id = ?", fact->cents, fact.meta.aggregate_id);
  }
  struct richest {
    using answer = std::string;
  };
  static std::string query(const tables& now, const richest& /*question*/) {
    return now.database
        .one<std::string>(
            "select owner from account group by owner order by sum(cents) desc "
            "limit 1")
        .value_or("nobody");
  }
};

class StoredIn : public running {
 protected:
  ~StoredIn() override { stop(); }

  void start_in(const std::string& place) {
    with = [place](builder& parts) {
      parts.add<bank::account>()
          .add_read_model<holdings>({.stored_in = storage_named(place)})
          .add_read_model<owners>({.stored_in = storage_named(place)})
          .add_read_model<event_count>({.stored_in = storage_named(place)});
    };
    start();
  }

  void deposit(const std::string& id, const std::string& owner, std::int64_t cents) {
    auto account = app->aggregate<bank::account>(id);
    (void)account.ask(bank::open{owner});
    ASSERT_TRUE(account.ask(bank::deposit{cents}).accepted());
  }

  void expect_the_same_before_and_after_a_restart() {
    deposit("one", "Ann", 5);
    deposit("two", "Ann", 5);
    deposit("three", "Bob", 7);
    for (int round = 0; round < 2; ++round) {
      const read_options all{.caught_up = true, .timeout = 60s};
      EXPECT_EQ(*app->read<holdings>(all).ask(holdings::all{}),
                (held{{"one", 5}, {"two", 5}, {"three", 7}}));
      EXPECT_EQ(*app->read<owners>(all).ask(owners::richest{}), "Ann");
      EXPECT_EQ(*app->read<event_count>(all).ask(event_count::all{}), 6U);
      restart();
    }
    const auto status = app->read_models();
    ASSERT_EQ(status.size(), 3U);
    EXPECT_EQ(status[0].events_applied + status[1].events_applied, 0U);
  }
};

#ifdef CAIRN_HAS_SQLITE
TEST_F(StoredIn, SqliteAModelIsTheSame) {
  const std::string place = (directory.path() / "views").string();
  start_in(place);
  expect_the_same_before_and_after_a_restart();
  EXPECT_TRUE(std::filesystem::exists(directory.path() / "views/bank.holdings/v1.db"));
  EXPECT_FALSE(std::filesystem::exists(settings.store / "views/bank.holdings"));
}

TEST_F(StoredIn, MemoryNothingThatIsStoredElsewhereIsTakenForAnotherProcess) {
  settings.in_memory = true;
  const std::string place = (directory.path() / "views").string();
  start_in(place);
  deposit("one", "Ann", 5);
  EXPECT_EQ(*app->read<owners>({.caught_up = true, .timeout = 60s}).ask(owners::richest{}), "Ann");
  restart();
  EXPECT_EQ(*app->read<owners>({.caught_up = true, .timeout = 60s}).ask(owners::richest{}),
            "nobody");
}
#endif

#ifdef CAIRN_HAS_POSTGRES
TEST_F(StoredIn, PostgresAModelIsTheSame) {
  const auto* const server = postgres_server::shared();
  if (server == nullptr) GTEST_SKIP() << "no PostgreSQL server is installed";
  start_in(server->connection());
  expect_the_same_before_and_after_a_restart();
}
#endif

TEST_F(StoredIn, NoDatabaseAModelWithSqlIsRefused) {
  for (const bool in_memory : {false, true}) {
    settings.in_memory = in_memory;
    auto refused = builder{settings}.add<bank::account>().add_read_model<owners>().start();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().what, error::code::bad_config);
    EXPECT_NE(refused.error().detail.find("stored_in"), std::string::npos);
    EXPECT_NE(refused.error().detail.find("bank.owners"), std::string::npos);
  }
}

}  // namespace
}  // namespace cairn::tests
