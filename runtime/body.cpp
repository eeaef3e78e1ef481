#include "body.hpp"

#include "cairn/persistence/block_log.hpp"

#include <utility>

// What a running runtime does for its callers.

namespace cairn {
namespace {

using detail::command_message;

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
  explicit credit(detail::admission& door) : door_(door), taken_(door.acquire(1)) {}
  credit(const credit&) = delete;
  credit& operator=(const credit&) = delete;
  ~credit() {
    if (taken_) door_.release();
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

actors::host& runtime::body::host_of(const aggregate_entry& entry, command_message& message) const {
  message.stream_hash = persistence::hash_of({entry.type->name(), message.aggregate_id});
  const std::size_t partition = message.stream_hash % journals_.size();
  // Other bits than those that chose the partition.
  const std::size_t place = (message.stream_hash >> 32U) % entry.hosts_per_partition;
  return *entry.hosts[partition * entry.hosts_per_partition + place];
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
  if (auto admitted = admission_.acquire(1); !admitted) return message->failed(admitted.error());
  message->door = &admission_;
  host_of(*entry, *message).send(message);
}

result<void> runtime::body::send_many(const void* aggregate_key,
                                      std::span<command_message* const> messages) {
  const aggregate_entry* entry = find(aggregate_key);
  if (entry == nullptr) return not_added("this aggregate type");
  const auto count = static_cast<std::uint32_t>(messages.size());
  if (auto admitted = admission_.acquire(count); !admitted) return admitted;
  struct chain {
    command_message* newest = nullptr;
    command_message* oldest = nullptr;
  };
  std::unordered_map<actors::host*, chain> chains;
  for (command_message* message : messages) {
    message->door = &admission_;
    if (auto good = inspect(*entry, *message); !good) {
      message->failed(good.error());
      continue;
    }
    chain& of_host = chains[&host_of(*entry, *message)];
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
                                                  timestamp until) {
  const aggregate_entry* entry = find(aggregate_key);
  if (entry == nullptr) return not_added("this aggregate type");
  if (auto good = check_aggregate_id(id); !good) return good.error();
  const credit stay{admission_};
  if (!stay.taken()) return stay.taken().error();
  auto found = actors::replay(*entry->type,
                              id,
                              journal_of(*entry, id),
                              store_->snapshots(),
                              {.up_to = up_to, .until = until},
                              parts_.log);
  if (!found) return found.error();
  return detail::erased_state{std::move(found->instance), found->version, found->time};
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
          auto json = entry->type->event_json(event.type, event.payload);
          made.json = json ? *std::move(json) : "null";
          events.push_back(std::move(made));
          return {};
        });
      });
  if (!read) return read.error();
  return events;
}

runtime_status runtime::body::status() const {
  runtime_status now;
  const config& settings = parts_.settings;
  const bool synced = settings.durability == config::durability_mode::sync;
  now.durability = parts_.logs          ? "as its journal"
                   : settings.in_memory ? "memory"
                   : synced             ? "sync"
                            : "relaxed(" + std::to_string(settings.relaxed_window.count()) + " ms)";
  now.commands_in_flight = admission_.in_flight().load();
  const credit stay{admission_};
  if (!stay.taken()) return now;
  now.snapshots = snapshot_writer_->stored();
  for (const auto& [key, entry] : aggregates_) {
    for (const auto& host : entry.hosts) {
      now.commands += host->counters().commands.load(std::memory_order_relaxed);
      now.woken += host->counters().woken.load(std::memory_order_relaxed);
      now.put_to_sleep += host->counters().put_to_sleep.load(std::memory_order_relaxed);
      now.awake_aggregates += host->counters().awake.load(std::memory_order_relaxed);
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

result<journal_report> runtime::body::verify() const {
  const credit stay{admission_};
  if (!stay.taken()) return stay.taken().error();
  journal_report sum;
  for (const persistence::journal* journal : journals_) {
    const auto found = persistence::verify(journal->log());
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

result<journal_report> runtime::verify() const {
  return body_->verify();
}

result<void> runtime::stop() {
  return body_ ? body_->stop() : result<void>{};
}

}  // namespace cairn
