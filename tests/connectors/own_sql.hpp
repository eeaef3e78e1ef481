#pragma once

#include "connectors/sql_models.hpp"

#include "cairn/dead_letter.hpp"

#include <limits>

// What SQL of a read model's own does in every database. One joins with a struct that has
// `read_model_storage storage()` and one INSTANTIATE_TYPED_TEST_SUITE_P.

namespace cairn::tests {

using balance = balance_of::balance;

template <class Place> class OwnSql : public stored_elsewhere<Place> {
 protected:
  ~OwnSql() override {
    told::in_create = nullptr;
    told::in_apply = nullptr;
  }

  /// Runs the action for one note. What the model says of it.
  result<void> tell(told::action action) {
    if (this->journals_.empty()) this->open_journals(1);
    told::in_apply = std::move(action);
    this->write("list", {noted{"note"}});
    auto model = this->template run_elsewhere<told>();
    auto done = model->read({.caught_up = true, .timeout = std::chrono::seconds{60}}).wait();
    if (!done && done.error().what == error::code::stopped) {
      done = *model->runner->status().stopped_on;
    }
    this->stop(model);
    return done;
  }
};

TYPED_TEST_SUITE_P(OwnSql);

TYPED_TEST_P(OwnSql, IsAppliedAndAsked) {
  this->open_journals(2);
  this->write("ann", {opened{"Ann"}, deposited{5}, deposited{6}});
  this->write("bob", {deposited{7}}, 1);
  auto model = this->template run_elsewhere<ledger>();
  EXPECT_EQ(*this->ask(*model, all_sums{}), (sums{{"ann", 11}, {"bob", 7}}));
  EXPECT_EQ(*this->ask(*model, balance_of{"ann"}), (balance{11, 3}));
  this->stop(model);
}

TYPED_TEST_P(OwnSql, ShowsEachEventOnceHoweverTheProcessEnds) {
  this->open_journals(1);
  std::int64_t cents = 0;
  std::uint64_t events = 0;
  for (int round = 0; round < 6; ++round) {
    auto options = this->quick();
    options.batch_events = 7;
    auto model = this->template run_elsewhere<ledger>(options);
    for (std::int64_t i = 1; i <= 30; ++i) {
      this->write("ann", {deposited{i}});
      cents += i;
      ++events;
    }
    if (round % 2 == 0) {
      EXPECT_EQ(*this->ask(*model, balance_of{"ann"}), (balance{cents, events}));
    }
    this->drop(model);
  }
  auto model = this->template run_elsewhere<ledger>();
  EXPECT_EQ(*this->ask(*model, balance_of{"ann"}), (balance{cents, events}));
  this->stop(model);
}

TYPED_TEST_P(OwnSql, ThatFailsStopsTheModelRightBeforeItsEventWithTheWordsOfTheDatabase) {
  this->open_journals(1);
  this->write("ann", {opened{"Ann"}, deposited{5}});
  this->write("bob", {opened{"Ann"}, deposited{6}});
  this->write("cem", {opened{"Cem"}});
  auto model = this->template run_elsewhere<names_once>();
  EXPECT_EQ(this->ask(*model, how_much{}).error().what, error::code::stopped);
  const auto now = model->runner->status();
  EXPECT_EQ(now.stopped_on->what, error::code::bad_input);
  EXPECT_NE(now.stopped_on->detail.find("test.opened at offset 3"), std::string::npos)
      << now.stopped_on->detail;
  EXPECT_NE(now.stopped_on->detail.find("insert into owner"), std::string::npos)
      << now.stopped_on->detail;
  EXPECT_EQ(now.checkpoints[0].offset, 2U);
  this->stop(model);
}

TYPED_TEST_P(OwnSql, ThatFailsMakesADeadLetterOfItsEventAlone) {
  this->open_journals(1);
  // Many statements are on their way when the database refuses the first of them.
  for (std::int64_t i = 0; i < 200; ++i) {
    this->write("a" + std::to_string(i), {opened{std::to_string(i % 150)}, deposited{1}});
  }
  auto model = this->template run_elsewhere<names_once>(this->parking());
  EXPECT_EQ(*this->ask(*model, how_much{}), (how_much::sum{150, 150}));
  const auto letters = *model->runner->dead_letters({.limit = 1'000});
  ASSERT_EQ(letters.size(), 100U);
  EXPECT_EQ(letters[0].position.offset, 301U);
  EXPECT_EQ(letters[0].event_type, "test.opened");
  EXPECT_EQ(letters[0].attempts, 2U);
  EXPECT_EQ(letters[1].position.offset, 302U);
  EXPECT_EQ(letters[1].attempts, 0U);
  EXPECT_EQ(letters[99].position.offset, 400U);
  this->stop(model);
}

TYPED_TEST_P(OwnSql, OfDeadLettersIsTriedAgainOneAfterTheOther) {
  this->open_journals(1);
  this->write("ann", {opened{"Ann"}});
  this->write("bob", {opened{"Ann"}, deposited{6}});
  auto model = this->template run_elsewhere<names_once>(this->parking());
  EXPECT_EQ(*this->ask(*model, how_much{}), (how_much::sum{0, 1}));
  EXPECT_EQ(*model->runner->retry_dead_letters({}), (dead_letter_report{0, 2}));
  ASSERT_TRUE(model->runner->discard_dead_letter({{0}, 2}).has_value());
  EXPECT_EQ(*model->runner->retry_dead_letters({}), (dead_letter_report{1, 0}));
  EXPECT_EQ(*this->ask(*model, how_much{}), (how_much::sum{6, 1}));
  this->stop(model);
}

TYPED_TEST_P(OwnSql, InAQueryOnlyReads) {
  this->open_journals(1);
  this->write("list", {noted{"milk"}});
  told::in_create = [](sql& db, const std::string& /*text*/) {
    db.run("create table note (text text not null)");
  };
  told::in_apply = [](sql& db, const std::string& text) {
    db.run("insert into note values (?)", text);
  };
  auto model = this->template run_elsewhere<told>();
  const auto count = [](const sql& db) {
    return std::to_string(db.one<int>("select count(*) from note").value_or(-1));
  };
  EXPECT_EQ(*this->ask(*model, told::ask{count}), "1");
  const auto changed = this->ask(*model, told::ask{[](const sql& db) {
    (void)db.one<int>("delete from note returning 1");
    return std::string{};
  }});
  ASSERT_FALSE(changed.has_value());
  EXPECT_EQ(changed.error().what, error::code::bad_input) << describe(changed.error());
  const auto wrong = this->ask(*model, told::ask{[](const sql& db) {
    return db.one<std::string>("select nothing from nowhere").value_or("");
  }});
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().what, error::code::bad_input);
  EXPECT_NE(wrong.error().detail.find("nowhere"), std::string::npos) << wrong.error().detail;
  EXPECT_EQ(*this->ask(*model, told::ask{count}), "1");
  this->stop(model);
}

TYPED_TEST_P(OwnSql, BeginsAnewWithTheModel) {
  this->open_journals(1);
  this->write("ann", {opened{"Ann"}, deposited{5}});
  auto model = this->template run_elsewhere<ledger>();
  EXPECT_EQ(*this->ask(*model, balance_of{"ann"}), (balance{5, 2}));
  ASSERT_TRUE(model->runner->pause().has_value());
  ASSERT_TRUE(model->runner->reset().has_value());
  EXPECT_EQ(*model->read({}).ask(all_sums{}), sums{});
  this->stop(model);
  // What operators want stays.
  model = this->template run_elsewhere<ledger>();
  EXPECT_EQ(*model->read({}).ask(all_sums{}), sums{});
  ASSERT_TRUE(model->runner->resume().has_value());
  EXPECT_EQ(*this->ask(*model, balance_of{"ann"}), (balance{5, 2}));
  this->stop(model);
}

TYPED_TEST_P(OwnSql, OfAnotherVersionStandsBesideTheOldOneUntilItHasCaughtUp) {
  this->open_journals(1);
  this->write("ann", {deposited{5}});
  auto old = this->template run_elsewhere<ledger_at<1>>();
  EXPECT_EQ(*this->ask(*old, balance_of{"ann"}), (balance{5, 1}));
  this->stop(old);
  auto model = this->template run_elsewhere<ledger_at<2>>();
  EXPECT_EQ(*this->ask(*model, balance_of{"ann"}), (balance{5, 1}));
  this->stop(model);
  EXPECT_EQ(this->log_.count("removed what was stored for version 1"), 1);
  EXPECT_EQ(*this->template open_elsewhere<ledger_at<1>>()->checkpoints(),
            persistence::checkpoint_list{0});
}

TYPED_TEST_P(OwnSql, OfAnotherJournalIsOfNoUse) {
  this->open_journals(1);
  this->write("ann", {deposited{5}});
  auto model = this->template run_elsewhere<ledger>();
  EXPECT_EQ(*this->ask(*model, balance_of{"ann"}), (balance{5, 1}));
  this->stop(model);
  const auto other = *this->place_.storage().open(this->template wish<ledger>("another journal"));
  EXPECT_EQ(*other->checkpoints(), persistence::checkpoint_list{0});
  EXPECT_EQ(this->log_.count("is built anew"), 1);
}

TYPED_TEST_P(OwnSql, GivesBackTheValuesThatItWasGiven) {
  const std::string text = "it's \"quoted\" \\ ? $1 \xC3\xA4";
  const std::vector<std::byte> bytes{std::byte{0}, std::byte{255}, std::byte{'\\'}};
  told::in_create = [](sql& db, const std::string& /*text*/) {
    db.run(
        "create table kept (a bigint, b bigint, c double precision, d boolean, e text, f text, "
        "g " +
        std::string{TypeParam::bytes_type} + ", h bigint, i " + std::string{TypeParam::bytes_type} +
        ")");
  };
  const auto done = this->tell([&](sql& db, const std::string& /*note*/) {
    db.run("insert into kept values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
           std::numeric_limits<std::int64_t>::min(),
           std::numeric_limits<std::int64_t>::max(),
           0.1,
           true,
           text,
           std::string_view{},
           bytes,
           std::optional<std::int64_t>{},
           std::vector<std::byte>{});
    int rows = 0;
    db.each("select * from kept", [&](const sql_row& row) {
      ++rows;
      ASSERT_EQ(row.size(), 9U);
      EXPECT_EQ(row.get<std::int64_t>(0), std::numeric_limits<std::int64_t>::min());
      EXPECT_EQ(row.get<std::int64_t>(1), std::numeric_limits<std::int64_t>::max());
      EXPECT_EQ(row.get<double>(2), 0.1);
      EXPECT_TRUE(row.get<bool>(3));
      EXPECT_EQ(row.get<std::string>(4), text);
      EXPECT_EQ(row.get<std::optional<std::string>>(5), "");
      EXPECT_EQ(row.get<std::vector<std::byte>>(6), bytes);
      EXPECT_EQ(row.get<std::optional<std::int64_t>>(7), std::nullopt);
      EXPECT_EQ(row.get<std::vector<std::byte>>(8), std::vector<std::byte>{});
    });
    EXPECT_EQ(rows, 1);
    EXPECT_EQ(db.one<std::int64_t>("select sum(a) + sum(b) from kept"), -1);
    EXPECT_EQ(db.one<std::string>("select e from kept where g = ?", bytes), text);
    EXPECT_EQ(db.one<std::string>("select e from kept where false"), std::nullopt);
  });
  EXPECT_TRUE(done.has_value()) << describe(done.error());
}

TYPED_TEST_P(OwnSql, MayRunOthersWhileRowsAreVisited) {
  told::in_create = [](sql& db, const std::string& /*text*/) {
    db.run("create table number (n bigint primary key, square bigint)");
  };
  const auto done = this->tell([&](sql& db, const std::string& /*note*/) {
    for (int i = 0; i < 600; ++i) {
      db.run("insert into number values (?, null)", i);
    }
    int visits = 0;
    db.each("select n from number order by n", [&](const sql_row& row) {
      const int n = row.get<int>(0);
      db.run("update number set square = ? where n = ?", n * n, n);
      EXPECT_EQ(db.one<int>("select square from number where n = ?", n), n * n);
      return ++visits < 500;
    });
    EXPECT_EQ(visits, 500);
    EXPECT_EQ(db.one<int>("select count(square) from number"), 500);
    // More statements than are kept prepared.
    for (int i = 0; i < 600; ++i) {
      EXPECT_EQ(db.one<int>("select square from number where n = " + std::to_string(i % 300)),
                (i % 300) * (i % 300));
    }
  });
  EXPECT_TRUE(done.has_value()) << describe(done.error());
}

TYPED_TEST_P(OwnSql, ThatWouldEndTheTransactionIsRefused) {
  for (const char* text : {"commit", "/* now */ ROLLBACK", "begin", "; savepoint here"}) {
    SCOPED_TRACE(text);
    const auto done = this->tell([text](sql& db, const std::string& /*note*/) { db.run(text); });
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().what, error::code::bad_input);
    EXPECT_NE(done.error().detail.find("checkpoint"), std::string::npos) << done.error().detail;
  }
}

TYPED_TEST_P(OwnSql, ThatIsUsedWronglyFailsWithASentence) {
  using action = told::action;
  const std::vector<std::pair<std::string, action>> cases{
      {"2 parameters",
       [](sql& db, const std::string&) {
         db.run("select ?, 1 = ?", "a");
       }},
      {"is a text",
       [](sql& db, const std::string&) {
         (void)db.one<int>("select 'a'");
       }},
      {"is NULL",
       [](sql& db, const std::string&) {
         (void)db.one<int>("select null");
       }},
      {"it has 1",
       [](sql& db, const std::string&) {
         db.each("select 1", [](const sql_row& row) { (void)row.get<int>(1); });
       }},
      {"no whole number so large",
       [](sql& db, const std::string&) {
         db.run("select ?", std::numeric_limits<std::uint64_t>::max());
       }},
      {"nonsense", [](sql& db, const std::string&) {
         db.run("nonsense");
       }}};
  for (const auto& [words, what] : cases) {
    SCOPED_TRACE(words);
    const auto done = this->tell(what);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().what, error::code::bad_input);
    EXPECT_NE(done.error().detail.find(words), std::string::npos) << done.error().detail;
  }
}

TYPED_TEST_P(OwnSql, WhoseSchemaCannotBeMadeRefusesTheStart) {
  this->open_journals(1);
  told::in_create = [](sql& db, const std::string& /*text*/) {
    db.run("create nonsense");
  };
  const auto refused = this->place_.storage().open(this->template wish<told>());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().what, error::code::bad_input);
  told::in_create = [](sql& db, const std::string& /*text*/) {
    db.run("create table a (b text)");
  };
  EXPECT_TRUE(this->place_.storage().open(this->template wish<told>()).has_value());
}

TYPED_TEST_P(OwnSql, HasOneWriter) {
  this->open_journals(1);
  const auto view = this->template open_elsewhere<ledger>();
  this->place_.wait_no_longer_than_needed();
  const auto second = this->place_.storage().open(this->template wish<ledger>());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().what, error::code::store_locked) << describe(second.error());
}

/// A model in memory keeps its saved state there.
TYPED_TEST_P(OwnSql, IsNotNeededByAModelInMemory) {
  this->open_journals(1);
  this->write("ann", {deposited{5}, deposited{6}});
  auto model = this->template run_elsewhere<totals>();
  EXPECT_EQ(*this->ask(*model, how_much{}), (how_much::sum{11, 2}));
  this->stop(model);
  model = this->template run_elsewhere<totals>();
  EXPECT_EQ(*this->ask(*model, how_much{}), (how_much::sum{11, 2}));
  EXPECT_EQ(model->runner->status().events_applied, 0U);
  this->stop(model);
}

REGISTER_TYPED_TEST_SUITE_P(OwnSql,
                            IsAppliedAndAsked,
                            ShowsEachEventOnceHoweverTheProcessEnds,
                            ThatFailsStopsTheModelRightBeforeItsEventWithTheWordsOfTheDatabase,
                            ThatFailsMakesADeadLetterOfItsEventAlone,
                            OfDeadLettersIsTriedAgainOneAfterTheOther,
                            InAQueryOnlyReads,
                            BeginsAnewWithTheModel,
                            OfAnotherVersionStandsBesideTheOldOneUntilItHasCaughtUp,
                            OfAnotherJournalIsOfNoUse,
                            GivesBackTheValuesThatItWasGiven,
                            MayRunOthersWhileRowsAreVisited,
                            ThatWouldEndTheTransactionIsRefused,
                            ThatIsUsedWronglyFailsWithASentence,
                            WhoseSchemaCannotBeMadeRefusesTheStart,
                            HasOneWriter,
                            IsNotNeededByAModelInMemory);

}  // namespace cairn::tests
