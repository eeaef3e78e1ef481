#pragma once

#include "cairn/detail/table_store.hpp"
#include "cairn/fields.hpp"
#include "cairn/ids.hpp"
#include "cairn/process_manager_status.hpp"
#include "cairn/table.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace cairn::actors {

/// A command that has been decided and has not been answered.
struct command_row {
  std::string target;  ///< The aggregate type's stable name.
  std::string aggregate_id;
  std::string bytes;
  std::string command_id;
  std::string correlation_id;
  std::string causation_id;
  std::string principal;
  /// What the ids of what its answer leads to are made from.
  std::string cause;
  std::uint32_t attempts = 1;
  timestamp not_before;

  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar, target, aggregate_id, bytes, command_id, correlation_id, causation_id, principal);
    fields(ar, cause, attempts, not_before);
  }
};

/// A timer that has not fired, or will fire again.
struct timer_row {
  std::chrono::nanoseconds period{0};
  std::uint64_t fired = 0;
  std::string cause;
  std::string correlation_id;
  std::string causation_id;

  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar, period, fired, cause, correlation_id, causation_id);
  }
};

/// An event or a timer that waits until the instance's commands are answered.
struct waiting_row {
  // An event has a type, a timer a name.
  std::string timer;
  timer_row timer_set;
  std::string aggregate_type;
  std::string aggregate_id;
  std::uint64_t version = 0;
  std::string event_type;
  std::uint32_t schema_version = 0;
  std::uint8_t codec = 0;
  std::string payload;
  /// When it was recorded, or due.
  timestamp time;
  std::uint16_t partition = 0;
  std::uint64_t offset = 0;
  /// Which of the event's routes leads to this instance.
  std::uint64_t route = 0;
  std::string command_id;
  std::string correlation_id;
  std::string causation_id;
  std::string principal;
  std::vector<std::string> tags;
  std::vector<std::pair<std::string, std::string>> metadata;

  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar, timer, timer_set, aggregate_type, aggregate_id, version, event_type);
    fields(ar, schema_version, codec, payload, time, partition, offset, route, command_id);
    fields(ar, correlation_id, causation_id, principal, tags, metadata);
  }
};

/// Why an instance takes nothing new at present. No row: it does.
struct busy_row {
  std::uint64_t commands = 0;
  std::uint64_t waiting = 0;

  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar, commands, waiting);
  }
};

struct failed_row {
  std::string instance;
  std::string what;
  std::string why;

  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar, instance, what, why);
  }
};

/// When it is due, of which instance, and its name.
using timer_key = std::tuple<timestamp, std::string, std::string>;
/// Of which instance, and its place among all commands of the manager.
using command_key = std::pair<std::string, std::uint64_t>;

/// All that a process manager stores; persistence/FORMAT.md has it.
struct manager_tables {
  table<std::string, std::string> instances;
  table<command_key, command_row> commands;
  /// The commands' instances in the order in which they were decided.
  table<std::uint64_t, std::string> queue;
  table<timer_key, timer_row> timers;
  /// (instance, name) -> due.
  table<std::pair<std::string, std::string>, timestamp> timer_times;
  /// (instance, number): what waits for the instance, in its order.
  table<command_key, waiting_row> waiting;
  table<std::string, busy_row> busy;
  table<std::uint64_t, failed_row> failed;
  /// The newest number of the queue, of `waiting` and of `failed`.
  table<std::string, std::uint64_t> numbers;

  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar,
           field("instances", instances),
           field("commands", commands),
           field("queue", queue),
           field("timers", timers),
           field("timer_times", timer_times),
           field("waiting", waiting),
           field("busy", busy),
           field("failed", failed),
           field("numbers", numbers));
  }
};

}  // namespace cairn::actors
