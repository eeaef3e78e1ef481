#include "postgres_view.hpp"

#include "postgres_tables.hpp"
#include "reader_pool.hpp"
#include "schema_name.hpp"
#include "view_rows.hpp"
#include "writer.hpp"

#include "cairn/assert.hpp"
#include "cairn/detail/fair_shared_mutex.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <utility>
#include <vector>

// One session writes; those who read have others, each in a transaction that sees the database as
// it was at its first statement (repeatable read). Nobody waits for anybody, but for clear(): that
// drops tables, and waits until nobody reads them.

namespace cairn::postgres {
namespace {

using persistence::checkpoint_list;
using persistence::view_place;

/// Where this read model has schemas, ascending.
result<std::vector<view_place>> places_of(connection& within,
                                          const options& settings,
                                          const persistence::view_options& of) {
  const auto rows = within.ask({"select nspname::text from pg_namespace"});
  if (!rows) return rows.error();
  std::vector<view_place> found;
  for (int row = 0; row < PQntuples(rows->get()); ++row) {
    const std::string schema = PQgetvalue(rows->get(), row, 0);
    const auto place = place_of_schema(schema, settings.schema_prefix, of.name);
    if (!place) continue;
    const auto identity = read_identity(within, schema);
    if (!identity) return identity.error();
    if (*identity && is_of_model(**identity, of)) found.push_back(*place);
  }
  if (auto done = within.finish(); !done) return done.error();
  std::sort(found.begin(), found.end());
  return found;
}

/// Other programs may read there: they are not waited for without end.
result<void> drop_place(connection& within,
                        const options& settings,
                        const std::string& read_model,
                        view_place place) {
  const std::string patience =
      "set local lock_timeout = " + std::to_string(settings.wait_max.count());
  within.send({"begin"});
  within.send({patience});
  auto dropped = drop_schema(within, schema_name(settings.schema_prefix, read_model, place));
  if (!dropped) return dropped;
  within.send({"commit"});
  return within.finish();
}

/// The writing session for one transaction, which is undone unless it is committed.
class transaction {
 public:
  transaction(connection& within, std::unique_lock<std::mutex> alone)
      : within_(within), alone_(std::move(alone)) {
    within_.send({"begin"});
  }
  transaction(transaction&&) = delete;
  transaction& operator=(transaction&&) = delete;
  ~transaction() { end(); }

  /// Everything that was sent, and the end of it, in one round trip. It is over, whatever the
  /// result.
  template <class Stored> [[nodiscard]] result<void> commit(Stored stored) {
    within_.send({"commit"});
    auto done = within_.finish();
    if (done) stored();
    end();
    return done;
  }
  void end() {
    if (!alone_.owns_lock()) return;
    within_.roll_back();
    alone_.unlock();
  }
  [[nodiscard]] connection& within() const noexcept { return within_; }

 private:
  connection& within_;
  std::unique_lock<std::mutex> alone_;
};

class batch final : public persistence::view_batch {
 public:
  batch(connection& within,
        std::unique_lock<std::mutex> alone,
        writer& of,
        const table_set& set,
        const options& settings)
      : set_(set),
        writer_(of),
        transaction_(within, std::move(alone)),
        tables_(within, set, settings, &of.cache()) {}

  detail::table_store& tables() override { return tables_; }

  result<void> commit(const checkpoint_list& reached) override {
    CAIRN_ASSERT(reached.size() == set_.settings.partitions);
    if (auto done = tables_.finish(); !done) {
      transaction_.end();
      return done;
    }
    write_checkpoints(transaction_.within(), reached);
    return transaction_.commit([&] {
      writer_.committed(reached);
      tables_.keep_in_cache();
    });
  }

 private:
  const table_set& set_;
  writer& writer_;
  transaction transaction_;
  postgres_tables tables_;
};

class reader final : public persistence::view_reader {
 public:
  reader(std::shared_lock<detail::fair_shared_mutex> stays,
         reader_pool::lease within,
         const table_set& set,
         const options& settings,
         checkpoint_list reached)
      : stays_(std::move(stays)),
        within_(std::move(within)),
        tables_(*within_, set, settings, nullptr),
        reached_(std::move(reached)) {}

  detail::table_store& tables() override { return tables_; }
  const checkpoint_list& checkpoints() const noexcept override { return reached_; }

 private:
  std::shared_lock<detail::fair_shared_mutex> stays_;
  reader_pool::lease within_;
  postgres_tables tables_;
  checkpoint_list reached_;
};

class view final : public persistence::view {
 public:
  view(const std::string& where,
       const postgres::options& settings,
       const persistence::view_options& wish)
      : settings_(settings),
        set_(wish),
        schema_(schema_name(settings.schema_prefix, wish.name, {wish.version, wish.copy})),
        writer_(where, schema_, settings_, set_),
        readers_(where, schema_, settings) {}

  [[nodiscard]] result<void> open() { return writer_.open(); }

  /// Asks the session that writes: only it knows that nothing else is on its way. Unless there is a
  /// batch, which is where it is.
  result<checkpoint_list> checkpoints() const override {
    if (const std::unique_lock alone{writing_, std::try_to_lock}; alone.owns_lock()) {
      return writer_.checkpoints();
    }
    const auto now = read();
    if (!now) return now.error();
    return (*now)->checkpoints();
  }

  result<std::unique_ptr<persistence::view_batch>> begin() override {
    std::unique_lock alone{writing_};
    const auto within = writer_.session_for_batch();
    if (!within) return within.error();
    return std::unique_ptr<persistence::view_batch>{
        std::make_unique<batch>(**within, std::move(alone), writer_, set_, settings_)};
  }

  result<std::unique_ptr<persistence::view_reader>> read() const override {
    std::shared_lock stays{reading_};
    auto begun = begin_reading();
    if (!begun) return begun.error();
    auto& [within, reached] = *begun;
    return std::unique_ptr<persistence::view_reader>{std::make_unique<reader>(
        std::move(stays), std::move(within), set_, settings_, std::move(reached))};
  }

  result<void> save_state(byte_view state,
                          std::uint32_t schema_version,
                          const checkpoint_list& reached) override {
    CAIRN_ASSERT(reached.size() == set_.settings.partitions);
    std::unique_lock alone{writing_};
    const auto within = writer_.session();
    if (!within) return within.error();
    transaction all{**within, std::move(alone)};
    write_state(all.within(), state, schema_version, reached);
    return all.commit([] {});
  }

  result<std::optional<persistence::saved_state>> load_state() const override {
    const std::shared_lock stays{reading_};
    const auto begun = begin_reading();
    if (!begun) return begun.error();
    return read_state(*begun->first, set_);
  }

  result<void> clear() override {
    std::unique_lock alone{writing_};
    const auto within = writer_.session();
    if (!within) return within.error();
    const std::unique_lock nobody_reads{reading_};
    readers_.forget();
    transaction all{**within, std::move(alone)};
    if (auto done = forget_all(all.within(), schema_, set_, settings_); !done) return done;
    return all.commit([this] { writer_.cleared(); });
  }

  result<void> remove_older_versions() override {
    std::unique_lock alone{writing_};
    const auto within = writer_.session();
    if (!within) return within.error();
    auto removed = remove_older(**within);
    (*within)->roll_back();
    return removed;
  }

 private:
  /// A session in a transaction, and what it shows.
  using picture = std::pair<reader_pool::lease, checkpoint_list>;
  [[nodiscard]] result<picture> begin_reading() const {
    auto begun = begin_reading(false);
    if (begun || begun.error().what != error::code::unavailable) return begun;
    // What was left in the pool may have been lost long ago, when the server was started anew.
    return begin_reading(true);
  }

  [[nodiscard]] result<picture> begin_reading(bool anew) const {
    auto within = readers_.take(anew);
    if (!within) return within.error();
    (*within)->send({"begin transaction isolation level repeatable read read only"});
    auto reached = read_checkpoints(**within, set_);
    if (!reached) return reached.error();
    return picture{*std::move(within), *std::move(reached)};
  }

  [[nodiscard]] result<void> remove_older(connection& within) {
    const auto all = places_of(within, settings_, set_.settings);
    if (!all) return all.error();
    for (const view_place& place : *all) {
      if (place.version >= set_.settings.version) continue;
      auto dropped = drop_place(within, settings_, set_.settings.name, place);
      if (!dropped) return dropped;
      set_.settings.log(log_level::info,
                        view_label(set_.settings) + ": removed what was stored for version " +
                            std::to_string(place.version));
    }
    return {};
  }

  const postgres::options settings_;
  const table_set set_;
  const std::string schema_;
  /// Held by a batch for as long as it lives. Taken before reading_.
  mutable std::mutex writing_;
  mutable detail::fair_shared_mutex reading_;
  mutable writer writer_;
  mutable reader_pool readers_;
};

result<void> check(const options& settings) {
  const auto bad = [](const char* what) {
    return error{error::code::bad_config, "cairn::postgres::options: " + std::string{what}};
  };
  const std::string& prefix = settings.schema_prefix;
  const bool is_plain = std::all_of(prefix.begin(), prefix.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
  });
  constexpr std::size_t prefix_max = 20;
  if (prefix.empty() || prefix.size() > prefix_max || !is_plain ||
      (prefix.front() >= '0' && prefix.front() <= '9')) {
    return bad("schema_prefix must be 1 to 20 small letters, digits and _, no digit first");
  }
  if (settings.readers_max == 0) return bad("readers_max must be at least 1");
  if (settings.wait_max < std::chrono::seconds{1}) return bad("wait_max must be at least 1 s");
  return {};
}

}  // namespace

result<std::unique_ptr<persistence::view>> open_view(const std::string& where,
                                                     const options& settings,
                                                     const persistence::view_options& wish) {
  if (auto good = check(settings); !good) return good.error();
  if (auto good = check_tables(wish); !good) return good.error();
  auto made = std::make_unique<view>(where, settings, wish);
  if (auto opened = made->open(); !opened) return opened.error();
  return std::unique_ptr<persistence::view>{std::move(made)};
}

result<std::vector<view_place>> stored_views(const std::string& where,
                                             const options& settings,
                                             const persistence::view_options& of) {
  if (auto good = check(settings); !good) return good.error();
  const std::string schema = schema_name(settings.schema_prefix, of.name, {of.version});
  const auto session = connection::open(where, schema, connection::use::reading, settings);
  if (!session) return session.error();
  return places_of(**session, settings, of);
}

result<void> remove_view(const std::string& where,
                         const options& settings,
                         const persistence::view_options& what) {
  const std::string schema =
      schema_name(settings.schema_prefix, what.name, {what.version, what.copy});
  const auto session = connection::open(where, schema, connection::use::writing, settings);
  if (!session) return session.error();
  connection& within = **session;
  const auto identity = read_identity(within, schema);
  if (!identity) return identity.error();
  if (!*identity || !is_of_model(**identity, what)) return {};
  if (auto done = within.finish(); !done) return done;
  return drop_place(within, settings, what.name, {what.version, what.copy});
}

}  // namespace cairn::postgres
