#pragma once

#include "support/read_model_fixture.hpp"

#include "cairn/read_model_storage.hpp"
#include "cairn/sql.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Read models with SQL of their own, which every database that Cairn knows must understand.

namespace cairn::tests {

using sums = std::vector<std::pair<std::string, std::int64_t>>;

/// Asks for all accounts and what they hold, by id.
struct all_sums {
  using answer = sums;
};

/// Balances in a table of the database, beside rows of Cairn's: both must always say the same.
template <std::uint32_t Version> struct ledger_at {
  static constexpr std::string_view stable_name = "test.ledger";
  static constexpr std::uint32_t version = Version;
  using sources = cairn::sources<cairn::all_of<bank_account>>;

  struct tables {
    cairn::sql sql;
    cairn::table<std::string, std::uint64_t> events;
    template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
      cairn::fields(ar, cairn::field("sql", sql), cairn::field("events", events));
    }
  };

  static void create(cairn::sql& db) {
    db.run(
        "create table balance (id text primary key, owner text, cents bigint not null, "
        "events bigint not null)");
    db.run("create index balance_by_cents on balance (cents)");
  }
  static void apply(tables& now, const cairn::recorded<opened>& fact) {
    now.sql.run("insert into balance values (?, ?, 0, 1)", fact.meta.aggregate_id, fact->owner);
    count(now, fact.meta);
  }
  static void apply(tables& now, const cairn::recorded<deposited>& fact) {
    now.sql.run(
        "insert into balance values (?, null, ?, 1) on conflict (id) do update set cents = "
        "balance.cents + excluded.cents, events = balance.events + 1",
        fact.meta.aggregate_id,
        fact->cents);
    count(now, fact.meta);
  }

  /// In cents and in both numbers of events, if they agree.
  static balance_of::balance query(const tables& now, const balance_of& question) {
    balance_of::balance found;
    now.sql.each(
        "select cents, events from balance where id = ?",
        [&found](const cairn::sql_row& row) {
          found = {row.get<std::int64_t>(0), row.get<std::uint64_t>(1)};
        },
        question.id);
    if (now.events.get(question.id).value_or(0) != found.events) return {-1, found.events};
    return found;
  }
  static sums query(const tables& now, const all_sums& /*question*/) {
    sums all;
    now.sql.each("select id, cents from balance order by id", [&all](const cairn::sql_row& row) {
      all.emplace_back(row.get<std::string>(0), row.get<std::int64_t>(1));
    });
    return all;
  }

 private:
  static void count(tables& now, const cairn::event_metadata& meta) {
    now.events.update(std::string{meta.aggregate_id}, [](std::uint64_t& events) { ++events; });
  }
};
using ledger = ledger_at<1>;

/// Runs what a test tells it to, in `apply` of a note and in a query.
struct told {
  static constexpr std::string_view stable_name = "test.told";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<notes>>;

  struct tables {
    cairn::sql sql;
    template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
      cairn::fields(ar, cairn::field("sql", sql));
    }
  };
  using action = std::function<void(cairn::sql&, const std::string& text)>;
  static inline action in_create;
  static inline action in_apply;

  struct ask {
    using answer = std::string;
    std::function<std::string(const cairn::sql&)> look;
  };

  static void create(cairn::sql& db) {
    if (in_create) in_create(db, {});
  }
  static void apply(tables& now, const cairn::recorded<noted>& fact) {
    in_apply(now.sql, fact->text);
  }
  static std::string query(const tables& now, const ask& question) {
    return question.look(now.sql);
  }
};

/// Names of which each may be given once: the database says so.
struct names_once {
  static constexpr std::string_view stable_name = "test.names_once";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<bank_account>>;

  struct tables {
    cairn::sql sql;
    template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
      cairn::fields(ar, cairn::field("sql", sql));
    }
  };
  static void create(cairn::sql& db) {
    db.run("create table owner (name text primary key, id text not null)");
    db.run("create table paid (id text not null, cents bigint not null)");
  }
  static void apply(tables& now, const cairn::recorded<opened>& fact) {
    now.sql.run("insert into owner values (?, ?)", fact->owner, fact.meta.aggregate_id);
  }
  static void apply(tables& now, const cairn::recorded<deposited>& fact) {
    now.sql.run("insert into paid values (?, ?)", fact.meta.aggregate_id, fact->cents);
  }
  static how_much::sum query(const tables& now, const how_much& /*question*/) {
    return {now.sql.one<std::optional<std::int64_t>>("select sum(cents) from paid")
                .value_or(std::nullopt)
                .value_or(0),
            now.sql.one<std::uint64_t>("select count(*) from owner").value_or(0)};
  }
};

/// Journals, and read models that are stored in `Place`, which has `read_model_storage storage()`.
template <class Place> class stored_elsewhere : public read_model_fixture {
 protected:
  template <class M> persistence::view_options wish(std::string journal = "the journal") {
    const auto type = std::make_shared<detail::typed_read_model<M>>();
    persistence::view_options out{.name = std::string{type->name()},
                                  .version = type->version(),
                                  .tables = type->table_names(),
                                  .partitions = journals_.size(),
                                  .journal_id = std::move(journal),
                                  .log = log_.sink()};
    if (type->uses_sql()) {
      out.create_schema = [type](detail::table_store& rows) {
        return type->create_schema(rows);
      };
    }
    return out;
  }
  template <class M> std::shared_ptr<persistence::view> open_elsewhere() {
    auto opened = place_.storage().open(wish<M>());
    EXPECT_TRUE(opened.has_value()) << describe(opened.error());
    return *std::move(opened);
  }
  template <class M>
  std::unique_ptr<running<M>> run_elsewhere(actors::read_model_runner::options options = quick()) {
    return run_on<M>(open_elsewhere<M>(), std::move(options));
  }

  /// An answer that shows everything.
  template <class M, class Question> auto ask(running<M>& model, Question question) {
    return model.read({.caught_up = true, .timeout = std::chrono::seconds{60}})
        .ask(std::move(question));
  }

  [[nodiscard]] static actors::read_model_runner::options parking() {
    auto options = quick();
    options.attempts = 2;
    options.on_failure = failure_policy::park;
    return options;
  }

  Place place_;
};

}  // namespace cairn::tests
