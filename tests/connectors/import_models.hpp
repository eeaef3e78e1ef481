#pragma once

#include "crash/moved_money.hpp"

#include "cairn/cairn.hpp"
#include "cairn/sql.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

// What an import leads to, in read models of every kind: each answers `everything` with all that it
// has, as text.

namespace cairn::tests {

struct everything {
  using answer = std::string;
};

/// What an account holds, and how often it was changed.
struct holding {
  std::int64_t cents = 0;
  std::uint64_t deposits = 0;
  std::uint64_t withdrawals = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(
        ar, field("cents", cents), field("deposits", deposits), field("withdrawals", withdrawals));
  }
};

/// In tables, with an index.
struct held {
  static constexpr std::string_view stable_name = "import.held";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<bank::account>>;
  struct tables {
    table<std::string, holding, indexed_by<"cents", &holding::cents>> accounts;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("accounts", accounts));
    }
  };
  static void apply(tables& now, const recorded<bank::opened>& fact) {
    now.accounts.update(std::string{fact.meta.aggregate_id}, [](holding&) {});
  }
  static void apply(tables& now, const recorded<bank::deposited>& fact) {
    now.accounts.update(std::string{fact.meta.aggregate_id}, [&](holding& one) {
      one.cents += fact->cents;
      ++one.deposits;
    });
  }
  static void apply(tables& now, const recorded<bank::withdrawn>& fact) {
    now.accounts.update(std::string{fact.meta.aggregate_id}, [&](holding& one) {
      one.cents -= fact->cents;
      ++one.withdrawals;
    });
  }
  static std::string query(const tables& now, const everything& /*question*/) {
    std::string text;
    now.accounts.by<"cents">().all([&](const std::string& id, const holding& one) {
      text += id + " " + std::to_string(one.cents) + " " + std::to_string(one.deposits) + " " +
              std::to_string(one.withdrawals) + "\n";
    });
    return text;
  }
};

struct held_in_sqlite : held {
  static constexpr std::string_view stable_name = "import.held_in_sqlite";
};
struct held_in_postgres : held {
  static constexpr std::string_view stable_name = "import.held_in_postgres";
};

/// In four parts by slice.
struct held_in_parts : held {
  static constexpr std::string_view stable_name = "import.held_in_parts";
  static std::string merge(const everything& /*question*/, std::vector<std::string> parts) {
    std::sort(parts.begin(), parts.end());
    std::string text;
    for (const std::string& part : parts)
      text += part;
    return text;
  }
};

/// By SQL of its own.
struct held_by_sql {
  static constexpr std::string_view stable_name = "import.held_by_sql";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<bank::account>>;
  struct tables {
    cairn::sql sql;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("sql", sql)); }
  };
  static void create(cairn::sql& sql) {
    sql.run(
        "create table holding (id text primary key, cents bigint not null, "
        "changes bigint not null)");
  }
  static void apply(tables& now, const recorded<bank::opened>& fact) { add(now, fact.meta, 0); }
  static void apply(tables& now, const recorded<bank::deposited>& fact) {
    add(now, fact.meta, fact->cents);
  }
  static void apply(tables& now, const recorded<bank::withdrawn>& fact) {
    add(now, fact.meta, -fact->cents);
  }
  static std::string query(const tables& now, const everything& /*question*/) {
    std::string text;
    now.sql.each("select id, cents, changes from holding order by id", [&](const sql_row& row) {
      text += row.get<std::string>(0) + " " + std::to_string(row.get<std::int64_t>(1)) + " " +
              std::to_string(row.get<std::int64_t>(2)) + "\n";
    });
    return text;
  }

 private:
  static void add(tables& now, const event_metadata& meta, std::int64_t cents) {
    now.sql.run(
        "insert into holding values (?, ?, 1) on conflict (id) do update set "
        "cents = holding.cents + excluded.cents, changes = holding.changes + 1",
        meta.aggregate_id,
        cents);
  }
};

struct held_by_sql_in_postgres : held_by_sql {
  static constexpr std::string_view stable_name = "import.held_by_sql_in_postgres";
};

/// In memory: how each transfer ended, and how many events of accounts there were.
struct ends {
  static constexpr std::string_view stable_name = "import.ends";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<bank::transfer>, all_of<bank::account>>;
  struct state {
    std::map<std::string, std::string> by_transfer;
    std::uint64_t of_accounts = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("by_transfer", by_transfer), field("of_accounts", of_accounts));
    }
  };
  static void apply(state& now, const recorded<bank::transfer_started>& fact) {
    now.by_transfer[std::string{fact.meta.aggregate_id}] += "started ";
  }
  static void apply(state& now, const recorded<bank::transfer_finished>& fact) {
    now.by_transfer[std::string{fact.meta.aggregate_id}] += "finished ";
  }
  static void apply(state& now, const recorded<bank::transfer_failed>& fact) {
    now.by_transfer[std::string{fact.meta.aggregate_id}] += "failed: " + fact->why + " ";
  }
  static void apply(state& now, const recorded<bank::opened>&) { ++now.of_accounts; }
  static void apply(state& now, const recorded<bank::deposited>&) { ++now.of_accounts; }
  static void apply(state& now, const recorded<bank::withdrawn>&) { ++now.of_accounts; }
  static std::string query(const state& now, const everything& /*question*/) {
    std::string text = std::to_string(now.of_accounts) + " events of accounts\n";
    for (const auto& [id, story] : now.by_transfer)
      text.append(id).append(" ").append(story).append("\n");
    return text;
  }
};

}  // namespace cairn::tests
