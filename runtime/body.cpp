#include "body.hpp"

#include "cairn/persistence/block_log.hpp"

#include <algorithm>
#include <utility>

// What a running runtime does for its callers.

namespace cairn {
namespace {

using detail::command_message;

constexpr std::size_t aside_shown_max = 100;

result<void> check_message(const command_message& message) {
  if (auto good = check_aggregate_id(message.aggregate_id); !good) return good;
  if (auto good = check_message_id("command id", message.command_id); !good) return good;
  if (!message.ids) return {};
  if (auto good = check_message_id("correlation id", message.ids->correlation_id); !good)
    return good;
  if (auto good = check_message_id("causation id", message.ids->causation_id); !good) return good;
  if (auto good = check_message_id("principal", message.ids->principal); !good) return good;
  for (const std::string& tag : message.ids->tags) {
    if (auto good = check_message_id("tag", tag); !good) return good;
  }
  return {};
}

/// Keeps a runtime from stopping while somebody reads its store.
class credit {
 public:
  explicit credit(detail::admission& door) : door_(door), taken_(door.enter_reading()) {}
  credit(const credit&) = delete;
  credit& operator=(const credit&) = delete;
  ~credit() {
    if (taken_) door_.leave_reading();
  }
  [[nodiscard]] const result<void>& taken() const noexcept { return taken_; }

 private:
  detail::admission& door_;
  result<void> taken_;
};

}  // namespace

const runtime::body::aggregate_entry* runtime::body::find(const void* key) const noexcept {
  const auto found = aggregates_.find(key);
  return found != aggregates_.end() ? &found->second : nullptr;
}

error runtime::body::not_added(std::string_view what) const {
  return {error::code::unknown_name, std::string{what} + " was not added to the builder"};
}

actors::host& runtime::body::host_of(const aggregate_entry& entry,
                                     std::uint64_t stream_hash) const {
  const std::size_t partition = stream_hash % journals_.size();
  // Other bits than those that chose the partition.
  const std::size_t place = (stream_hash >> 32U) % entry.hosts_per_partition;
  return *entry.hosts[partition * entry.hosts_per_partition + place];
}

actors::host& runtime::body::route(const aggregate_entry& entry, command_message& message) {
  message.stream_hash = persistence::hash_of({entry.type->name(), message.aggregate_id});
  message.door = &admission_.lane_to(message.stream_hash % journals_.size());
  message.door->enter();
  return host_of(entry, message.stream_hash);
}

result<void> runtime::body::admit(std::uint32_t count) {
  auto admitted = admission_.acquire(count);
  if (admitted || admitted.error().what != error::code::overloaded) return admitted;
  error why = admitted.error();
  for (const persistence::journal* journal : journals_)
    why.retry_after = std::max(why.retry_after, journal->writer().retry_after());
  return why;
}

persistence::journal& runtime::body::journal_of(const aggregate_entry& entry,
                                                std::string_view id) const {
  return *journals_[persistence::hash_of({entry.type->name(), id}) % journals_.size()];
}

result<void> runtime::body::inspect(const aggregate_entry& entry, command_message& message) const {
  if (entry.intercepts) {
    if (auto passed = entry.intercepts->before(message); !passed) return passed;
  }
  return check_message(message);
}

void runtime::body::send(const void* aggregate_key, command_message* message) noexcept {
  const aggregate_entry* entry = find(aggregate_key);
  if (entry == nullptr) return message->failed(not_added("this aggregate type"));
  if (auto good = inspect(*entry, *message); !good) return message->failed(good.error());
  if (auto admitted = admit(1); !admitted) return message->failed(admitted.error());
  route(*entry, *message).send(message);
}

result<void> runtime::body::send_many(const void* aggregate_key,
                                      std::span<command_message* const> messages) {
  const aggregate_entry* entry = find(aggregate_key);
  if (entry == nullptr) return not_added("this aggregate type");
  const auto count = static_cast<std::uint32_t>(messages.size());
  if (auto admitted = admit(count); !admitted) return admitted;
  struct chain {
    command_message* newest = nullptr;
    command_message* oldest = nullptr;
  };
  std::unordered_map<actors::host*, chain> chains;
  for (command_message* message : messages) {
    if (auto good = inspect(*entry, *message); !good) {
      message->failed(good.error());
      admission_.release();
      continue;
    }
    chain& of_host = chains[&route(*entry, *message)];
    message->next = of_host.newest;
    of_host.newest = message;
    if (of_host.oldest == nullptr) of_host.oldest = message;
  }
  for (const auto& [host, content] : chains)
    host->send_chain(content.newest, content.oldest);
  return {};
}

std::uint32_t runtime::body::ask_many_window() const noexcept {
  const config& settings = parts_.settings;
  return std::min(settings.commands_per_aggregate_max, settings.commands_in_flight_max / 2);
}

result<detail::erased_state> runtime::body::state(const void* aggregate_key,
                                                  std::string_view id,
                                                  version up_to,
                                                  timestamp until,
                                                  std::chrono::steady_clock::time_point deadline) {
  const aggregate_entry* entry = find(aggregate_key);
  if (entry == nullptr) return not_added("this aggregate type");
  if (auto good = check_aggregate_id(id); !good) return good.error();
  const credit stay{admission_};
  if (!stay.taken()) return stay.taken().error();
  auto found = actors::replay(*entry->type,
                              id,
                              journal_of(*entry, id),
                              store_->snapshots(),
                              {.up_to = up_to, .until = until, .deadline = deadline},
                              parts_.log);
  if (!found) return found.error();
  if (found->note.tombstoned) {
    return error{
        error::code::deleted,
        std::string{entry->type->name()} + "/" + std::string{id} + " was deleted for good"};
  }
  const bool removed = found->version.value > 0 && found->note.reset_at == found->version.value;
  return detail::erased_state{std::move(found->instance), found->version, found->time, removed};
}

void runtime::body::state_later(const void* aggregate_key,
                                std::string id,
                                std::chrono::steady_clock::time_point deadline,
                                std::function<void(result<detail::erased_state>)> done) {
  const aggregate_entry* entry = find(aggregate_key);
  if (entry == nullptr) return done(not_added("this aggregate type"));
  if (auto good = check_aggregate_id(id); !good) return done(good.error());
  if (auto entered = admission_.enter_reading(); !entered) return done(entered.error());
  persistence::journal& journal = journal_of(*entry, id);
  recovery_->wake(
      {.type = entry->type.get(),
       .aggregate_id = std::move(id),
       .journal = &journal,
       .deadline = deadline,
       .done = [this, done = std::move(done)](result<actors::recovered> found) {
         if (found) {
           done(detail::erased_state{std::move(found->instance), found->version, found->time});
         } else {
           done(found.error());
         }
         admission_.leave_reading();
       }});
}

result<std::vector<recorded_event>> runtime::body::history(const void* aggregate_key,
                                                           std::string_view id,
                                                           version after,
                                                           version up_to) {
  const aggregate_entry* entry = find(aggregate_key);
  if (entry == nullptr) return not_added("this aggregate type");
  if (auto good = check_aggregate_id(id); !good) return good.error();
  const credit stay{admission_};
  if (!stay.taken()) return stay.taken().error();
  persistence::journal& journal = journal_of(*entry, id);
  const auto hidden = hidden_events(*entry, journal, id);
  if (!hidden) return hidden.error();
  after = std::max(after, *hidden);
  std::vector<recorded_event> events;
  event_metadata meta;
  const auto read = journal.read_stream(
      {entry->type->name(), id}, after, up_to, [&](const persistence::commit_view& commit) {
        commit.describe(journal.partition(), meta);
        std::uint64_t at = 0;
        return commit.each_event([&](const persistence::event_view& event) -> result<void> {
          const version now{commit.base().value + ++at};
          if (now <= after || now > up_to) return {};
          recorded_event made;
          made.position = {journal.partition(), commit.first_offset() + at - 1};
          made.version = now;
          made.time = meta.time;
          made.aggregate_type = meta.aggregate_type;
          made.aggregate_id = meta.aggregate_id;
          made.event_type = event.type;
          made.command_id = meta.command_id;
          made.correlation_id = meta.correlation_id;
          made.causation_id = meta.causation_id;
          made.principal = meta.principal;
          made.tags.assign(meta.tags.begin(), meta.tags.end());
          made.schema_version = event.schema_version;
          auto json = entry->type->event_json(event);
          made.json = json ? *std::move(json) : "null";
          events.push_back(std::move(made));
          return {};
        });
      });
  if (!read) return read.error();
  return events;
}

/// The version up to which readers are shown nothing. deleted.
result<version> runtime::body::hidden_events(const aggregate_entry& entry,
                                             persistence::journal& journal,
                                             std::string_view id) const {
  const persistence::stream_name stream{entry.type->name(), id};
  const auto facts = journal.facts(stream);
  if (!facts) return facts.error();
  if (facts->note.tombstoned) return deleted_for_good(entry, id);
  return journal.hidden_before(stream, *facts, entry.shown, parts_.time->now());
}

error runtime::body::deleted_for_good(const aggregate_entry& entry, std::string_view id) const {
  return {error::code::deleted,
          std::string{entry.type->name()} + "/" + std::string{id} + " was deleted for good"};
}

runtime_status runtime::body::status() const {
  runtime_status now;
  const config& settings = parts_.settings;
  const bool synced = settings.durability == config::durability_mode::sync;
  now.durability = settings.in_memory ? "memory"
                   : synced           ? "sync"
                            : "relaxed(" + std::to_string(settings.relaxed_window.count()) + " ms)";
  now.commands_in_flight = admission_.in_flight().load();
  const credit stay{admission_};
  if (!stay.taken()) return now;
  now.snapshots = snapshot_writer_->stored();
  for (const auto& [key, entry] : aggregates_) {
    now.skipped_events += entry.type->skipped_events();
    for (const auto& host : entry.hosts) {
      now.commands += host->counters().commands.load(std::memory_order_relaxed);
      now.woken += host->counters().woken.load(std::memory_order_relaxed);
      now.put_to_sleep += host->counters().put_to_sleep.load(std::memory_order_relaxed);
      now.awake_aggregates += host->counters().awake.load(std::memory_order_relaxed);
      now.awake_bytes += host->counters().awake_bytes.load(std::memory_order_relaxed);
      now.unhandled += host->counters().unhandled.load(std::memory_order_relaxed);
      for (const auto& one : host->aside()) {
        if (now.aside.size() >= aside_shown_max) break;
        now.aside.push_back(std::string{entry.type->name()} + "/" + one.aggregate_id + ": " +
                            describe(one.why));
      }
    }
  }
  for (const persistence::journal* journal : journals_) {
    const auto& counters = journal->writer().counters();
    now.commits += counters.commits.load(std::memory_order_relaxed);
    now.events += counters.events.load(std::memory_order_relaxed);
    now.groups += counters.groups.load(std::memory_order_relaxed);
    now.failed_groups += counters.failed_groups.load(std::memory_order_relaxed);
    now.durable_offsets.push_back(journal->durable_offset());
  }
  return now;
}

result<journal_report> runtime::body::verify(verify_options options) const {
  const credit stay{admission_};
  if (!stay.taken()) return stay.taken().error();
  const auto deadline = detail::deadline_after(options.timeout);
  const auto go_on = [&]() -> result<void> {
    if (admission_.is_closed()) return error{error::code::shutting_down, "the runtime is stopping"};
    if (std::chrono::steady_clock::now() < deadline) return {};
    return error{error::code::timed_out, "the journal was not read to its end in time"};
  };
  journal_report sum;
  for (const persistence::journal* journal : journals_) {
    const auto found = persistence::verify(journal->log(), go_on);
    if (!found) return found.error();
    sum.blocks += found->blocks;
    sum.commits += found->commits;
    sum.events += found->events;
  }
  return sum;
}

result<detail::read_model_access*> runtime::body::read_model(const void* key,
                                                             std::string_view name) const {
  const auto found = models_.find(key);
  if (found == models_.end()) return not_added("the read model " + std::string{name});
  return found->second.runner.get();
}

runtime::runtime(std::unique_ptr<body> inside) : body_(std::move(inside)) {}
runtime::runtime(runtime&& other) noexcept = default;
runtime& runtime::operator=(runtime&& other) noexcept = default;
runtime::~runtime() = default;

detail::runtime_face& runtime::face() const noexcept {
  return *body_;
}

result<detail::read_model_access*> runtime::read_model(const void* key,
                                                       std::string_view name) const {
  return body_->read_model(key, name);
}

runtime_status runtime::status() const {
  return body_->status();
}

result<journal_report> runtime::verify(verify_options options) const {
  return body_->verify(options);
}

result<void> runtime::stop() {
  return body_ ? body_->stop() : result<void>{};
}

}  // namespace cairn
