#include "body.hpp"

#include "credit.hpp"

#include "cairn/persistence/block_log.hpp"

#include <algorithm>
#include <utility>

// What a running runtime does for its callers.

namespace cairn {
namespace {

using detail::command_message;

constexpr std::size_t aside_shown_max = 100;

result<void> check_message(const command_message& message, const metadata_limits& limits) {
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
  return check_metadata(message.ids->metadata, limits);
}

}  // namespace

const runtime::body::aggregate_entry* runtime::body::find(const void* key) const noexcept {
  const auto found = aggregates_.find(key);
  return found != aggregates_.end() ? &found->second : nullptr;
}

error runtime::body::not_added(std::string_view what) const {
  return {error::code::unknown_name, std::string{what} + " was not added to the builder"};
}

actors::host& runtime::body::host_of(const aggregate_entry& entry,
                                     std::size_t partition,
                                     std::uint64_t stream_hash) const {
  // Other bits than those that chose the partition.
  const std::size_t place = (stream_hash >> 32U) % entry.hosts_per_partition;
  return *entry.hosts[partition * entry.hosts_per_partition + place];
}

actors::host& runtime::body::route(const aggregate_entry& entry, command_message& message) {
  const persistence::stream_name stream{entry.type->name(), message.aggregate_id};
  message.stream_hash = persistence::hash_of(stream);
  const std::size_t partition = partition_of(stream, message.stream_hash);
  message.door = &admission_.lane_to(partition);
  message.door->enter();
  return host_of(entry, partition, message.stream_hash);
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
  const persistence::stream_name stream{entry.type->name(), id};
  return *journals_[partition_of(stream, persistence::hash_of(stream))];
}

result<std::vector<std::size_t>> runtime::body::awaited(const std::vector<std::string>& names,
                                                        bool all_strong) const {
  std::vector<std::size_t> found;
  std::size_t named = 0;
  for (std::size_t i = 0; i < models_in_order_.size(); ++i) {
    const model_entry& one = *models_in_order_[i];
    const bool is_named = std::find(names.begin(), names.end(), one.type->name()) != names.end();
    named += is_named ? 1 : 0;
    if (!is_named && !(all_strong && one.options.strong)) continue;
    // It would wait for itself: what it shows comes after its own code.
    if (one.runner.get() != actors::read_model_at_work()) found.push_back(i);
  }
  if (named == names.size()) return found;
  for (const std::string& name : names) {
    const bool is_known = std::any_of(models_in_order_.begin(),
                                      models_in_order_.end(),
                                      [&](const auto* one) { return one->type->name() == name; });
    if (!is_known) return not_added("the read model " + name + ", which is to be waited for,");
  }
  return found;
}

result<void> runtime::body::inspect(const aggregate_entry& entry, command_message& message) {
  if (entry.intercepts) {
    if (auto passed = entry.intercepts->before(message); !passed) return passed;
  }
  if (message.shown) {
    auto models = awaited(message.shown->names, message.shown->strong);
    if (!models) return models.error();
    message.shown->models = *std::move(models);
    if (!message.shown->models.empty()) message.shown->keeper = &shown_;
  }
  return check_message(message, metadata_limits_of(parts_.settings));
}

void runtime::body::send(const void* aggregate_key, command_message* message) noexcept {
  const aggregate_entry* entry = find(aggregate_key);
  if (entry == nullptr) return message->failed(not_added("this aggregate type"));
  if (auto good = inspect(*entry, *message); !good) return message->failed(good.error());
  if (auto admitted = admit(1); !admitted) return message->failed(admitted.error());
  if (message->guard) return send_guarded(*entry, message);
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
  const auto send_chains = [&chains] {
    for (const auto& [host, content] : chains)
      host->send_chain(content.newest, content.oldest);
    chains.clear();
  };
  for (command_message* message : messages) {
    if (auto good = inspect(*entry, *message); !good) {
      message->failed(good.error());
      admission_.release();
      continue;
    }
    if (message->guard) {
      // Behind those that were given before it.
      send_chains();
      send_guarded(*entry, message);
      continue;
    }
    chain& of_host = chains[&route(*entry, *message)];
    message->next = of_host.newest;
    of_host.newest = message;
    if (of_host.oldest == nullptr) of_host.oldest = message;
  }
  send_chains();
  return {};
}

std::uint32_t runtime::body::ask_many_window() const noexcept {
  const config& settings = parts_.settings;
  return std::min(settings.commands_per_aggregate_max, settings.commands_in_flight_max / 2);
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
  for (const aggregate_entry* in_order : aggregates_in_order_) {
    const aggregate_entry& entry = *in_order;
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
  const auto deadline = detail::deadline_after(options.timeout, steady_now());
  const auto go_on = [&]() -> result<void> {
    if (admission_.is_closed()) return error{error::code::shutting_down, "the runtime is stopping"};
    if (steady_now() < deadline) return {};
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

result<recorded_event> runtime::event(position at, std::chrono::nanoseconds timeout) const {
  return body_->event(at, timeout);
}

result<event_page> runtime::events(const event_query& query) const {
  return body_->events(query);
}

result<void> runtime::stop() {
  return body_ ? body_->stop() : result<void>{};
}

}  // namespace cairn
