#include "sqlite_tables.hpp"

#include "cairn/assert.hpp"
#include "cairn/detail/hidden_tables.hpp"

#include <algorithm>
#include <utility>

namespace cairn::sqlite {
namespace {

/// A walk: the statement gives the rows in their order. SQLite compares bytes as memcmp does, with
/// shorter keys first: the order of the encoded keys.
class row_cursor final : public detail::table_store::cursor {
 public:
  row_cursor(sqlite_tables& store, byte_view bound)
      : store_(store), bound_(bound.begin(), bound.end()) {}

  /// @param text without a bound it has no parameter
  result<void> open(connection& within, const std::string& text) {
    auto prepared = within.prepare(text);
    if (!prepared) return prepared.error();
    rows_.emplace(*std::move(prepared));
    if (bound_.empty()) return {};
    const detail::sql_value parameter = byte_view{bound_};
    return rows_->bind({&parameter, 1});
  }

  bool next(byte_view& key, byte_view& value) override {
    if (ended_) return false;
    const auto row = rows_->step();
    if (!row) store_.fail_by(row.error());
    ended_ = !row || !*row;
    if (ended_) return false;
    key = rows_->bytes(0);
    value = rows_->bytes(1);
    return true;
  }

 private:
  sqlite_tables& store_;
  const std::vector<std::byte> bound_;
  std::optional<statement> rows_;
  bool ended_ = false;
};

class empty_cursor final : public detail::table_store::cursor {
 public:
  bool next(byte_view& /*key*/, byte_view& /*value*/) override { return false; }
};

/// By number, since SQLite takes no two tables whose names differ in capitals only.
std::string name_in_database(const std::string& table, std::size_t place) {
  if (table == detail::letters_table) return "cairn_letters";
  if (table == detail::control_table) return "cairn_control";
  return "cairn_rows_" + std::to_string(place);
}

}  // namespace

row_statements::row_statements(std::string table_name)
    : name(std::move(table_name)),
      get("select value from " + name + " where key = ?"),
      insert("insert into " + name + " values (?, ?) on conflict do nothing"),
      update("update " + name + " set value = ? where key = ?"),
      erase("delete from " + name + " where key = ?"),
      walk("select key, value from " + name + " order by key"),
      walk_from("select key, value from " + name + " where key >= ? order by key"),
      walk_back("select key, value from " + name + " order by key desc"),
      walk_back_from("select key, value from " + name + " where key < ? order by key desc") {}

table_set::table_set(persistence::view_options of) : settings(std::move(of)) {
  for (std::size_t i = 0; i < settings.tables.size(); ++i) {
    tables.emplace_back(name_in_database(settings.tables[i], i));
  }
}

sqlite_tables::sqlite_tables(connection& within, const table_set& set)
    : within_(within), set_(set), session_(within, *this), more_rows_(set.tables.size()) {}

std::optional<byte_view> sqlite_tables::get(std::size_t table, byte_view key) {
  if (failed()) return std::nullopt;
  auto prepared = within_.prepare(set_.tables.at(table).get);
  const detail::sql_value parameter = key;
  auto row = prepared ? result<bool>{false} : result<bool>{prepared.error()};
  if (prepared) {
    auto bound = prepared->bind({&parameter, 1});
    row = bound ? prepared->step() : result<bool>{bound.error()};
  }
  if (!row) {
    fail_by(row.error());
    return std::nullopt;
  }
  last_table_ = table;
  last_key_ = as_text(key);
  last_was_there_ = *row;
  if (!*row) return std::nullopt;
  found_.clear();
  found_.append(prepared->bytes(0));
  return found_.view();
}

void sqlite_tables::put(std::size_t table, byte_view key, byte_view value) {
  if (failed()) return;
  if (auto good = check_key(set_.settings, table, key); !good) return fail(good.error());
  const row_statements& texts = set_.tables[table];
  // Most rows are read before they are written: then it is known which of the two it will be.
  const bool likely_there = last_was_there_ && last_table_ == table && last_key_ == as_text(key);
  if (likely_there && change(texts.update, {value, key})) return;
  if (failed()) return;
  if (change(texts.insert, {key, value})) {
    ++more_rows_[table];
  } else if (!failed()) {
    (void)change(texts.update, {value, key});
  }
}

void sqlite_tables::erase(std::size_t table, byte_view key) {
  if (failed()) return;
  if (change(set_.tables.at(table).erase, {key})) --more_rows_[table];
}

bool sqlite_tables::change(const std::string& text,
                           std::initializer_list<detail::sql_value> parameters) {
  auto prepared = within_.prepare(text);
  if (!prepared) {
    fail_by(prepared.error());
    return false;
  }
  auto done = prepared->bind({parameters.begin(), parameters.size()});
  if (done) {
    if (const auto stepped = prepared->step(); !stepped) done = stepped.error();
  }
  if (done) return within_.changed() > 0;
  fail_by(done.error());
  return false;
}

std::uint64_t sqlite_tables::count(std::size_t table) {
  if (failed()) return 0;
  const std::string& name = set_.tables.at(table).name;
  auto prepared = within_.prepare("select rows from cairn_counts where name = ?");
  const detail::sql_value parameter = std::string_view{name};
  auto row = prepared ? result<bool>{false} : result<bool>{prepared.error()};
  if (prepared) {
    auto bound = prepared->bind({&parameter, 1});
    row = bound ? prepared->step() : result<bool>{bound.error()};
  }
  if (!row) {
    fail_by(row.error());
    return 0;
  }
  return static_cast<std::uint64_t>((*row ? prepared->number(0) : 0) + more_rows_[table]);
}

std::unique_ptr<detail::table_store::cursor> sqlite_tables::walk(std::size_t table,
                                                                 byte_view first) {
  const row_statements& texts = set_.tables.at(table);
  return open_cursor(texts.walk, texts.walk_from, first);
}

std::unique_ptr<detail::table_store::cursor> sqlite_tables::walk_back(std::size_t table,
                                                                      byte_view end) {
  const row_statements& texts = set_.tables.at(table);
  return open_cursor(texts.walk_back, texts.walk_back_from, end);
}

std::unique_ptr<detail::table_store::cursor> sqlite_tables::open_cursor(const std::string& all,
                                                                        const std::string& bounded,
                                                                        byte_view bound) {
  if (failed()) return std::make_unique<empty_cursor>();
  auto rows = std::make_unique<row_cursor>(*this, bound);
  auto opened = rows->open(within_, bound.empty() ? all : bounded);
  if (opened) return rows;
  fail_by(opened.error());
  return std::make_unique<empty_cursor>();
}

result<void> sqlite_tables::finish() {
  for (std::size_t i = 0; i < more_rows_.size() && !failed(); ++i) {
    if (more_rows_[i] == 0) continue;
    (void)change(
        "insert into cairn_counts values (?, ?) on conflict (name) do update set rows = rows + "
        "excluded.rows",
        {std::string_view{set_.tables[i].name}, more_rows_[i]});
  }
  if (failed()) return *failure();
  return {};
}

void sqlite_tables::fail_by(const error& why) {
  if (why.what != error::code::corrupt) return fail(why);
  fail({error::code::storage_failed, why.detail + ": the file is damaged, reset() builds it anew"});
}

}  // namespace cairn::sqlite
