#include "process_managers/manager_steps.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <utility>

// Events of a process manager, and what waits while an instance has commands without an answer.

namespace cairn::actors {
namespace {

step_cause cause_of(const event_metadata& meta, std::size_t route) {
  const auto correlation = meta.correlation_id.empty() ? meta.command_id : meta.correlation_id;
  return {std::to_string(meta.position.partition.value) + "." +
              std::to_string(meta.position.offset) + "." + std::to_string(route),
          std::string{correlation},
          event_id(meta)};
}

waiting_row row_of(const event_metadata& meta, const raw_event& event, std::size_t route) {
  waiting_row row;
  row.aggregate_type = meta.aggregate_type;
  row.aggregate_id = meta.aggregate_id;
  row.version = meta.version.value;
  row.event_type = event.type;
  row.schema_version = event.schema_version;
  row.codec = static_cast<std::uint8_t>(event.codec);
  row.payload = as_text(event.payload);
  row.time = meta.time;
  row.partition = meta.position.partition.value;
  row.offset = meta.position.offset;
  row.route = route;
  row.command_id = meta.command_id;
  row.correlation_id = meta.correlation_id;
  row.causation_id = meta.causation_id;
  row.principal = meta.principal;
  row.tags.assign(meta.tags.begin(), meta.tags.end());
  for (const auto& [key, value] : meta.metadata)
    row.metadata.emplace_back(key, value);
  return row;
}

/// The views are valid as long as the row.
event_metadata metadata_of(const waiting_row& row) {
  event_metadata meta;
  meta.position = {{row.partition}, row.offset};
  meta.version = {row.version};
  meta.time = row.time;
  meta.aggregate_type = row.aggregate_type;
  meta.aggregate_id = row.aggregate_id;
  meta.event_type = row.event_type;
  meta.command_id = row.command_id;
  meta.correlation_id = row.correlation_id;
  meta.causation_id = row.causation_id;
  meta.principal = row.principal;
  meta.tags.assign(row.tags.begin(), row.tags.end());
  meta.schema_version = row.schema_version;
  for (const auto& [key, value] : row.metadata)
    meta.metadata.emplace_back(key, value);
  return meta;
}

}  // namespace

result<void> manager_steps::event(
    std::size_t wanted,
    event_metadata& meta,
    const raw_event& event,
    const std::function<result<void>(std::string_view instance, error why)>& failed) {
  std::size_t routes = 0;
  bool asked = false;
  const auto take_one = [&](std::string_view instance,
                            detail::route_kind how,
                            const detail::instance_call& call) -> result<void> {
    const std::size_t route = routes++;
    const std::string id{instance};
    if (tables_.busy.contains(id)) {
      wait(id, row_of(meta, event, route));
      return {};
    }
    auto done = take(instance, how, call, cause_of(meta, route));
    if (done) return done;
    done = failed(instance, done.error());
    asked = asked || !done;
    return done;
  };
  auto done = type_.handle(wanted, meta, event, take_one);
  // Otherwise nobody has been asked yet: the event cannot be read, or `route` threw.
  return done || asked ? done : failed({}, done.error());
}

void manager_steps::wait(const std::string& instance, const waiting_row& what) {
  tables_.waiting.put({instance, next_number("waiting")}, what);
  count(instance, 0, 1);
}

void manager_steps::count(const std::string& instance, int commands, int waiting) {
  busy_row now = tables_.busy.get(instance).value_or(busy_row{});
  now.commands += static_cast<std::uint64_t>(commands);
  now.waiting += static_cast<std::uint64_t>(waiting);
  if (now.commands == 0 && now.waiting == 0) return tables_.busy.erase(instance);
  tables_.busy.put(instance, now);
}

result<void> manager_steps::catch_up(const std::string& instance) {
  for (;;) {
    const auto busy = tables_.busy.get(instance);
    if (!busy || busy->commands > 0) return {};
    std::optional<std::pair<command_key, waiting_row>> first;
    tables_.waiting.each_from({instance, 0}, [&](const command_key& key, const waiting_row& row) {
      if (key.first == instance) first.emplace(key, row);
      return false;
    });
    if (!first) return {};
    if (auto done = run_waiting(instance, first->second); !done) return done;
    // Unless the step has taken it back itself.
    if (!tables_.waiting.contains(first->first)) continue;
    tables_.waiting.erase(first->first);
    count(instance, 0, -1);
  }
}

result<void> manager_steps::run_waiting(const std::string& instance, const waiting_row& row) {
  if (!row.timer.empty()) return run_timer(instance, row.timer, row.time, row.timer_set);
  const auto all = type_.wanted();
  const auto wanted = std::find_if(all.begin(), all.end(), [&](const detail::wanted_event& one) {
    return one.aggregate_type == row.aggregate_type && one.event_type == row.event_type;
  });
  // The program does not want it any more.
  if (wanted == all.end()) return {};
  event_metadata meta = metadata_of(row);
  const raw_event event{.type = row.event_type,
                        .schema_version = row.schema_version,
                        .codec = static_cast<event_codec>(row.codec),
                        .payload = as_bytes(row.payload)};
  std::size_t routes = 0;
  return type_.handle(
      static_cast<std::size_t>(wanted - all.begin()),
      meta,
      event,
      [&](std::string_view to, detail::route_kind how, const detail::instance_call& call) {
        const std::size_t route = routes++;
        if (route != row.route) return result<void>{};
        return take(to, how, call, cause_of(meta, route));
      });
}

void manager_steps::leave_out_first(const std::string& instance, const error& why) {
  std::optional<std::pair<command_key, waiting_row>> first;
  tables_.waiting.each_from({instance, 0}, [&](const command_key& key, const waiting_row& row) {
    if (key.first == instance) first.emplace(key, row);
    return false;
  });
  if (!first) return;
  const waiting_row& row = first->second;
  leave_out(instance,
            row.timer.empty() ? "event " + event_id(metadata_of(row)) + " (" + row.event_type + ")"
                              : "timer " + row.timer + " of " + instance,
            describe(why));
  tables_.waiting.erase(first->first);
  count(instance, 0, -1);
}

std::vector<std::string> manager_steps::waited_for() const {
  std::vector<std::string> all;
  tables_.waiting.each([&](const command_key& key, const waiting_row& /*row*/) {
    if (all.empty() || all.back() != key.first) all.push_back(key.first);
  });
  return all;
}

void manager_steps::forget_waiting_timers(const std::string& instance, const std::string* name) {
  if (!tables_.busy.contains(instance)) return;
  std::vector<command_key> all;
  tables_.waiting.each_from({instance, 0}, [&](const command_key& key, const waiting_row& row) {
    if (key.first != instance) return false;
    if (!row.timer.empty() && (name == nullptr || row.timer == *name)) all.push_back(key);
    return true;
  });
  for (const command_key& one : all) {
    tables_.waiting.erase(one);
    count(instance, 0, -1);
  }
}

}  // namespace cairn::actors
