#include "connectors/own_sql.hpp"
#include "connectors/postgres_fixture.hpp"

#include <future>

namespace cairn::tests {

using namespace std::chrono_literals;

INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, OwnSql, postgres_place);

namespace {

TEST_F(Postgres, IsWaitedForWhileItIsAwayAndNothingIsLostOrDoneTwice) {
  open_journals(1);
  auto options = parking();
  options.batch_events = 20;
  auto model = run_elsewhere<ledger>(options);
  std::int64_t cents = 0;
  std::uint64_t events = 0;
  const auto deposit = [&](std::int64_t these) {
    write("ann", {deposited{these}});
    cents += these;
    ++events;
  };
  for (int round = 1; round <= 3; ++round) {
    for (int i = 0; i < 100; ++i) {
      deposit(round);
    }
    place_.server.stop_at_once();
    deposit(round);
    ASSERT_TRUE(comes([&] { return is_waiting(*model); }));
    const auto asked = model->read({}).ask(balance_of{"ann"});
    ASSERT_FALSE(asked.has_value());
    EXPECT_EQ(asked.error().what, error::code::unavailable) << describe(asked.error());
    place_.server.start();
    EXPECT_EQ(*ask(*model, balance_of{"ann"}), (balance{cents, events}));
  }
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  EXPECT_EQ(model->runner->status().restarts, 0U);
  stop(model);
}

TEST_F(Postgres, ThatHasLostCommitsHasThemAppliedAgain) {
  open_journals(1);
  write("ann", {deposited{1}});
  auto model = run_elsewhere<ledger>();
  EXPECT_EQ(*ask(*model, balance_of{"ann"}), (balance{1, 1}));
  const std::string schema = "cairn_test_ledger_v1";
  place_.server.run("create schema copy_v1; create table copy_v1.balance as select * from " +
                    schema + ".balance; create table copy_v1.rows as select * from " + schema +
                    ".cairn_rows_0; create table copy_v1.checkpoints as select * from " + schema +
                    ".cairn_checkpoints; create table copy_v1.counts as select * from " + schema +
                    ".cairn_counts");
  write("ann", {deposited{2}});
  EXPECT_EQ(*ask(*model, balance_of{"ann"}), (balance{3, 2}));
  // As a copy that lags behind would be, once it takes over.
  EXPECT_EQ(
      place_.server.run("begin; delete from " + schema + ".balance; insert into " + schema +
                        ".balance select * from copy_v1.balance; delete from " + schema +
                        ".cairn_rows_0; insert into " + schema +
                        ".cairn_rows_0 select * from copy_v1.rows; delete from " + schema +
                        ".cairn_checkpoints; insert into " + schema +
                        ".cairn_checkpoints select * from copy_v1.checkpoints; commit; "
                        "select count(pg_terminate_backend(pid)) > 0 from pg_stat_activity where "
                        "application_name = 'cairn'"),
      "t");
  write("ann", {deposited{4}});
  EXPECT_EQ(*ask(*model, balance_of{"ann"}), (balance{7, 3}));
  EXPECT_EQ(log_.count("has lost what was stored behind offset 1"), 1);
  stop(model);
}

TEST_F(Postgres, BeginsNoBatchElsewhereThanWhereTheLastOneEnded) {
  open_journals(1);
  const auto view = open_elsewhere<ledger>();
  ASSERT_TRUE((*view->begin())->commit({5}).has_value());
  EXPECT_EQ(place_.server.run("update cairn_test_ledger_v1.cairn_checkpoints set applied = 3; "
                              "select count(pg_terminate_backend(pid)) > 0 from pg_stat_activity "
                              "where application_name = 'cairn'"),
            "t");
  EXPECT_EQ((*view->begin())->commit({6}).error().what, error::code::unavailable);
  // Whoever asks now connects again, and may not know what has become of the last one.
  ASSERT_TRUE(comes([&] { return view->read().has_value(); }));
  EXPECT_EQ(view->begin().error().what, error::code::unavailable);
  EXPECT_EQ(*view->checkpoints(), persistence::checkpoint_list{3});
  EXPECT_TRUE((*view->begin())->commit({4}).has_value());
  EXPECT_EQ(*view->checkpoints(), persistence::checkpoint_list{4});
}

TEST_F(Postgres, CanBeReadByOthers) {
  open_journals(1);
  write("ann", {deposited{5}});
  auto model = run_elsewhere<ledger>();
  EXPECT_EQ(*ask(*model, balance_of{"ann"}), (balance{5, 1}));
  EXPECT_EQ(place_.server.run("select cents from cairn_test_ledger_v1.balance"), "5");
  EXPECT_EQ(place_.server.run("select applied from cairn_test_ledger_v1.cairn_checkpoints"), "1");
  stop(model);
}

TEST_F(Postgres, KeepsStoresApartByTheirPrefix) {
  open_journals(1);
  const auto one = open_elsewhere<ledger>();
  place_.settings.schema_prefix = "second";
  const auto other = open_elsewhere<ledger>();
  ASSERT_TRUE((*other->begin())->commit({7}).has_value());
  EXPECT_EQ(*one->checkpoints(), persistence::checkpoint_list{0});
  EXPECT_EQ(*other->checkpoints(), persistence::checkpoint_list{7});
}

TEST_F(Postgres, WaitsForASessionOfAnEarlierRunThatIsEnding) {
  open_journals(1);
  auto earlier = open_elsewhere<ledger>();
  auto later = std::async(std::launch::async,
                          [this] { return place_.storage().open(wish<ledger>()).has_value(); });
  ASSERT_TRUE(comes([this] {
    return place_.server.run(
               "select count(*) from pg_stat_activity where application_name = "
               "'cairn' and query like '%pg_try_advisory_lock%'") == "1";
  }));
  earlier.reset();
  EXPECT_TRUE(later.get());
}

TEST_F(Postgres, DoesNotWaitForEverToRemoveACopyThatAStrangerReads) {
  open_journals(1);
  persistence::view_options copy = wish<ledger>();
  copy.copy = 2;
  place_.settings.wait_max = 1s;
  const read_model_storage storage = place_.storage();
  {
    const auto opened = storage.open(copy);
    ASSERT_TRUE(opened) << describe(opened.error());
    const auto stranger = (*opened)->read();
    ASSERT_TRUE(stranger);
    EXPECT_EQ(storage.remove(copy).error().what, error::code::unavailable);
    EXPECT_EQ(*storage.stored(copy), (std::vector<persistence::view_place>{{1, 2}}));
  }
  {
    persistence::view_options next = wish<ledger>();
    next.version = 2;
    const auto later = storage.open(next);
    const auto opened = storage.open(copy);
    ASSERT_TRUE(later && opened);
    const auto stranger = (*opened)->read();
    ASSERT_TRUE(stranger);
    EXPECT_EQ((*later)->remove_older_versions().error().what, error::code::unavailable);
    ASSERT_TRUE((*(*later)->begin())->commit({3})) << "its session goes on";
  }
  place_.settings.wait_max = 60s;
  EXPECT_TRUE(place_.storage().remove(copy));
  EXPECT_EQ(*storage.stored(copy), (std::vector<persistence::view_place>{{2, 1}}));
}

/// Its name means the same schema, as "test-ledger" would.
struct other_ledger : ledger {
  static constexpr std::string_view stable_name = "test_ledger";
};

TEST_F(Postgres, RefusesTheSchemaOfAnotherReadModel) {
  open_journals(1);
  (void)open_elsewhere<ledger>();
  const auto refused = place_.storage().open(wish<other_ledger>());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().what, error::code::bad_config);
  EXPECT_NE(refused.error().detail.find("schema_prefix"), std::string::npos);
}

TEST_F(Postgres, DoesNotGiveMoreRowsAtOnceThanItMay) {
  open_journals(1);
  write("list", {noted{"note"}});
  place_.settings.rows_bytes_max = 100'000;
  told::in_apply = [](sql& db, const std::string& /*text*/) {
    int rows = 0;
    db.each("select generate_series(1, 1000)", [&rows](const sql_row& /*row*/) { ++rows; });
    EXPECT_EQ(rows, 1'000);
    db.each("select generate_series(1, 1000000)", [](const sql_row& /*row*/) { FAIL(); });
  };
  auto model = run_elsewhere<told>();
  EXPECT_FALSE(model->read({.caught_up = true, .timeout = 60s}).wait().has_value());
  EXPECT_EQ(model->runner->status().stopped_on->what, error::code::too_large);
  stop(model);
}

TEST_F(Postgres, RefusesMoreParametersThanTheServerTakes) {
  open_journals(1);
  write("list", {noted{"note"}});
  std::size_t count = 0;
  told::in_apply = [&count](sql& db, const std::string& /*text*/) {
    std::string statement = "select 1 where 1 in (?";
    sql_parameters values;
    values.add(1);
    for (std::size_t i = 1; i < count; ++i) {
      statement += ",?";
      values.add(1);
    }
    int rows = 0;
    db.each_with(statement + ")", values, [&rows](const sql_row& /*row*/) { ++rows; });
    EXPECT_EQ(rows, count == 65'535 ? 1 : 0);
  };
  count = 65'535;
  auto model = run_elsewhere<told>();
  EXPECT_TRUE(model->read({.caught_up = true, .timeout = 60s}).wait().has_value());
  stop(model);
  count = 65'536;
  write("list", {noted{"note"}});
  model = run_elsewhere<told>();
  EXPECT_FALSE(model->read({.caught_up = true, .timeout = 10s}).wait().has_value());
  const auto now = model->runner->status();
  ASSERT_TRUE(now.stopped_on.has_value()) << describe(now.last_error.value_or(error{}));
  EXPECT_EQ(now.stopped_on->what, error::code::bad_input) << describe(*now.stopped_on);
  stop(model);
}

TEST_F(Postgres, GoesOnAfterSomebodyHasAddedAColumn) {
  open_journals(1);
  told::in_create = [](sql& db, const std::string& /*text*/) {
    db.run("create table note (text text not null)");
  };
  told::in_apply = [](sql& db, const std::string& text) {
    db.run("insert into note (text) values (?)", text);
    db.each("select * from note", [](const sql_row& row) { (void)row.get<std::string>(0); });
  };
  const told::ask all{[](const sql& db) {
    int rows = 0;
    db.each("select * from note", [&rows](const sql_row& /*row*/) { ++rows; });
    return std::to_string(rows);
  }};
  write("list", {noted{"one"}});
  auto model = run_elsewhere<told>(parking());
  EXPECT_EQ(*ask(*model, all), "1");
  place_.server.run("alter table cairn_test_told_v1.note add column more integer");
  write("list", {noted{"two"}});
  ASSERT_TRUE(model->read({.caught_up = true, .timeout = 60s}).wait().has_value());
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  // One that was prepared before fails once.
  (void)ask(*model, all);
  const auto again = ask(*model, all);
  ASSERT_TRUE(again.has_value()) << describe(again.error());
  EXPECT_EQ(*again, "2");
  stop(model);
}

/// Comments may lie in one another there, and a line ends as on any machine.
TEST_F(Postgres, IsNotToldToEndTheTransactionBehindAStrangeComment) {
  open_journals(1);
  const std::vector<std::string> statements{"/* /* */ */ commit",
                                            "/* /* */ /* /**/ */ */ -- so\r rollback",
                                            "-- a line\rcommit",
                                            "\f\v; /*/* */*/; begin"};
  for (std::size_t i = 0; i < statements.size(); ++i) {
    write("list" + std::to_string(i), {noted{statements[i]}});
  }
  told::in_apply = [](sql& db, const std::string& text) {
    db.run(text);
  };
  auto model = run_elsewhere<told>(parking());
  ASSERT_TRUE(model->read({.caught_up = true, .timeout = 60s}).wait().has_value());
  const auto letters = *model->runner->dead_letters({});
  ASSERT_EQ(letters.size(), statements.size());
  for (const dead_letter& one : letters) {
    EXPECT_NE(one.why.find("checkpoint"), std::string::npos) << one.why;
  }
  stop(model);
}

TEST_F(Postgres, TakesAStatementThatOnlySpeaksOfTheEndOfATransaction) {
  open_journals(1);
  write("list", {noted{"note"}});
  told::in_apply = [](sql& db, const std::string& /*text*/) {
    EXPECT_EQ(db.one<int>("/* /* */ commit */ select 1"), 1);
    EXPECT_EQ(db.one<int>("-- a line\r select ? + 0", 2), 2);
  };
  auto model = run_elsewhere<told>();
  EXPECT_TRUE(model->read({.caught_up = true, .timeout = 60s}).wait().has_value());
  stop(model);
}

TEST_F(Postgres, ThatIsNotThereRefusesTheStart) {
  open_journals(1);
  const auto refused =
      cairn::postgres::database("host=/nowhere dbname=nothing").open(wish<ledger>());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().what, error::code::unavailable) << describe(refused.error());
}

TEST_F(Postgres, RefusesOptionsThatBreakARule) {
  open_journals(1);
  for (const char* prefix : {"", "Cairn", "1a", "a-b", "far_too_long_for_a_schema"}) {
    place_.settings = {.schema_prefix = prefix};
    EXPECT_EQ(place_.storage().open(wish<ledger>()).error().what, error::code::bad_config);
  }
  place_.settings = {.readers_max = 0};
  EXPECT_EQ(place_.storage().open(wish<ledger>()).error().what, error::code::bad_config);
  place_.settings = {.wait_max = 1ms};
  EXPECT_EQ(place_.storage().open(wish<ledger>()).error().what, error::code::bad_config);
}

}  // namespace
}  // namespace cairn::tests
