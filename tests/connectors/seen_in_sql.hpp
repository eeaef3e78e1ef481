#pragma once

#include "crash/note.hpp"

#include "cairn/cairn.hpp"

#include <map>
#include <string>
#include <tuple>

namespace cairn::tests {

/// Where each note stands, and how often it was applied, in a table of a database.
struct seen_in_sql {
  static constexpr std::string_view stable_name = "seen";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<notebook>>;

  struct tables {
    sql database;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("database", database));
    }
  };

  static void create(sql& database) {
    database.run(
        "create table note (round bigint, client bigint, number bigint, place bigint not null, "
        "times bigint not null, primary key (round, client, number))");
  }
  static void apply(tables& now, const recorded<note>& fact) {
    now.database.run(
        "insert into note values (?, ?, ?, ?, 1) on conflict (round, client, number) do update "
        "set times = note.times + 1",
        fact->round,
        fact->client,
        fact->count,
        fact.meta.position.offset);
  }

  struct everything {
    using answer = std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>,
                            std::pair<std::uint64_t, std::uint32_t>>;
  };
  /// By note: its offset, and how often it was applied.
  static everything::answer query(const tables& now, const everything& /*question*/) {
    everything::answer all;
    now.database.each(
        "select round, client, number, place, times from note", [&all](const sql_row& row) {
          all[{row.get<std::uint32_t>(0), row.get<std::uint32_t>(1), row.get<std::uint64_t>(2)}] = {
              row.get<std::uint64_t>(3), row.get<std::uint32_t>(4)};
        });
    return all;
  }
};

}  // namespace cairn::tests
