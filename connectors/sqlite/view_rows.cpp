#include "view_rows.hpp"

#include "cairn/detail/hidden_tables.hpp"

#include <array>

namespace cairn::sqlite {
namespace {

constexpr std::string_view control_rows = "cairn_control";

result<void> create_schema(connection& within, const table_set& set) {
  if (!set.settings.create_schema) return {};
  sqlite_tables tables{within, set};
  return set.settings.create_schema(tables);
}

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char letter : name) {
    text += letter;
    if (letter == '"') text += letter;
  }
  return text + '"';
}

/// What the read model's own SQL has made. Tables of an extension's own, such as those of a full
/// text index, go with what they belong to.
result<void> drop_schema(connection& within) {
  while (true) {
    std::string drop;
    {
      auto own = within.prepare(
          "select type, name from sqlite_schema where type in ('table', 'view', 'trigger') and "
          "name not like 'cairn~_%' escape '~' and name not like 'sqlite~_%' escape '~' and "
          "name not in (select name from pragma_table_list where type = 'shadow') "
          "order by type = 'table', sql not like 'create virtual%' limit 1");
      if (!own) return own.error();
      const auto row = own->step();
      if (!row) return row.error();
      if (!*row) return {};
      drop = "drop " + std::string{as_text(own->bytes(0))} + ' ' + quoted(as_text(own->bytes(1)));
    }
    if (auto done = within.run(drop); !done) return done;
  }
}

}  // namespace

result<bool> make_tables(connection& within, const table_set& set) {
  constexpr std::array ours{
      "create table if not exists cairn_view (name text primary key, value text not null)",
      "create table if not exists cairn_checkpoints (partition integer primary key, "
      "applied integer not null)",
      "create table if not exists cairn_counts (name text primary key, rows integer not null)",
      "create table if not exists cairn_state (id integer primary key check (id = 0), "
      "schema_version integer not null, checkpoints blob not null, bytes blob not null)"};
  for (const char* text : ours) {
    if (auto done = within.run(text); !done) return done.error();
  }
  const std::string identity = view_identity(set.settings);
  bool is_new = false;
  {
    auto known = within.prepare("select value from cairn_view where name = 'identity'");
    if (!known) return known.error();
    const auto row = known->step();
    if (!row) return row.error();
    is_new = !*row;
    if (*row && as_text(known->bytes(0)) != identity) return false;
  }
  for (const row_statements& one : set.tables) {
    auto made = within.run("create table if not exists " + one.name +
                           " (key blob primary key, value blob not null) without rowid");
    if (!made) return made.error();
  }
  if (!is_new) return true;
  const detail::sql_value value = std::string_view{identity};
  auto said = within.run("insert into cairn_view values ('identity', ?)", {&value, 1});
  if (!said) return said.error();
  if (auto created = create_schema(within, set); !created) return created.error();
  return true;
}

result<persistence::checkpoint_list> read_checkpoints(connection& within, const table_set& set) {
  persistence::checkpoint_list reached(set.settings.partitions);
  auto rows = within.prepare("select partition, applied from cairn_checkpoints");
  if (!rows) return rows.error();
  while (true) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return reached;
    const std::int64_t partition = rows->number(0);
    if (partition < 0 || std::cmp_greater_equal(partition, reached.size())) {
      return error{error::code::corrupt, "the checkpoints of " + view_label(set.settings)};
    }
    reached[static_cast<std::size_t>(partition)] = static_cast<std::uint64_t>(rows->number(1));
  }
}

result<void> write_checkpoints(connection& within, const persistence::checkpoint_list& reached) {
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const std::array<detail::sql_value, 2> row{static_cast<std::int64_t>(i),
                                               static_cast<std::int64_t>(reached[i])};
    auto done = within.run(
        "insert into cairn_checkpoints values (?, ?) on conflict (partition) do update set applied "
        "= excluded.applied where applied <> excluded.applied",
        row);
    if (!done) return done;
  }
  return {};
}

result<void> write_state(connection& within,
                         byte_view state,
                         std::uint32_t schema_version,
                         const persistence::checkpoint_list& reached) {
  byte_buffer offsets;
  for (const std::uint64_t offset : reached) {
    offsets.append_little(offset);
  }
  const std::array<detail::sql_value, 3> row{std::int64_t{schema_version}, offsets.view(), state};
  return within.run("insert or replace into cairn_state values (0, ?, ?, ?)", row);
}

result<std::optional<persistence::saved_state>> read_state(connection& within,
                                                           const table_set& set) {
  auto rows = within.prepare("select schema_version, checkpoints, bytes from cairn_state");
  if (!rows) return rows.error();
  const auto row = rows->step();
  if (!row) return row.error();
  if (!*row) return std::optional<persistence::saved_state>{};
  persistence::saved_state saved;
  saved.schema_version = static_cast<std::uint32_t>(rows->number(0));
  byte_reader offsets{rows->bytes(1)};
  for (std::size_t i = 0; i < set.settings.partitions; ++i) {
    saved.checkpoints.push_back(offsets.read_little<std::uint64_t>());
  }
  if (offsets.failed() || offsets.left() != 0) {
    return error{error::code::corrupt, "the saved state of " + view_label(set.settings)};
  }
  const byte_view bytes = rows->bytes(2);
  saved.bytes.assign(bytes.begin(), bytes.end());
  return std::optional{std::move(saved)};
}

result<void> forget_all(connection& within, const table_set& set) {
  if (auto done = drop_schema(within); !done) return done;
  for (const row_statements& one : set.tables) {
    if (one.name == control_rows) continue;
    if (auto done = within.run("delete from " + one.name); !done) return done;
  }
  constexpr std::array ours{"delete from cairn_checkpoints",
                            "delete from cairn_counts where name <> 'cairn_control'",
                            "delete from cairn_state"};
  for (const char* text : ours) {
    if (auto done = within.run(text); !done) return done;
  }
  return create_schema(within, set);
}

}  // namespace cairn::sqlite
