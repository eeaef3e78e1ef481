#include "connectors/storage_named.hpp"
#include "support/bank_models.hpp"
#include "support/running.hpp"
#ifdef CAIRN_HAS_POSTGRES
#include "connectors/postgres_server.hpp"
#endif

#include "cairn/persistence/views.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <thread>
#include <vector>

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

/// The next version, which has another table.
struct owners_2 : owners {
  static constexpr std::uint32_t version = 2;
  using former = owners;
  static void create(sql& database) {
    database.run("create table holder (id text primary key, owner text, cents bigint not null)");
  }
  static void apply(tables& now, const recorded<bank::opened>& fact) {
    if (door != nullptr) door->wait();
    now.database.run("insert into holder values (?, ?, 0)", fact.meta.aggregate_id, fact->owner);
  }
  static void apply(tables& now, const recorded<bank::deposited>& fact) {
    now.database.run(
        "update holder set cents = cents + ? where id = ?", fact->cents, fact.meta.aggregate_id);
  }
  static void apply(tables& /*now*/, const recorded<bank::withdrawn>& /*fact*/) {}
  static std::string query(const tables& now, const richest& /*question*/) {
    return now.database
               .one<std::string>(
                   "select owner from holder group by owner order by sum(cents) desc "
                   "limit 1")
               .value_or("nobody") +
           ", says version 2";
  }
  /// Held up here, while there is one.
  static inline std::shared_future<void>* door = nullptr;
};

/// The holdings, in parts.
struct split_holdings : holdings {
  static all::answer merge(const all& /*question*/, std::vector<all::answer> answers) {
    all::answer sum;
    for (all::answer& some : answers)
      sum.merge(some);
    return sum;
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

  template <class M> void await_switch() {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (app->read_model<M>().status()->rebuild) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "no switch";
      std::this_thread::yield();
    }
  }
  template <class M> void rebuild() {
    const auto answer = app->read_model<M>().rebuild();
    ASSERT_TRUE(answer) << describe(answer.error());
    ASSERT_EQ(*answer, rebuild_answer::begun);
  }

  /// While some write and ask.
  void expect_nobody_to_notice_a_rebuild() {
    std::atomic<bool> more{true};
    std::vector<std::thread> clients;
    for (int i = 0; i < 2; ++i) {
      clients.emplace_back([this, &more, id = "client" + std::to_string(i)] {
        auto mine = app->aggregate<bank::account>(id);
        ASSERT_TRUE(mine.ask(bank::open{id}).accepted());
        for (std::int64_t sum = 1; more; ++sum) {
          const auto out = mine.ask(bank::deposit{1}, {.timeout = 60s});
          ASSERT_TRUE(out.accepted());
          const read_options shown{.at_least = out.accepted()->position, .timeout = 60s};
          const auto all = app->read<holdings>(shown).ask(holdings::all{});
          ASSERT_TRUE(all) << describe(all.error());
          ASSERT_EQ(all->at(id), sum);
          const auto owner = app->read<owners>(shown).ask(owners::richest{});
          ASSERT_TRUE(owner) << describe(owner.error());
          ASSERT_TRUE(app->read<event_count>(shown).ask(event_count::all{}));
        }
      });
    }
    for (int round = 0; round < 2; ++round) {
      rebuild<holdings>();
      rebuild<owners>();
      rebuild<event_count>();
      await_switch<holdings>();
      await_switch<owners>();
      await_switch<event_count>();
    }
    more = false;
    for (std::thread& one : clients)
      one.join();
    const read_options all{.caught_up = true, .timeout = 60s};
    const auto before = *app->read<holdings>(all).ask(holdings::all{});
    const auto count = *app->read<event_count>(all).ask(event_count::all{});
    restart();
    EXPECT_EQ(*app->read<holdings>(all).ask(holdings::all{}), before);
    EXPECT_EQ(*app->read<event_count>(all).ask(event_count::all{}), count);
    for (const read_model_status& one : app->read_models())
      EXPECT_EQ(one.events_applied, 0U) << one.name;
  }

  void expect_a_former_version_to_answer_until_the_next_one_has_caught_up(
      const std::string& place) {
    deposit("one", "Ann", 5);
    const read_options all{.caught_up = true, .timeout = 60s};
    EXPECT_EQ(*app->read<owners>(all).ask(owners::richest{}), "Ann");
    std::promise<void> opens;
    std::shared_future<void> door = opens.get_future().share();
    owners_2::door = &door;
    with = [place](builder& parts) {
      parts.add<bank::account>().add_read_model<owners_2>({.stored_in = storage_named(place)});
    };
    restart();
    EXPECT_EQ(*app->read<owners_2>().ask(owners::richest{}), "Ann");
    opens.set_value();
    await_switch<owners_2>();
    EXPECT_EQ(*app->read<owners_2>(all).ask(owners::richest{}), "Ann, says version 2");
    stop();
    owners_2::door = nullptr;
    start();
    EXPECT_EQ(*app->read<owners_2>(all).ask(owners::richest{}), "Ann, says version 2");
    EXPECT_EQ(app->read_models()[0].events_applied, 0U);
  }

  void expect_a_cancelled_build_to_leave_nothing(const std::function<std::string()>& stored) {
    deposit("one", "Ann", 5);
    auto model = app->read_model<owners>();
    ASSERT_TRUE(model.pause());
    rebuild<owners>();
    const std::string both = stored();
    ASSERT_TRUE(model.cancel_rebuild());
    EXPECT_LT(stored().size(), both.size());
    ASSERT_TRUE(model.resume());
    EXPECT_EQ(*app->read<owners>({.caught_up = true, .timeout = 60s}).ask(owners::richest{}),
              "Ann");
  }

  void expect_parts_to_be_kept(const std::string& place) {
    with = [place](builder& parts) {
      parts.add<bank::account>().add_read_model<split_holdings>(
          {.stored_in = storage_named(place), .slices = 4});
    };
    start();
    held expected;
    for (int i = 0; i < 40; ++i) {
      deposit("a" + std::to_string(i), "Ann", i + 1);
      expected["a" + std::to_string(i)] = i + 1;
    }
    const read_options all{.caught_up = true, .timeout = 60s};
    EXPECT_EQ(*app->read<split_holdings>(all).ask(holdings::all{}), expected);
    rebuild<split_holdings>();
    await_switch<split_holdings>();
    EXPECT_EQ(*app->read<split_holdings>(all).ask(holdings::all{}), expected);
    restart();
    EXPECT_EQ(*app->read<split_holdings>(all).ask(holdings::all{}), expected);
    EXPECT_EQ(app->read_models()[0].events_applied, 0U);
  }

  [[nodiscard]] std::vector<std::string> databases_of(std::string_view model) const {
    std::vector<std::string> found;
    for (const auto& one :
         std::filesystem::directory_iterator{directory.path() / "views" / model}) {
      if (one.path().extension() == ".db") found.push_back(one.path().filename().string());
    }
    return found;
  }
};

#ifdef CAIRN_HAS_SQLITE
TEST_F(StoredIn, SqliteAModelIsRebuiltBesideItself) {
  start_in((directory.path() / "views").string());
  expect_nobody_to_notice_a_rebuild();
  EXPECT_EQ(databases_of("bank.holdings"), std::vector<std::string>{"v1.3.db"});
  EXPECT_EQ(databases_of("bank.owners"), std::vector<std::string>{"v1.3.db"});
}

TEST_F(StoredIn, SqliteACancelledBuildLeavesNothing) {
  start_in((directory.path() / "views").string());
  expect_a_cancelled_build_to_leave_nothing([this] {
    std::string names;
    for (const std::string& one : databases_of("bank.owners"))
      names += one;
    return names;
  });
  EXPECT_EQ(databases_of("bank.owners"), std::vector<std::string>{"v1.db"});
}

TEST_F(StoredIn, SqliteAFormerVersionAnswersUntilTheNextOneHasCaughtUp) {
  const std::string place = (directory.path() / "views").string();
  start_in(place);
  expect_a_former_version_to_answer_until_the_next_one_has_caught_up(place);
  EXPECT_EQ(databases_of("bank.owners"), std::vector<std::string>{"v2.db"});
}

TEST_F(StoredIn, SqlitePartsAreKept) {
  expect_parts_to_be_kept((directory.path() / "views").string());
}

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
class StoredInPostgres : public StoredIn {
 protected:
  void SetUp() override {
    server = postgres_server::shared();
    if (server == nullptr) GTEST_SKIP() << "no PostgreSQL server is installed";
    server->empty();
  }
  [[nodiscard]] std::string schemas_of(const std::string& name) const {
    return server->run("select string_agg(nspname, ' ') from pg_namespace where nspname like '" +
                       name + "%'");
  }
  postgres_server* server = nullptr;
};

TEST_F(StoredInPostgres, AModelIsRebuiltBesideItself) {
  start_in(server->connection());
  expect_nobody_to_notice_a_rebuild();
  EXPECT_EQ(schemas_of("cairn_bank_holdings"), "cairn_bank_holdings_v1_3");
  EXPECT_EQ(schemas_of("cairn_bank_owners"), "cairn_bank_owners_v1_3");
  // How other programs know which one has taken over.
  EXPECT_EQ(server->run("select count(*) from cairn_bank_owners_v1_3.cairn_control where key = "
                        "'serves'::bytea"),
            "1");
}

TEST_F(StoredInPostgres, ACancelledBuildLeavesNothing) {
  start_in(server->connection());
  expect_a_cancelled_build_to_leave_nothing([this] { return schemas_of("cairn_bank_owners"); });
  EXPECT_EQ(schemas_of("cairn_bank_owners"), "cairn_bank_owners_v1");
}

TEST_F(StoredInPostgres, AFormerVersionAnswersUntilTheNextOneHasCaughtUp) {
  start_in(server->connection());
  expect_a_former_version_to_answer_until_the_next_one_has_caught_up(server->connection());
  EXPECT_EQ(schemas_of("cairn_bank_owners"), "cairn_bank_owners_v2");
}

TEST_F(StoredInPostgres, PartsAreKept) {
  expect_parts_to_be_kept(server->connection());
}

TEST_F(StoredInPostgres, AModelIsTheSame) {
  start_in(server->connection());
  expect_the_same_before_and_after_a_restart();
}
#endif

TEST_F(StoredIn, NothingThatCannotNameItsCopiesAModelIsRefused) {
  read_model_storage half;
  half.open = [](const persistence::view_options& /*wish*/) {
    return error{error::code::io_failed, "not asked for"};
  };
  auto refused =
      builder{settings}.add<bank::account>().add_read_model<holdings>({.stored_in = half}).start();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().what, error::code::bad_config);
  EXPECT_NE(refused.error().detail.find("lacks `stored`"), std::string::npos);
}

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
