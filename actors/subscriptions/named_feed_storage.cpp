#include "cairn/actors/named_feed.hpp"
#include "cairn/table.hpp"

#include <utility>

// What a durable subscription keeps on the disk: persistence/FORMAT.md has the tables.

namespace cairn::actors {
namespace {

using place = std::pair<std::uint16_t, std::uint64_t>;

place place_of(const position& at) {
  return {at.partition.value, at.offset};
}
position position_of(const place& at) {
  return {{at.first}, at.second};
}

struct window_row {
  bool settled = false;
  std::uint32_t attempts = 0;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar, field("settled", settled), field("attempts", attempts));
  }
};

struct parked_row {
  std::string reason;
  std::int64_t time = 0;
  std::uint32_t attempts = 0;
  bool replaying = false;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar,
           field("reason", reason),
           field("time", time),
           field("attempts", attempts),
           field("replaying", replaying));
  }
};

struct subscription_tables {
  /// One row, once the subscription has begun: then its checkpoint counts, also when it is 0.
  table<std::uint8_t, std::uint8_t> begun;
  /// What is known of events behind the checkpoint.
  table<place, window_row> window;
  table<place, parked_row> parked;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar, field("begun", begun), field("window", window), field("parked", parked));
  }
};

parked_note note_of(const parked_row& row) {
  return {row.reason, timestamp{std::chrono::nanoseconds{row.time}}, row.attempts, row.replaying};
}

parked_row row_of(const parked_note& note) {
  return {note.reason, note.time.time_since_epoch().count(), note.attempts, note.replaying};
}

}  // namespace

std::vector<std::string> named_feed::table_names() {
  return detail::table_names<subscription_tables>();
}

result<void> named_feed::load() {
  bool has_begun = false;
  std::map<position, remembered> known;
  std::vector<parked_event> replaying;
  {
    const auto reader = view_->read();
    if (!reader) return reader.error();
    detail::table_store& store = (*reader)->tables();
    subscription_tables tables;
    detail::bind_tables(tables, store);
    has_begun = tables.begun.contains(0);
    tables.window.each([&](const place& at, const window_row& row) {
      known.emplace(position_of(at), remembered{row.settled, row.attempts});
    });
    tables.parked.each([&](const place& at, const parked_row& row) {
      if (row.replaying) replaying.push_back({position_of(at), note_of(row)});
    });
    if (store.failed()) return *store.failure();
    read_up_to_ = (*reader)->checkpoints();
  }
  if (!has_begun) {
    if (auto begun = begin_anew(); !begun) return begun;
  }
  window_ = std::make_unique<delivery_window>(settings_.window, read_up_to_, std::move(known));
  for (const parked_event& one : replaying) {
    auto event = source_->at(one.at);
    if (!event && event.error().what == error::code::not_found) {
      settings_.log(log_level::warning,
                    "subscription " + settings_.name +
                        ": a parked event cannot be replayed: " + describe(event.error()));
      continue;
    }
    if (!event) return event.error();
    auto key = key_of(*event);
    if (!key) return key.error();
    if (auto done = window_->replay(*std::move(event), one.note, *std::move(key)); !done)
      return done;
  }
  return {};
}

result<void> named_feed::begin_anew() {
  auto start = source_->start();
  if (!start) return start.error();
  auto batch = view_->begin();
  if (!batch) return batch.error();
  subscription_tables tables;
  detail::bind_tables(tables, (*batch)->tables());
  tables.begun.put(0, 1);
  if (auto done = (*batch)->commit(*start); !done) return done;
  read_up_to_ = *std::move(start);
  return {};
}

result<void> named_feed::store_now() {
  const std::lock_guard storing{storing_};
  if (view_ == nullptr) return error{error::code::shutting_down, "the runtime is stopping"};
  delivery_window::changes what;
  {
    const std::lock_guard lock{mutex_};
    if (window_ == nullptr) return {};
    if (!window_->has_changes() && window_->unsaved_progress() == 0) return {};
    what = window_->take_changes();
  }
  auto stored = store(what);
  if (!stored) {
    const std::lock_guard lock{mutex_};
    window_->give_back(std::move(what));
  }
  return stored;
}

result<void> named_feed::store(const delivery_window::changes& what) {
  auto batch = view_->begin();
  if (!batch) return batch.error();
  subscription_tables tables;
  detail::bind_tables(tables, (*batch)->tables());
  for (const auto& [at, row] : what.rows) {
    if (row) {
      tables.window.put(place_of(at), {row->settled, row->attempts});
    } else {
      tables.window.erase(place_of(at));
    }
  }
  for (const auto& [at, note] : what.parked) {
    if (note) {
      tables.parked.put(place_of(at), row_of(*note));
    } else {
      tables.parked.erase(place_of(at));
    }
  }
  return (*batch)->commit(what.reached);
}

result<void> named_feed::flush() {
  auto stored = store_now();
  return stored;
}

result<std::vector<named_feed::parked_event>> named_feed::parked(const position& first,
                                                                 std::size_t max) {
  if (auto stored = store_now(); !stored) return stored.error();
  const std::lock_guard storing{storing_};
  if (view_ == nullptr) return error{error::code::shutting_down, "the runtime is stopping"};
  const auto reader = view_->read();
  if (!reader) return reader.error();
  subscription_tables tables;
  detail::bind_tables(tables, (*reader)->tables());
  std::vector<parked_event> found;
  tables.parked.each_from(place_of(first), [&](const place& at, const parked_row& row) {
    if (found.size() == max) return false;
    found.push_back({position_of(at), note_of(row)});
    return true;
  });
  if ((*reader)->tables().failed()) return *(*reader)->tables().failure();
  return found;
}

result<std::optional<parked_note>> named_feed::find_parked(const position& at) {
  const auto found = parked(at, 1);
  if (!found) return found.error();
  if (found->empty() || found->front().at != at) return std::optional<parked_note>{};
  return std::optional{found->front().note};
}

}  // namespace cairn::actors
