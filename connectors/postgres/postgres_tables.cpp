#include "postgres_tables.hpp"

#include "bytes_array.hpp"

#include "cairn/assert.hpp"
#include "cairn/detail/hidden_tables.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace cairn::postgres {
namespace {

std::string name_in_database(const std::string& table, std::size_t place) {
  if (table == detail::letters_table) return "cairn_letters";
  if (table == detail::control_table) return "cairn_control";
  return "cairn_rows_" + std::to_string(place);
}

byte_view bytes_of(const PGresult& rows, int row, int column) {
  return as_bytes(
      {PQgetvalue(&rows, row, column), static_cast<std::size_t>(PQgetlength(&rows, row, column))});
}

/// A bigint in binary.
std::int64_t number_of(const PGresult& rows) {
  std::uint64_t number = 0;
  for (const std::byte one : bytes_of(rows, 0, 0)) {
    number = number << 8U | std::to_integer<std::uint64_t>(one);
  }
  return static_cast<std::int64_t>(number);
}

/// How many rows a statement has changed.
std::int64_t changed_by(const PGresult& got) {
  // libpq takes it without const and changes nothing.
  const std::string_view text = PQcmdTuples(const_cast<PGresult*>(&got));  // NOLINT
  std::int64_t number = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

class empty_cursor final : public detail::table_store::cursor {
 public:
  bool next(byte_view& /*key*/, byte_view& /*value*/) override { return false; }
};

}  // namespace

row_statements::row_statements(std::string table_name)
    : name(std::move(table_name)),
      get("select value from " + name + " where key = $1"),
      // A row that was there has been locked, which shows in xmax.
      put("with put as (insert into " + name +
          " (key, value) select * from unnest($1::bytea[], $2::bytea[]) on conflict (key) do "
          "update set value = excluded.value returning (xmax = 0) as is_new) "
          "select count(*) filter (where is_new) from put"),
      erase("delete from " + name + " where key = any ($1::bytea[])"),
      walk_from("select key, value from " + name + " where key >= $1 order by key limit $2"),
      walk_behind("select key, value from " + name + " where key > $1 order by key limit $2"),
      walk_back("select key, value from " + name + " order by key desc limit $1"),
      walk_back_before("select key, value from " + name +
                       " where key < $1 order by key desc limit $2") {}

table_set::table_set(persistence::view_options of) : settings(std::move(of)) {
  for (std::size_t i = 0; i < settings.tables.size(); ++i) {
    tables.emplace_back(name_in_database(settings.tables[i], i));
  }
}

/// A walk in pages, each a statement of its own that goes on behind the last row: so other
/// statements can be run in between.
class postgres_tables::page_cursor final : public detail::table_store::cursor {
 public:
  page_cursor(postgres_tables& store, const row_statements& texts, byte_view bound, bool descends)
      : store_(store), texts_(texts), bound_(as_text(bound)), descends_(descends) {}

  bool next(byte_view& key, byte_view& value) override {
    if (at_ == rows_ && !turn_page()) return false;
    key = bytes_of(*page_, at_, 0);
    value = bytes_of(*page_, at_, 1);
    ++at_;
    return true;
  }

 private:
  static constexpr std::int64_t page_first = 16;
  static constexpr std::int64_t page_longest = 256;

  bool turn_page() {
    // A page that was not full was the last one.
    if (is_begun_ && rows_ < asked_) return false;
    if (is_begun_) bound_ = as_text(bytes_of(*page_, rows_ - 1, 0));
    asked_ = is_begun_ ? std::min(asked_ * 4, page_longest) : page_first;
    const bool is_bounded = is_begun_ || !descends_ || !bound_.empty();
    const std::array<detail::sql_value, 2> parameters{as_bytes(bound_), asked_};
    page_ = store_.ask(text(is_bounded),
                       is_bounded ? std::span{parameters} : std::span{parameters}.subspan(1));
    is_begun_ = true;
    at_ = 0;
    rows_ = page_ ? PQntuples(page_.get()) : 0;
    return rows_ > 0;
  }

  [[nodiscard]] const std::string& text(bool is_bounded) const {
    if (descends_) return is_bounded ? texts_.walk_back_before : texts_.walk_back;
    return is_begun_ ? texts_.walk_behind : texts_.walk_from;
  }

  postgres_tables& store_;
  const row_statements& texts_;
  std::string bound_;
  const bool descends_;
  bool is_begun_ = false;
  std::int64_t asked_ = 0;
  answer page_;
  int at_ = 0;
  int rows_ = 0;
};

postgres_tables::postgres_tables(connection& within,
                                 const table_set& set,
                                 const options& settings,
                                 row_cache* cache)
    : within_(within),
      set_(set),
      cache_(cache),
      session_(within, *this, settings),
      changes_(set.tables.size()),
      unsent_(set.tables.size()),
      more_rows_(set.tables.size()) {}

std::optional<byte_view> postgres_tables::get(std::size_t table, byte_view key) {
  if (failed()) return std::nullopt;
  key_ = as_text(key);
  const auto give = [this](const std::optional<std::string>& row) -> std::optional<byte_view> {
    if (!row) return std::nullopt;
    found_.clear();
    found_.append(as_bytes(*row));
    return found_.view();
  };
  const change_map& changes = changes_.at(table);
  if (const auto found = changes.find(key_); found != changes.end()) {
    return give(found->second.value);
  }
  if (cache_ != nullptr) {
    if (const row_cache::row* const known = cache_->find(table, key_)) return give(*known);
  }
  const detail::sql_value parameter = key;
  const answer rows = ask(set_.tables[table].get, {&parameter, 1});
  if (!rows) return std::nullopt;
  std::optional<std::string> row;
  if (PQntuples(rows.get()) > 0) row = as_text(bytes_of(*rows, 0, 0));
  if (cache_ != nullptr) cache_->put(table, key_, row);
  return give(row);
}

void postgres_tables::put(std::size_t table, byte_view key, byte_view value) {
  if (failed()) return;
  if (auto good = check_key(set_.settings, table, key); !good) return fail(good.error());
  note(table, key, std::string{as_text(value)});
}

void postgres_tables::erase(std::size_t table, byte_view key) {
  if (!failed()) note(table, key, std::nullopt);
}

void postgres_tables::note(std::size_t table, byte_view key, std::optional<std::string> value) {
  CAIRN_ASSERT(cache_ != nullptr);
  key_ = as_text(key);
  unsent_bytes_ += key.size() + (value ? value->size() : 0);
  const auto [at, is_first] = changes_.at(table).try_emplace(key_);
  if (is_first || at->second.is_sent) unsent_[table].push_back(&at->first);
  at->second = {std::move(value), false};
  if (unsent_bytes_ > unsent_bytes_max) send_changes();
}

void postgres_tables::send_changes() {
  for (std::size_t table = 0; table < unsent_.size(); ++table) {
    if (!unsent_[table].empty()) send_changes_of(table);
  }
  unsent_bytes_ = 0;
  heed_failure();
}

void postgres_tables::send_changes_of(std::size_t table) {
  // Neighbours in the index are better changed together.
  std::vector<const std::string*>& names = unsent_[table];
  std::sort(names.begin(), names.end(), [](const std::string* one, const std::string* other) {
    return *one < *other;
  });
  bytes_array keys;
  bytes_array values;
  bytes_array erased;
  for (const std::string* name : names) {
    change& one = changes_[table].find(*name)->second;
    one.is_sent = true;
    if (one.value) {
      keys.add(as_bytes(*name));
      values.add(as_bytes(*one.value));
    } else {
      erased.add(as_bytes(*name));
    }
  }
  names.clear();
  std::int64_t& more = more_rows_[table];
  if (erased.size() > 0) {
    const detail::sql_value parameter = erased.view();
    within_.send({set_.tables[table].erase, {&parameter, 1}},
                 std::nullopt,
                 [&more](const PGresult& got) -> result<void> {
                   more -= changed_by(got);
                   return {};
                 });
  }
  if (keys.size() > 0) {
    const std::array<detail::sql_value, 2> parameters{keys.view(), values.view()};
    within_.send({set_.tables[table].put, parameters},
                 std::nullopt,
                 [&more](const PGresult& got) -> result<void> {
                   more += number_of(got);
                   return {};
                 });
  }
}

std::uint64_t postgres_tables::count(std::size_t table) {
  if (failed()) return 0;
  send_changes();
  const detail::sql_value parameter = std::string_view{set_.tables.at(table).name};
  const answer rows = ask("select rows from cairn_counts where name = $1", {&parameter, 1});
  if (!rows) return 0;
  const std::int64_t before = PQntuples(rows.get()) > 0 ? number_of(*rows) : 0;
  return static_cast<std::uint64_t>(before + more_rows_[table]);
}

std::unique_ptr<detail::table_store::cursor> postgres_tables::walk(std::size_t table,
                                                                   byte_view first) {
  send_changes();
  if (failed()) return std::make_unique<empty_cursor>();
  return std::make_unique<page_cursor>(*this, set_.tables.at(table), first, false);
}

std::unique_ptr<detail::table_store::cursor> postgres_tables::walk_back(std::size_t table,
                                                                        byte_view end) {
  send_changes();
  if (failed()) return std::make_unique<empty_cursor>();
  return std::make_unique<page_cursor>(*this, set_.tables.at(table), end, true);
}

answer postgres_tables::ask(const std::string& text,
                            std::span<const detail::sql_value> parameters) {
  if (failed()) return {};
  auto got = within_.ask({text, parameters});
  heed_failure();
  if (got && !failed()) return *std::move(got);
  return {};
}

void postgres_tables::settle() {
  if (failed()) return;
  // Rows of ours have no constraints that would wait.
  if (session_.was_used()) within_.check_constraints();
  wait_for_answers();
  events_are_settled();
}

void postgres_tables::wait_for_answers() {
  (void)within_.wait();
  heed_failure();
}

result<void> postgres_tables::finish() {
  if (!failed()) send_changes();
  // How many rows there are is known once the server has answered.
  if (!failed()) wait_for_answers();
  for (std::size_t i = 0; i < more_rows_.size() && !failed(); ++i) {
    if (more_rows_[i] == 0) continue;
    const std::array<detail::sql_value, 2> row{std::string_view{set_.tables[i].name},
                                               more_rows_[i]};
    within_.send(
        {"insert into cairn_counts values ($1, $2) on conflict (name) do update set rows "
         "= cairn_counts.rows + excluded.rows",
         row});
  }
  heed_failure();
  if (failed()) return *failure();
  return {};
}

void postgres_tables::keep_in_cache() {
  if (cache_ == nullptr) return;
  for (std::size_t table = 0; table < changes_.size(); ++table) {
    for (auto& [key, one] : changes_[table]) {
      cache_->put(table, key, std::move(one.value));
    }
  }
}

void postgres_tables::heed_failure() {
  const auto& known = within_.failure();
  if (!known) return;
  if (known->is_of_check) {
    fail_for_unsettled(known->why);
  } else {
    fail_for(known->event, known->why);
  }
}

}  // namespace cairn::postgres
