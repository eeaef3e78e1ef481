#include "connectors/postgres_fixture.hpp"

#include "cairn/dead_letter.hpp"

#include <atomic>

// Whose fault it is when a statement fails: the event's, or that of the server.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;
using balance = balance_of::balance;

/// A limit of the server, or somebody who wants a statement to end, says nothing about its event.
TEST_F(Postgres, DoesNotBlameAnEventForAStatementThatTheServerBrokeOff) {
  open_journals(1);
  write("list", {noted{"note"}});
  told::in_create = [](sql& db, const std::string& /*text*/) {
    db.run("create table note (text text not null)");
  };
  std::atomic<int> begun{0};
  std::atomic<bool> is_slow{true};
  told::in_apply = [&](sql& db, const std::string& text) {
    ++begun;
    if (is_slow) db.run("select pg_sleep(3600)");
    db.run("insert into note values (?)", text);
  };
  auto model = run_elsewhere<told>(parking());
  for (int round = 1; round <= 3; ++round) {
    ASSERT_TRUE(comes([&] {
      return begun >= round &&
             place_.server.run(
                 "select count(*) from pg_stat_activity where state = 'active' and "
                 "query like 'select pg_sleep%'") == "1";
    })) << round;
    is_slow = round < 3;
    place_.server.run(
        "select pg_cancel_backend(pid) from pg_stat_activity where query like 'select pg_sleep%'");
  }
  EXPECT_TRUE(model->read({.caught_up = true, .timeout = 60s}).wait().has_value());
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  EXPECT_EQ(place_.server.run("select count(*) from cairn_test_told_v1.note"), "1");
  stop(model);
}

/// What its operators do, and what the server lacks, says nothing about an event.
TEST_F(Postgres, DoesNotBlameAnEventForTroubleOfTheServer) {
  open_journals(1);
  told::in_create = [](sql& db, const std::string& /*text*/) {
    db.run("create table note (text text not null)");
  };
  std::atomic<const char*> trouble{nullptr};
  told::in_apply = [&trouble](sql& db, const std::string& text) {
    if (const char* const code = trouble) {
      db.run("do $$ begin raise exception 'trouble " + std::string{code} + "' using errcode = '" +
             code + "'; end $$");
    }
    db.run("insert into note values (?)", text);
  };
  auto model = run_elsewhere<told>(parking());
  int notes = 0;
  for (const char* const code : {"08006",
                                 "25006",
                                 "25P03",
                                 "25P04",
                                 "28000",
                                 "40P01",
                                 "42501",
                                 "53000",
                                 "53200",
                                 "53300",
                                 "55P03",
                                 "57000",
                                 "57014",
                                 "57P03"}) {
    SCOPED_TRACE(code);
    trouble = code;
    write("list" + std::to_string(++notes), {noted{code}});
    ASSERT_TRUE(comes([&] {
      const auto now = model->runner->status();
      return now.waiting_for && now.waiting_for->detail.find(code) != std::string::npos;
    }));
    EXPECT_EQ(model->runner->status().waiting_for->what, error::code::unavailable);
    trouble = nullptr;
    ASSERT_TRUE(model->read({.caught_up = true, .timeout = 60s}).wait().has_value());
  }
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  EXPECT_EQ(place_.server.run("select count(*) from cairn_test_told_v1.note"),
            std::to_string(notes));
  stop(model);
}

TEST_F(Postgres, StopsAndParksNothingWhenTheServersOwnSystemFails) {
  open_journals(1);
  write("list", {noted{"note"}});
  std::atomic<bool> fails{true};
  told::in_apply = [&fails](sql& db, const std::string& /*text*/) {
    if (fails) db.run("do $$ begin raise exception 'no disk' using errcode = '58030'; end $$");
  };
  auto model = run_elsewhere<told>(parking());
  ASSERT_TRUE(comes([&] { return model->runner->status().stopped_on.has_value(); }));
  EXPECT_EQ(model->runner->status().stopped_on->what, error::code::storage_failed);
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  fails = false;
  ASSERT_TRUE(model->runner->resume().has_value());
  EXPECT_TRUE(model->read({.caught_up = true, .timeout = 60s}).wait().has_value());
  stop(model);
}

TEST_F(Postgres, IsWaitedForWhileARightIsTakenFromItsUser) {
  open_journals(1);
  place_.server.run(
      "do $$ begin if not exists (select from pg_roles where rolname = 'clerk') then create role "
      "clerk login; end if; end $$; grant create on database postgres to clerk");
  place_.user = "clerk";
  auto model = run_elsewhere<ledger>(parking());
  write("ann", {deposited{5}});
  EXPECT_EQ(*ask(*model, balance_of{"ann"}), (balance{5, 1}));
  place_.server.run("revoke all on cairn_test_ledger_v1.balance from clerk");
  write("ann", {deposited{6}});
  // What it waits for is told a moment behind the error.
  ASSERT_TRUE(comes([&] {
    const auto why = model->runner->status().waiting_for;
    return why && why->detail.find("permission denied") != std::string::npos;
  }));
  place_.server.run("grant all on cairn_test_ledger_v1.balance to clerk");
  EXPECT_EQ(*ask(*model, balance_of{"ann"}), (balance{11, 2}));
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  stop(model);
}

/// A name may be given once, which the database says no sooner than at the end of a transaction.
class PostgresLateChecks : public Postgres {
 protected:
  PostgresLateChecks() {
    open_journals(2);
    told::in_create = [](sql& db, const std::string& /*text*/) {
      db.run("create table name (name text, unique (name) deferrable initially deferred)");
    };
    told::in_apply = [](sql& db, const std::string& text) {
      db.run("insert into name values (?)", text);
    };
  }
  void note(const std::string& text) {
    write("n" + std::to_string(notes_), {noted{text}}, notes_ % 2);
    ++notes_;
  }
  [[nodiscard]] std::string stored() const {
    return place_.server.run(
        "select string_agg(name, ',' order by name) from cairn_test_told_v1.name");
  }

 private:
  std::uint16_t notes_ = 0;
};

TEST_F(PostgresLateChecks, BlameTheEventThatDidItAndNoOther) {
  for (const char* const text : {"a", "b", "c", "b", "d", "e", "f", "f", "g"}) {
    note(text);
  }
  auto model = run_elsewhere<told>(parking());
  ASSERT_TRUE(model->read({.caught_up = true, .timeout = 60s}).wait().has_value());
  EXPECT_EQ(stored(), "a,b,c,d,e,f,g");
  const auto letters = *model->runner->dead_letters({});
  ASSERT_EQ(letters.size(), 2U);
  for (const dead_letter& one : letters) {
    EXPECT_EQ(one.event_type, "test.noted");
    EXPECT_EQ(one.attempts, 2U);
    EXPECT_NE(one.why.find("already exists"), std::string::npos) << one.why;
  }
  EXPECT_EQ(*model->runner->retry_dead_letters({}), (dead_letter_report{0, 2}));
  EXPECT_EQ(place_.server.run("delete from cairn_test_told_v1.name where name = 'b'"), "");
  EXPECT_EQ(*model->runner->retry_dead_letters({}), (dead_letter_report{1, 1}));
  EXPECT_EQ(stored(), "a,b,c,d,e,f,g");
  stop(model);
}

TEST_F(PostgresLateChecks, StopTheModelRightBeforeTheirEvent) {
  for (const char* const text : {"a", "b", "a", "c"}) {
    write("list", {noted{text}});
  }
  auto model = run_elsewhere<told>();
  EXPECT_EQ(model->read({.caught_up = true, .timeout = 60s}).wait().error().what,
            error::code::stopped);
  const auto now = model->runner->status();
  EXPECT_EQ(now.stopped_on->what, error::code::bad_input) << describe(*now.stopped_on);
  EXPECT_NE(now.stopped_on->detail.find("test.noted at offset 3"), std::string::npos)
      << now.stopped_on->detail;
  EXPECT_EQ(now.checkpoints[0].offset, 2U);
  EXPECT_EQ(stored(), "a,b");
  stop(model);
}

TEST_F(PostgresLateChecks, DoNotComeWhileAnEventIsStillBeingApplied) {
  told::in_apply = [](sql& db, const std::string& text) {
    db.run("insert into name values ('twice')");
    db.run("insert into name values ('twice')");
    db.run("delete from name where name = 'twice'");
    db.run("insert into name values (?)", text);
  };
  for (const char* const text : {"a", "b", "c", "b"}) {
    note(text);
  }
  auto model = run_elsewhere<told>(parking());
  ASSERT_TRUE(model->read({.caught_up = true, .timeout = 60s}).wait().has_value());
  EXPECT_EQ(stored(), "a,b,c");
  EXPECT_EQ(model->runner->status().events_parked, 1U);
  stop(model);
}

}  // namespace
}  // namespace cairn::tests
