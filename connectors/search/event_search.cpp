#include "cairn/event_search.hpp"

#include "search_condition.hpp"
#include "search_text.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cairn {

void event_search::create(cairn::sql& sql) {
  sql.run(
      "create table kind (id integer primary key, aggregate_type text not null, "
      "event_type text not null, unique (aggregate_type, event_type))");
  sql.run(
      "create table event (number integer primary key, part integer not null, "
      "place integer not null, kind integer not null, aggregate_id text not null, "
      "time integer not null, principal text, correlation text, command text)");
  sql.run(
      "create table tag (name text not null, number integer not null, "
      "primary key (name, number)) without rowid");
  sql.run("create index event_kind on event (kind)");
  sql.run("create index event_aggregate on event (aggregate_id)");
  sql.run("create index event_time on event (time)");
  sql.run("create index event_principal on event (principal) where principal is not null");
  sql.run("create index event_correlation on event (correlation) where correlation is not null");
  sql.run("create index event_command on event (command) where command is not null");
  // Without the texts themselves: who finds an event reads it in the journal.
  sql.run(
      "create virtual table words using fts5 (about, body, content = '', "
      "tokenize = 'unicode61 remove_diacritics 2')");
}

namespace {

/// Nothing for an empty text, which is then not in an index.
template <class Id> std::optional<std::string_view> some(const Id& id) {
  if (id.empty()) return std::nullopt;
  return std::string_view{id.text()};
}

/// What a plain word may find beside the event's own fields.
std::string about(const recorded_event& fact) {
  std::string text = fact.event_type + " " + fact.aggregate_type + " " + fact.aggregate_id + " " +
                     fact.principal.text();
  for (const std::string& tag : fact.tags)
    text.append(" ").append(tag);
  return text;
}

}  // namespace

void event_search::apply(tables& now, const recorded_event& fact) {
  now.sql.run("insert into kind (aggregate_type, event_type) values (?, ?) on conflict do nothing",
              fact.aggregate_type,
              fact.event_type);
  now.sql.run(
      "insert into event select (select coalesce(max(number), 0) + 1 from event), ?, ?, "
      "id, ?, ?, ?, ?, ? from kind where aggregate_type = ? and event_type = ?",
      fact.position.partition.value,
      fact.position.offset,
      fact.aggregate_id,
      fact.time.time_since_epoch().count(),
      some(fact.principal),
      some(fact.correlation_id),
      some(fact.command_id),
      fact.aggregate_type,
      fact.event_type);
  // Names and values of all fields, however deep.
  now.sql.run(
      "insert into words (rowid, about, body) select (select max(number) from event), ?, "
      "(select group_concat(case typeof(key) when 'text' then key || ' ' else '' end || "
      "case when type in ('true', 'false') then type else coalesce(atom, '') end, char(10)) "
      "from json_tree(?))",
      about(fact),
      fact.json);
  for (const std::string& tag : fact.tags) {
    now.sql.run(
        "insert into tag select ?, max(number) from event where true on conflict do nothing", tag);
  }
}

event_search::newest::answer event_search::query(const tables& now, const newest& question) {
  const auto tree = detail::parse_search(question.text);
  if (!tree) return tree.error();
  auto condition = detail::condition_of(*tree);
  if (!condition) return condition.error();
  std::string statement = "select number, part, place from event where " + condition->sql;
  sql_parameters values;
  for (const auto& one : condition->values)
    std::visit([&](const auto& value) { values.add(value); }, one);
  if (question.before) {
    statement += " and number < ?";
    values.add(*question.before);
  }
  statement += " order by number desc limit ?";
  values.add(question.limit);
  std::vector<hit> found;
  now.sql.each_with(statement, values, [&found](const sql_row& row) {
    found.push_back({row.get<std::uint64_t>(0),
                     {partition_id{row.get<std::uint16_t>(1)}, row.get<std::uint64_t>(2)}});
  });
  return found;
}

result<search_page> search(runtime& app, std::string_view text, const search_options& options) {
  if (options.limit == 0 || options.limit > search_limit_max) {
    return error{error::code::bad_input,
                 "search: a limit of " + std::to_string(options.limit) + "; it is 1 to " +
                     std::to_string(search_limit_max)};
  }
  const auto hits = app.read<event_search>(options.read)
                        .ask(event_search::newest{std::string{text}, options.from, options.limit});
  if (!hits) return hits.error();
  if (!*hits) return hits->error();
  search_page page;
  page.at_end = (*hits)->size() < options.limit;
  page.next = options.from.value_or(0);
  for (const event_search::hit& one : **hits) {
    page.next = one.number;
    auto event = app.event(one.position);
    if (!event && event.error().what == error::code::not_found) continue;
    if (!event) return event.error();
    page.events.push_back(*std::move(event));
  }
  return page;
}

}  // namespace cairn
