#include "body.hpp"
#include "read_models.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <limits>
#include <thread>
#include <unordered_set>
#include <utility>

// From the parts of a builder to a running runtime.

namespace cairn {
namespace {

result<void> check_name(std::string_view name) {
  if (name.empty() || name.size() > type_name_max_bytes || name.find('\0') != name.npos ||
      name.find('/') != name.npos) {
    return error{error::code::bad_config,
                 "\"" + std::string{name} + "\" is no stable_name: it needs 1 to " +
                     std::to_string(type_name_max_bytes) + " bytes, without NUL and '/'"};
  }
  return {};
}

bool is_absurd(const retention& what) {
  return (what.count_max && *what.count_max == 0) || (what.age_max && what.age_max->count() <= 0);
}

result<void> check_options(std::string_view name,
                           const aggregate_options& options,
                           const detail::aggregate_type& type) {
  const auto bad = [name](std::string_view what) {
    return error{error::code::bad_config,
                 "options of " + std::string{name} + ": " + std::string{what}};
  };
  if (options.snapshots_kept == 0) return bad("snapshots_kept must be at least 1");
  if (options.stash_max == 0) return bad("stash_max must be at least 1");
  if (is_absurd(options.shown) || is_absurd(options.command_ids)) {
    return bad("a retention needs a count of 1 or more and an age above 0");
  }
  if (options.snapshot_every.value_or(0) > 0 && type.keeps_value()) {
    return bad("a value aggregate needs no snapshots: its newest event holds the whole state");
  }
  if (options.snapshot_every.value_or(0) > 0 && !type.has_snapshots()) {
    return bad("snapshot_every needs a state with `serialize`");
  }
  if (options.hide_events && options.snapshot_every.value_or(0) == 0) {
    return bad("hide_events needs snapshot_every");
  }
  return {};
}

error named_twice(std::string_view name) {
  return {error::code::bad_config, "two types have the stable_name \"" + std::string{name} + "\""};
}

actors::replacement_policy policy_of(config::replacement_policy wanted) {
  using policy = config::replacement_policy;
  switch (wanted) {
    case policy::lru: return actors::replacement_policy::lru;
    case policy::mru: return actors::replacement_policy::mru;
    case policy::lfu: return actors::replacement_policy::lfu;
    case policy::segmented_lru: return actors::replacement_policy::segmented_lru;
    case policy::w_tiny_lfu: return actors::replacement_policy::w_tiny_lfu;
  }
  CAIRN_UNREACHABLE();
}

actors::replacement_options replacement_of(const config& settings) {
  return {.policy = policy_of(settings.awake_replacement),
          .levels = settings.awake_levels,
          .protected_percent = settings.awake_protected_percent,
          .window_percent = settings.awake_window_percent,
          .window_adapts = settings.awake_window_adapts};
}

}  // namespace

runtime::body::body(builder::parts&& from)
    : parts_(std::move(from)),
      admission_(parts_.settings.commands_in_flight_max, parts_.settings.partitions) {}

runtime::body::~body() {
  (void)stop();
}

result<std::unique_ptr<runtime::body>> runtime::body::start(builder::parts&& from) {
  if (auto good = check(from.settings); !good) return good.error();
  std::unique_ptr<body> made{new body{std::move(from)}};
  if (auto named = made->name_everything(); !named) return named.error();
  std::vector<const std::atomic<std::uint64_t>*> in_flight;
  for (std::uint16_t i = 0; i < made->parts_.settings.partitions; ++i)
    in_flight.push_back(&made->admission_.on_the_way_to(i));
  persistence::outcome_keeping keeping{.by_type = {}, .time = made->parts_.time.get()};
  for (const auto& part : made->parts_.aggregates) {
    const retention& ids = part.options.command_ids;
    if (ids == retention{}) continue;
    keeping.by_type.emplace(part.type->name(),
                            persistence::outcome_retention{ids.age_max, ids.count_max});
  }
  auto opened = persistence::store::open(made->parts_.settings,
                                         made->names_,
                                         made->parts_.log,
                                         std::move(in_flight),
                                         std::move(keeping),
                                         made->parts_.logs);
  if (!opened) return opened.error();
  made->store_ = *std::move(opened);
  made->journals_ = made->store_->journals();
  if (auto started = made->start_all(); !started) return started.error();
  return made;
}

/// Numbers all names: for each aggregate type its own, then its events, in their order.
result<void> runtime::body::name_everything() {
  std::unordered_set<std::string_view> seen;
  for (auto& part : parts_.aggregates) {
    const std::string_view name = part.type->name();
    if (auto good = check_name(name); !good) return good;
    if (!seen.insert(name).second) return named_twice(name);
    if (part.options.unknown_events == unknown_events::raw && part.type->keeps_value()) {
      return error{error::code::bad_config,
                   std::string{name} +
                       ": a value aggregate takes no raw events, since nobody "
                       "knows what they leave of the value"};
    }
    if (part.options.unknown_events == unknown_events::raw && !part.type->takes_raw_events()) {
      return error{error::code::bad_config,
                   std::string{name} +
                       " is to take unknown events raw and has no `static void evolve(state&, "
                       "const cairn::raw_event&)`"};
    }
    if (auto good = check_options(name, part.options, *part.type); !good) return good;
    for (const std::string_view event : part.type->event_names()) {
      if (auto good = check_name(event); !good) return good;
    }
  }
  seen.clear();
  for (auto& part : parts_.models) {
    const std::string_view name = part.type->name();
    if (auto good = check_name(name); !good) return good;
    if (!seen.insert(name).second) return named_twice(name);
    if (auto good = check_model_options(name, part.options); !good) return good;
    const detail::read_model_type* const former = part.type->former();
    const read_model_storage& stored_in = part.options.stored_in;
    if (stored_in.open && (!stored_in.stored || !stored_in.remove)) {
      return error{error::code::bad_config,
                   std::string{name} +
                       ": read_model_options::stored_in has `open`, and lacks `stored` or "
                       "`remove`, by which copies are found and removed"};
    }
    const bool uses_sql = part.type->uses_sql() || (former != nullptr && former->uses_sql());
    if (uses_sql && !part.options.stored_in.takes_sql) {
      return error{error::code::bad_config,
                   std::string{name} +
                       " runs SQL of its own and must be stored in a database: "
                       "read_model_options::stored_in, such as cairn::sqlite::folder(\"views\")"};
    }
    if (part.options.slices > 1 && !part.type->can_be_split()) {
      return error{error::code::bad_config,
                   "read model " + std::string{name} +
                       ": slices needs a `merge` or `route` of the read model, by which questions "
                       "are put to its parts"};
    }
  }
  for (auto& part : parts_.outboxes) {
    if (auto good = check_name(part.name); !good) return good;
    if (!seen.insert(part.name).second) return named_twice(part.name);
    if (auto good = check_outbox_options(part.name, part.options); !good) return good;
  }
  for (auto& part : parts_.managers) {
    const std::string_view name = part.type->name();
    if (auto good = check_name(name); !good) return good;
    if (!seen.insert(name).second) return named_twice(name);
  }
  if (auto good = check_managers(); !good) return good;
  for (auto& part : parts_.aggregates) {
    names_.emplace_back(part.type->name());
    for (const std::string_view event : part.type->event_names())
      names_.emplace_back(event);
  }
  if (names_.size() > std::numeric_limits<persistence::name_number>::max()) {
    return error{error::code::bad_config,
                 "aggregate types and their events have " + std::to_string(names_.size()) +
                     " names together; at most 65535 fit"};
  }
  return {};
}

unsigned runtime::body::workers() const noexcept {
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  return parts_.settings.workers != 0 ? parts_.settings.workers : cores;
}

result<void> runtime::body::start_all() {
  const config& settings = parts_.settings;
  const bool has_threads = !parts_.runs_on;
  executor_ = has_threads ? actors::make_caf_executor(workers()) : parts_.runs_on();
  snapshot_writer_ = std::make_unique<actors::snapshot_writer>(
      store_->snapshots(),
      parts_.log,
      [this](const persistence::snapshot_store::item& stored) {
        if (stored.hide_up_to) hide_behind(stored);
      },
      has_threads ? std::function<void()>{}
                  : carry("snapshots", [this] { return snapshot_writer_->step(); }));
  const unsigned recovery_threads = std::min(settings.recovery_threads, settings.recoveries_max);
  recovery_ = std::make_unique<actors::recovery_pool>(
      store_->snapshots(),
      actors::recovery_pool::options{
          .threads = recovery_threads,
          .timeout = settings.recovery_timeout,
          .log = parts_.log,
          .time = parts_.time.get(),
          .run_by = has_threads ? std::function<void()>{}
                                : carry("recovery", [this] { return recovery_->step(); })});
  if (!has_threads) carry_journals();
  subscriptions_->runs_on(executor_.get());
  for (persistence::journal* journal : journals_) {
    journal->on_group([hub = subscriptions_.get()] { hub->hint(); });
    journal->on_snapshots([this](std::vector<persistence::snapshot_store::item>&& items) {
      snapshot_writer_->give(std::move(items));
    });
  }
  make_hosts();
  shown_.start(*executor_, *parts_.time);
  if (auto opened = open_models(); !opened) return opened;
  if (auto opened = open_outboxes(); !opened) return opened;
  if (auto opened = open_managers(); !opened) return opened;
  if (auto started = store_->start(); !started) return started;
  for (model_entry* model : models_in_order_) {
    executor_->call_next(model->type->name());
    if (auto started = model->runner->start(*executor_); !started) return started;
  }
  return start_managers();
}

void runtime::body::make_hosts() {
  const config& settings = parts_.settings;
  const std::size_t types = std::max<std::size_t>(parts_.aggregates.size(), 1);
  persistence::name_number name = 0;
  std::uint32_t hosts_made = 0;
  for (auto& part : parts_.aggregates) {
    aggregate_entry entry;
    const std::uint32_t wanted =
        part.options.hosts != 0 ? part.options.hosts : settings.hosts_per_type;
    entry.shown = part.options.shown;
    if (part.type->keeps_value() && entry.shown == retention{}) entry.shown.count_max = 1;
    // The other cores are for those who write, index, and follow the log. More hosts than this make
    // bursts smaller and take the processor away from them.
    entry.hosts_per_partition = wanted != 0 ? wanted : std::max(workers() / 2, 1U);
    const std::size_t hosts = entry.hosts_per_partition * journals_.size();
    actors::host_options options;
    options.commands_per_aggregate_max = settings.commands_per_aggregate_max;
    options.awake_aggregates_max = static_cast<std::uint32_t>(
        std::max<std::size_t>(settings.awake_aggregates_max / (types * hosts), 1));
    options.sleep_after = settings.sleep_after;
    options.event_bytes_max = settings.event_bytes_max;
    if (part.options.codec == event_codec::json) {
      // A longer text could be written, but not be read again.
      options.event_bytes_max =
          std::min<std::uint64_t>(options.event_bytes_max, json_text_max_bytes);
    }
    options.commit_events_max = settings.commit_events_max;
    options.commit_bytes_max = settings.commit_bytes_max;
    options.snapshot_every = part.options.snapshot_every.value_or(settings.snapshot_every);
    options.snapshots_kept = part.options.snapshots_kept;
    options.hide_events = part.options.hide_events;
    options.stash_max = part.options.stash_max;
    options.awake_bytes_max = settings.awake_bytes_max / (types * hosts);
    options.replacement = replacement_of(settings);
    if (!part.type->has_snapshots()) options.snapshot_every = 0;
    for (persistence::journal* journal : journals_) {
      for (std::size_t i = 0; i < entry.hosts_per_partition; ++i) {
        const actors::host::surroundings around{
            .type = part.type.get(),
            .type_name = name,
            .first_event_name = static_cast<persistence::name_number>(name + 1),
            .journal = journal,
            .recovery = recovery_.get(),
            .clock = parts_.time.get(),
            .log = &parts_.log,
            .number = hosts_made++};
        entry.hosts.push_back(std::make_unique<actors::host>(around, options));
        executor_->call_next(part.type->name());
        entry.hosts.back()->attach(*executor_);
      }
    }
    if (!parts_.interceptors.empty()) {
      entry.intercepts = std::make_unique<interception>(parts_.interceptors, part.type->name());
    }
    name = static_cast<persistence::name_number>(name + 1 + part.type->event_names().size());
    entry.type = std::move(part.type);
    // Entries never move.
    aggregate_entry& added = aggregates_.emplace(part.key, std::move(entry)).first->second;
    entries_by_name_.emplace(added.type->name(), &added);
    event_reader_.add(*added.type);
    aggregates_in_order_.push_back(&added);
  }
}

/// In the order of the way of a command, so that each part still has what it needs. Whoever uses a
/// part holds credit or is counted as a reader, so nobody does once the door is closed and drained.
result<void> runtime::body::stop() {
  if (stopped_.exchange(true)) return {};
  auto deadline = std::chrono::steady_clock::now();
  if (parts_.runs_on) {
    finish_without_threads();
  } else {
    deadline += parts_.settings.stop_timeout;
  }
  std::uint64_t left = admission_.close_and_drain(deadline);
  shown_.stop();
  // Those whose answers were only kept back have them now.
  if (left > 0) left = admission_.close_and_drain(std::chrono::steady_clock::now());
  // Their callbacks may wait for commands, which are all answered before these are waited for.
  subscriptions_->close();
  // What the last commands came to is stored; the others are sent again after the next start.
  stop_managers();
  for (auto& [key, entry] : aggregates_) {
    for (auto& one : entry.hosts)
      one->detach();
  }
  if (recovery_) recovery_->stop();
  if (store_) store_->stop();
  if (snapshot_writer_) snapshot_writer_->stop();
  for (model_entry* model : models_in_order_)
    model->runner->stop();
  for (aggregate_entry* entry : aggregates_in_order_) {
    for (auto& one : entry->hosts)
      one->abandon();
  }
  subscriptions_->finish();
  for (auto& [key, entry] : aggregates_)
    entry.hosts.clear();
  carriers_.clear();
  executor_.reset();
  store_.reset();
  if (left == 0) return {};
  return error{error::code::timed_out,
               std::to_string(left) + " commands were still in flight after stop_timeout"};
}

builder::builder(config settings) : parts_(std::make_unique<parts>()) {
  parts_->settings = std::move(settings);
}

builder::builder(builder&&) noexcept = default;
builder& builder::operator=(builder&&) noexcept = default;
builder::~builder() = default;

void builder::add_aggregate(const void* key,
                            std::unique_ptr<detail::aggregate_type> type,
                            aggregate_options options) {
  parts_->aggregates.push_back({key, std::move(type), options});
}

void builder::add_model(const void* key,
                        std::unique_ptr<detail::read_model_type> type,
                        read_model_options options) {
  parts_->models.push_back({key, std::move(type), options});
}

builder& builder::add_outbox(std::string name,
                             std::unique_ptr<event_publisher> into,
                             outbox_options options) & {
  CAIRN_ASSERT(into != nullptr);
  parts_->outboxes.push_back({std::move(name), std::move(into), std::move(options)});
  return *this;
}

builder&& builder::add_outbox(std::string name,
                              std::unique_ptr<event_publisher> into,
                              outbox_options options) && {
  return std::move(add_outbox(std::move(name), std::move(into), std::move(options)));
}

builder& builder::log(log_sink sink) & {
  // What a sink throws must not end whoever has something to tell, least of all when it is trouble.
  parts_->log = [sink = std::move(sink)](log_level level, std::string_view line) {
    try {
      sink(level, line);
    } catch (...) {
      // There is nobody left to tell.
    }
  };
  return *this;
}

builder&& builder::log(log_sink sink) && {
  return std::move(log(std::move(sink)));
}

builder& builder::intercept(std::shared_ptr<interceptor> with) & {
  parts_->interceptors.push_back(std::move(with));
  return *this;
}

builder&& builder::intercept(std::shared_ptr<interceptor> with) && {
  return std::move(intercept(std::move(with)));
}

builder& builder::time_from(std::shared_ptr<const clock> source) & {
  parts_->time = std::move(source);
  return *this;
}

builder&& builder::time_from(std::shared_ptr<const clock> source) && {
  return std::move(time_from(std::move(source)));
}

builder& builder::journal_from(journal_source logs) & {
  parts_->logs = std::move(logs);
  return *this;
}

builder&& builder::journal_from(journal_source logs) && {
  return std::move(journal_from(std::move(logs)));
}

builder& builder::run_on(executor_source source) & {
  parts_->runs_on = std::move(source);
  return *this;
}

builder&& builder::run_on(executor_source source) && {
  return std::move(run_on(std::move(source)));
}

result<runtime> builder::start() && {
  auto started = runtime::body::start(std::move(*parts_));
  if (!started) return started.error();
  return runtime{*std::move(started)};
}

}  // namespace cairn
