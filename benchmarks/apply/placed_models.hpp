#pragma once

#include "commands/read_models.hpp"
#include "commands/tally.hpp"

#include "cairn/read_model.hpp"
#include "cairn/sql.hpp"
#include "cairn/table.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The same read model in three ways: a row for each event, by its place. So it leaves what a bulk
// load of these rows leaves. Each can be kept in parts, by slice.

namespace bench {

struct placed {
  std::string id;
  std::int64_t amount = 0;

  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("id", id), cairn::field("amount", amount));
  }
};

/// What several parts say together.
inline tally::state together(const std::vector<tally::state>& parts) {
  tally::state all;
  for (const tally::state& one : parts) {
    all.count += one.count;
    all.sum += one.sum;
  }
  return all;
}

struct placed_in_memory {
  static constexpr std::string_view stable_name = "bench.placed_in_memory";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<tally>>;
  struct state {
    std::vector<placed> rows;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, cairn::field("rows", rows));
    }
  };

  static void apply(state& now, const cairn::recorded<added>& fact) {
    now.rows.push_back({std::string{fact.meta.aggregate_id}, fact->amount});
  }
  static tally::state query(const state& now, const everything& /*question*/) {
    tally::state all{now.rows.size(), 0};
    for (const placed& one : now.rows) {
      all.sum += one.amount;
    }
    return all;
  }
  static tally::state merge(const everything& /*question*/,
                            const std::vector<tally::state>& parts) {
    return together(parts);
  }
};

struct placed_in_table {
  static constexpr std::string_view stable_name = "bench.placed_in_table";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<tally>>;
  struct tables {
    cairn::table<std::uint64_t, placed> by_place;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, cairn::field("by_place", by_place));
    }
  };

  static void apply(tables& now, const cairn::recorded<added>& fact) {
    now.by_place.put(fact.meta.position.offset,
                     {std::string{fact.meta.aggregate_id}, fact->amount});
  }
  static tally::state query(const tables& now, const everything& /*question*/) {
    tally::state all;
    now.by_place.each([&all](std::uint64_t /*place*/, const placed& one) {
      ++all.count;
      all.sum += one.amount;
    });
    return all;
  }
  static tally::state merge(const everything& /*question*/,
                            const std::vector<tally::state>& parts) {
    return together(parts);
  }
};

struct placed_by_sql {
  static constexpr std::string_view stable_name = "bench.placed_by_sql";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<tally>>;
  struct tables {
    cairn::sql sql;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, cairn::field("sql", sql));
    }
  };

  static void create(cairn::sql& db) {
    db.run(
        "create table placed (place bigint primary key, id text not null, amount bigint not null)");
  }
  static void apply(tables& now, const cairn::recorded<added>& fact) {
    now.sql.run("insert into placed values (?, ?, ?)",
                fact.meta.position.offset,
                fact.meta.aggregate_id,
                fact->amount);
  }
  static tally::state query(const tables& now, const everything& /*question*/) {
    tally::state all;
    now.sql.each("select count(*), sum(amount) from placed", [&all](const cairn::sql_row& row) {
      all = {row.get<std::uint64_t>(0), row.get<std::int64_t>(1)};
    });
    return all;
  }
  static tally::state merge(const everything& /*question*/,
                            const std::vector<tally::state>& parts) {
    return together(parts);
  }
};

}  // namespace bench
