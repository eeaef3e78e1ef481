#include "apply/placed_models.hpp"
#include "limit/plain_rows.hpp"
#include "replay/filled_store.hpp"
#include "support/campaign.hpp"
#include "support/options.hpp"

#include "cairn/persistence/store.hpp"
#ifdef CAIRN_HAS_POSTGRES
#include "cairn/postgres.hpp"
#endif
#ifdef CAIRN_HAS_SQLITE
#include "cairn/sqlite.hpp"
#endif

#include <chrono>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bench {
namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;
namespace store = cairn::persistence;

constexpr const char* schema_prefix = "cairn_bench";

struct timed {
  double rows_per_s = 0;
  std::string trouble;
};

/// Where rows go: through a read model, and in bulk.
struct place {
  std::string name;
  std::function<timed(const filled_store&)> apply;
  /// Empty: there is nothing to compare with.
  std::function<plain_load()> load;
};

/// What the read models make of the log, for the bulk loads.
std::vector<plain_row> rows_of(const filled_store& filled) {
  const store::name_list no_names;
  const auto opened = store::store::open(filled.settings(), no_names, cairn::silent_log());
  if (!opened) throw std::runtime_error{describe(opened.error())};
  std::vector<plain_row> rows;
  rows.reserve(filled.events());
  const auto visit = [&](const store::commit_view& commit) {
    std::uint64_t at = commit.first_offset();
    return commit.each_event([&](const store::event_view& fact) -> cairn::result<void> {
      const auto event = cairn::decode<added>(fact.payload);
      if (!event) return event.error();
      rows.push_back({at++, std::string{commit.aggregate_id()}, event->amount});
      return {};
    });
  };
  store::log_cursor at;
  for (std::uint64_t news = 1; news != 0;) {
    const auto read = (*opened)->journals().front()->read(at, 10'000, visit);
    if (!read) throw std::runtime_error{describe(read.error())};
    news = *read;
  }
  return rows;
}

/// From the start of a runtime until the new read model has everything.
template <class Model>
timed apply_into(const filled_store& filled,
                 std::uint32_t slices,
                 const cairn::read_model_storage& stored_in = {}) {
  cairn::config settings = filled.settings();
  settings.read_model_snapshot_every = 0;
  std::filesystem::remove_all(settings.store / "views");
  cairn::builder parts{settings};
  parts.add<tally>().add_read_model<Model>({.stored_in = stored_in, .slices = slices});
  const steady::time_point begin = steady::now();
  auto app = parts.start();
  if (!app) return {0, describe(app.error())};
  const auto reader = app->template read<Model>({.caught_up = true, .timeout = 60min});
  if (auto ready = reader.wait(); !ready) return {0, describe(ready.error())};
  timed out{static_cast<double>(filled.events()) / seconds_of(steady::now() - begin), {}};
  const auto all = reader.ask(everything{});
  if (!all) return {0, describe(all.error())};
  if (*all != filled.sum()) out.trouble = "the read model is wrong";
  return out;
}

std::vector<place> all_places(const options& chosen,
                              const std::filesystem::path& scratch,
                              const std::vector<plain_row>& rows) {
  std::vector<place> all;
  const std::uint32_t slices = chosen.slices;
  all.push_back(
      {"memory",
       [slices](const filled_store& from) { return apply_into<placed_in_memory>(from, slices); },
       {}});
  all.push_back(
      {"LMDB, table",
       [slices](const filled_store& from) { return apply_into<placed_in_table>(from, slices); },
       [&rows, scratch] {
         std::filesystem::remove_all(scratch / "lmdb");
         return load_into_lmdb(scratch / "lmdb", rows);
       }});
#ifdef CAIRN_HAS_SQLITE
  const auto in_sqlite = [scratch] {
    std::filesystem::remove_all(scratch / "sqlite");
    return cairn::sqlite::folder(scratch / "sqlite");
  };
  const auto load_sqlite = [&rows, scratch] {
    for (const char* part : {"", "-wal", "-shm"}) {
      std::filesystem::remove((scratch / "plain.db").string() + part);
    }
    return load_into_sqlite(scratch / "plain.db", rows);
  };
  all.push_back({"SQLite, table",
                 [slices, in_sqlite](const filled_store& from) {
                   return apply_into<placed_in_table>(from, slices, in_sqlite());
                 },
                 load_sqlite});
  all.push_back({"SQLite, own SQL",
                 [slices, in_sqlite](const filled_store& from) {
                   return apply_into<placed_by_sql>(from, slices, in_sqlite());
                 },
                 load_sqlite});
#else
  std::cerr << "SQLite is left out: it was not there when this was built\n";
#endif
#ifdef CAIRN_HAS_POSTGRES
  if (chosen.postgres.empty()) {
    std::cerr << "PostgreSQL is left out: --postgres says how a server is reached\n";
    return all;
  }
  const std::string where = chosen.postgres;
  const auto in_postgres = [where] {
    drop_schemas(where, schema_prefix);
    return cairn::postgres::database(where, {.schema_prefix = schema_prefix});
  };
  const auto load_postgres = [&rows, where] {
    return load_into_postgres(where, rows);
  };
  all.push_back({"PostgreSQL, table",
                 [slices, in_postgres](const filled_store& from) {
                   return apply_into<placed_in_table>(from, slices, in_postgres());
                 },
                 load_postgres});
  all.push_back({"PostgreSQL, own SQL",
                 [slices, in_postgres](const filled_store& from) {
                   return apply_into<placed_by_sql>(from, slices, in_postgres());
                 },
                 load_postgres});
#else
  std::cerr << "PostgreSQL is left out: it was not there when this was built\n";
#endif
  return all;
}

/// Rows per second of a bulk load, if what was read back is right.
timed load(const place& where, const filled_store& filled) {
  const plain_load done = where.load();
  timed out{static_cast<double>(filled.events()) / done.seconds, {}};
  if (done.count != filled.sum().count || done.sum != filled.sum().sum) {
    out.trouble = "the bulk load is wrong";
  }
  return out;
}

}  // namespace

bool run_apply(const options& chosen) {
  campaign run{"apply", chosen};
  report out{std::cout,
             chosen.json,
             {{"into", "applied into", 20},
              {"slices", "slices", 8},
              {"events_per_s", "events/s", 14},
              {"bulk_per_s", "bulk rows/s", 14},
              {"ratio", "ratio", 8, 2},
              {"events", "events", 12},
              {"verified", "verified"}}};
  run.before_each("filling a store");
  const std::uint64_t each = std::max<std::uint64_t>(chosen.events / chosen.aggregates, 1);
  const filled_store filled{chosen, chosen.aggregates, each};
  const scratch_directory scratch{chosen.store};
  const std::vector<plain_row> rows = rows_of(filled);
  for (const place& one : all_places(chosen, scratch.path(), rows)) {
    run.before_each(one.name);
    std::vector<double> rates;
    std::vector<double> bulk_rates;
    bool good = true;
    for (std::uint32_t round = 0; round < chosen.rounds; ++round) {
      const timed applied = one.apply(filled);
      good = run.judged(applied.trouble) && good;
      rates.push_back(applied.rows_per_s);
      if (!one.load) continue;
      const timed loaded = load(one, filled);
      good = run.judged(loaded.trouble) && good;
      bulk_rates.push_back(loaded.rows_per_s);
    }
    row line = run.begin_row();
    line.set("into", one.name).set("slices", std::uint64_t{chosen.slices});
    line.set("events_per_s", median_of(rates));
    if (one.load) {
      line.set("bulk_per_s", median_of(bulk_rates));
      line.set("ratio", median_of(rates) / median_of(bulk_rates));
    }
    line.set("events", filled.events());
    run.finish_row(line, good);
    out.add(line);
  }
#ifdef CAIRN_HAS_POSTGRES
  if (!chosen.postgres.empty()) drop_schemas(chosen.postgres, schema_prefix);
#endif
  return run.good();
}

}  // namespace bench
