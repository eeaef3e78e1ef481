#include "view_rows.hpp"

#include "cairn/detail/hidden_tables.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace cairn::postgres {
namespace {

constexpr std::string_view control_rows = "cairn_control";

std::string quoted(const std::string& schema) {
  return '"' + schema + '"';
}

byte_view bytes_of(const PGresult& rows, int row, int column) {
  return as_bytes(
      {PQgetvalue(&rows, row, column), static_cast<std::size_t>(PQgetlength(&rows, row, column))});
}

/// Of a column that was cast to text.
std::uint64_t number_of(const PGresult& rows, int row, int column) {
  const std::string_view text = as_text(bytes_of(rows, row, column));
  std::uint64_t number = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

result<void> run_all(connection& within, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    within.send({text});
  }
  return within.wait();
}

}  // namespace

std::string identity_of(const persistence::view_options& of) {
  return "model " + of.name + "\n" + view_identity(of);
}

bool is_of_model(std::string_view identity, const persistence::view_options& of) {
  return identity.starts_with("model " + of.name + "\n");
}

result<std::optional<std::string>> read_identity(connection& within, const std::string& schema) {
  const std::string table = quoted(schema) + ".cairn_view";
  const detail::sql_value name = std::string_view{table};
  const auto known = within.ask({"select to_regclass($1)::text", {&name, 1}});
  if (!known) return known.error();
  if (PQgetisnull(known->get(), 0, 0) != 0) return std::optional<std::string>{};
  const auto rows = within.ask({"select value from " + table + " where name = 'identity'"});
  if (!rows) return rows.error();
  // Somebody's table of this name, which has nothing of ours.
  if (PQntuples(rows->get()) == 0) return std::optional<std::string>{""};
  return std::optional{std::string{as_text(bytes_of(**rows, 0, 0))}};
}

result<void> make_schema(connection& within,
                         const std::string& schema,
                         const table_set& set,
                         const options& settings) {
  std::vector<std::string> texts{
      // Not "if not exists": what is in somebody else's schema is not ours to drop one day.
      "create schema " + quoted(schema),
      "create table cairn_view (name text primary key, value text not null)",
      "create table cairn_checkpoints (partition integer primary key, applied bigint not null)",
      "create table cairn_counts (name text primary key, rows bigint not null)",
      "create table cairn_state (id integer primary key check (id = 0), schema_version bigint not "
      "null, checkpoints bytea not null, bytes bytea not null)"};
  for (const row_statements& one : set.tables) {
    texts.push_back("create table " + one.name + " (key bytea primary key, value bytea not null)");
  }
  if (auto made = run_all(within, texts); !made) return made;
  const std::string identity = identity_of(set.settings);
  const detail::sql_value value = std::string_view{identity};
  within.send({"insert into cairn_view values ('identity', $1)", {&value, 1}});
  if (auto said = within.wait(); !said) return said;
  if (!set.settings.create_schema) return {};
  postgres_tables tables{within, set, settings, nullptr};
  return set.settings.create_schema(tables);
}

result<void> drop_schema(connection& within, const std::string& schema) {
  return run_all(within, {"drop schema if exists " + quoted(schema) + " cascade"});
}

result<persistence::checkpoint_list> read_checkpoints(connection& within, const table_set& set) {
  persistence::checkpoint_list reached(set.settings.partitions);
  const auto rows = within.ask({"select partition::text, applied::text from cairn_checkpoints"});
  if (!rows) return rows.error();
  for (int row = 0; row < PQntuples(rows->get()); ++row) {
    const std::uint64_t partition = number_of(**rows, row, 0);
    if (partition >= reached.size()) {
      return error{error::code::corrupt, "the checkpoints of " + view_label(set.settings)};
    }
    reached[partition] = number_of(**rows, row, 1);
  }
  return reached;
}

void write_checkpoints(connection& within, const persistence::checkpoint_list& reached) {
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const std::array<detail::sql_value, 2> row{static_cast<std::int64_t>(i),
                                               static_cast<std::int64_t>(reached[i])};
    within.send(
        {"insert into cairn_checkpoints values ($1, $2) on conflict (partition) do update "
         "set applied = excluded.applied "
         "where cairn_checkpoints.applied <> excluded.applied",
         row});
  }
}

void write_state(connection& within,
                 byte_view state,
                 std::uint32_t schema_version,
                 const persistence::checkpoint_list& reached) {
  byte_buffer offsets;
  for (const std::uint64_t offset : reached) {
    offsets.append_little(offset);
  }
  const std::array<detail::sql_value, 3> row{std::int64_t{schema_version}, offsets.view(), state};
  within.send(
      {"insert into cairn_state values (0, $1, $2, $3) on conflict (id) do update set "
       "schema_version = excluded.schema_version, checkpoints = excluded.checkpoints, "
       "bytes = excluded.bytes",
       row});
}

result<std::optional<persistence::saved_state>> read_state(connection& within,
                                                           const table_set& set) {
  const auto rows =
      within.ask({"select schema_version::text, checkpoints, bytes from cairn_state"});
  if (!rows) return rows.error();
  if (PQntuples(rows->get()) == 0) return std::optional<persistence::saved_state>{};
  persistence::saved_state saved;
  saved.schema_version = static_cast<std::uint32_t>(number_of(**rows, 0, 0));
  byte_reader offsets{bytes_of(**rows, 0, 1)};
  for (std::size_t i = 0; i < set.settings.partitions; ++i) {
    saved.checkpoints.push_back(offsets.read_little<std::uint64_t>());
  }
  if (offsets.failed() || offsets.left() != 0) {
    return error{error::code::corrupt, "the saved state of " + view_label(set.settings)};
  }
  const byte_view bytes = bytes_of(**rows, 0, 2);
  saved.bytes.assign(bytes.begin(), bytes.end());
  return std::optional{std::move(saved)};
}

result<void> forget_all(connection& within,
                        const std::string& schema,
                        const table_set& set,
                        const options& settings) {
  const bool has_control =
      std::any_of(set.tables.begin(), set.tables.end(), [](const row_statements& one) {
        return one.name == control_rows;
      });
  answer kept;
  if (has_control) {
    auto asked = within.ask({"select key, value from cairn_control"});
    if (!asked) return asked.error();
    kept = *std::move(asked);
  }
  if (auto done = drop_schema(within, schema); !done) return done;
  // The same texts are about other tables now.
  within.forget_statements();
  if (auto done = make_schema(within, schema, set, settings); !done) return done;
  const int rows = kept ? PQntuples(kept.get()) : 0;
  for (int row = 0; row < rows; ++row) {
    const std::array<detail::sql_value, 2> values{bytes_of(*kept, row, 0), bytes_of(*kept, row, 1)};
    within.send({"insert into cairn_control values ($1, $2)", values});
  }
  if (rows > 0) {
    const detail::sql_value count = std::int64_t{rows};
    within.send({"insert into cairn_counts values ('cairn_control', $1)", {&count, 1}});
  }
  return within.wait();
}

}  // namespace cairn::postgres
