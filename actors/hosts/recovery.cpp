#include "cairn/actors/recovery.hpp"

#include "hosts/newest_value.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <pthread.h>
#include <utility>

namespace cairn::actors {
namespace {

using persistence::commit_view;
using persistence::event_view;

std::string name_of(const detail::aggregate_type& type, std::string_view id) {
  return std::string{type.name()} + "/" + std::string{id};
}

// Beyond, a replay of everything is the safer way.
constexpr std::size_t snapshots_tried_max = 3;

/// Ends a replay that is complete although the stream goes on.
const error enough{error::code::not_found, "enough"};

/// The deadline by the machine's clock, which those who block go by.
std::chrono::steady_clock::time_point blocks_until(const replay_bounds& bounds) {
  using time_point = std::chrono::steady_clock::time_point;
  if (bounds.time == nullptr || bounds.deadline == time_point::max()) return time_point::max();
  const auto left = bounds.deadline - bounds.time->steady();
  const auto now = std::chrono::steady_clock::now();
  return left < time_point::max() - now ? now + left : time_point::max();
}

result<void> apply_commit(recovered& made,
                          const commit_view& commit,
                          const replay_bounds& bounds,
                          const std::string& name) {
  if (commit.time() > bounds.until) return enough;
  std::uint64_t at = commit.base().value;
  return commit.each_event([&](const event_view& event) -> result<void> {
    ++at;
    if (at <= made.version.value) return {};
    if (at > bounds.up_to.value) return enough;
    if (auto good = check_in_time(bounds, name); !good) return good;
    if (auto done = made.instance->replay(event); !done) {
      return cannot_apply(name, {at}, event.type, done.error());
    }
    made.version = {at};
    made.time = commit.time();
    return {};
  });
}

/// When the event of that version was recorded. A snapshot does not know: its own time is that of
/// the host, and the event's may have been moved up, since times in the log never go back.
result<timestamp> time_of_event(persistence::stream_name stream,
                                version at,
                                persistence::journal& journal,
                                const replay_bounds& bounds) {
  timestamp found;
  const auto read = journal.read_stream(
      stream,
      {at.value - 1},
      at,
      [&found](const commit_view& commit) -> result<void> {
        found = commit.time();
        return {};
      },
      blocks_until(bounds));
  if (!read) return read.error();
  return found;
}

/// Restores the newest snapshot that fits; leaves `made` at version 0 when there is none.
result<void> use_snapshot(recovered& made,
                          const detail::aggregate_type& type,
                          persistence::stream_name stream,
                          version head,
                          persistence::journal& journal,
                          const persistence::snapshot_store& snapshots,
                          const replay_bounds& bounds,
                          const log_sink& log) {
  if (!type.has_snapshots()) return {};
  std::optional<version> damaged;
  // By time, it may be any of them.
  const std::size_t most = bounds.until == timestamp::max() ? snapshots_tried_max : SIZE_MAX;
  const auto found = snapshots.find(stream, bounds.up_to, most, damaged);
  const std::string name = name_of(type, stream.id);
  if (!found) {
    log(log_level::warning, "snapshots of " + name + " are not used: " + describe(found.error()));
    return {};
  }
  if (damaged) log(log_level::warning, "a snapshot of " + name + " is damaged and not used");
  made.has_damaged_snapshots = damaged.has_value();
  for (const persistence::snapshot& one : *found) {
    if (one.version > head) {
      made.has_snapshot_of_the_future = true;
      continue;
    }
    // Before the aggregate was removed, it was another one, so to speak.
    if (one.version.value <= made.note.reset_at && made.note.reset_at > 0) continue;
    if (one.schema_version != type.state_schema_version()) {
      log(log_level::warning,
          "a snapshot of " + name + " has schema version " + std::to_string(one.schema_version) +
              ", the program has " + std::to_string(type.state_schema_version()) +
              ": it is not used");
      made.passed_over_outdated = true;
      continue;
    }
    timestamp time = one.time;
    if (bounds.until != timestamp::max()) {
      const auto recorded = time_of_event(stream, one.version, journal, bounds);
      if (!recorded) return recorded.error();
      if (*recorded > bounds.until) continue;
      time = *recorded;
    }
    if (auto restored = made.instance->restore(one.state); !restored) {
      // Without advice: everything is there.
      log(log_level::warning,
          "a snapshot of " + name + " is not used: " +
              std::string{to_string(restored.error().what)} + ": " + restored.error().detail);
      made.instance = type.make();
      continue;
    }
    made.version = one.version;
    made.time = time;
    made.snapshot = one.version;
    made.has_damaged_snapshots = damaged > one.version;
    return check_in_time(bounds, name);
  }
  return {};
}

/// The newest usable snapshot, and the events after it.
result<void> fold_events(recovered& made,
                         const detail::aggregate_type& type,
                         persistence::stream_name stream,
                         version head,
                         persistence::journal& journal,
                         const persistence::snapshot_store& snapshots,
                         const replay_bounds& bounds,
                         const log_sink& log) {
  if (auto used = use_snapshot(made, type, stream, head, journal, snapshots, bounds, log); !used) {
    return used;
  }
  if (head.value == 0) return {};
  made.version = std::max(made.version, version{made.note.reset_at});
  const std::string name = name_of(type, stream.id);
  const auto done = journal.read_stream(
      stream,
      made.version,
      bounds.up_to,
      [&](const commit_view& commit) { return apply_commit(made, commit, bounds, name); },
      blocks_until(bounds));
  if (!done && done.error() != enough) return done;
  return {};
}

/// What is known of a stream beside its events; the version is that of the newest one.
result<recovered> read_facts(const detail::aggregate_type& type,
                             std::string_view aggregate_id,
                             persistence::journal& journal,
                             const replay_bounds& bounds) {
  const persistence::stream_name stream{type.name(), aggregate_id};
  const auto facts = journal.facts(stream, blocks_until(bounds));
  if (!facts) return facts.error();
  const auto ids = journal.index().has_outcomes(stream);
  if (!ids) return ids.error();
  recovered made;
  made.version = facts->head;
  made.note = facts->note;
  made.has_command_ids = *ids;
  return made;
}

}  // namespace

result<recovered> replay(const detail::aggregate_type& type,
                         std::string_view aggregate_id,
                         persistence::journal& journal,
                         const persistence::snapshot_store& snapshots,
                         const replay_bounds& bounds,
                         const log_sink& log) {
  const persistence::stream_name stream{type.name(), aggregate_id};
  auto made = read_facts(type, aggregate_id, journal, bounds);
  if (!made) return made;
  const version head = made->version;
  const version reset{made->note.reset_at};
  if (bounds.up_to < reset) {
    return error{error::code::not_found,
                 name_of(type, aggregate_id) + " was removed at version " +
                     std::to_string(reset.value) + "; what was before is not shown"};
  }
  made->instance = type.make();
  made->version = reset;
  const auto read = type.keeps_value()
                        ? read_newest_value(*made, stream, head, journal, bounds)
                        : fold_events(*made, type, stream, head, journal, snapshots, bounds, log);
  if (!read) return read.error();
  return made;
}

recovery_pool::recovery_pool(persistence::snapshot_store& snapshots, options settings)
    : snapshots_(snapshots), settings_(std::move(settings)) {
  for (unsigned i = 0; i < settings_.threads && !settings_.run_by; ++i) {
    threads_.emplace_back([this] {
      pthread_setname_np(pthread_self(), "cairn.recovery");
      run();
    });
  }
}

recovery_pool::~recovery_pool() {
  stop();
}

void recovery_pool::wake(request what) {
  {
    const std::lock_guard lock{mutex_};
    if (!stopping_) {
      queue_.push_back(std::move(what));
      changed_.notify_one();
      if (settings_.run_by) settings_.run_by();
      return;
    }
  }
  what.done(error{error::code::shutting_down, "the runtime is stopping"});
}

void recovery_pool::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& one : threads_) {
    if (one.joinable()) one.join();
  }
  for (request& left : std::exchange(queue_, {})) {
    left.done(error{error::code::shutting_down, "the runtime is stopping"});
  }
}

void recovery_pool::run() {
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
    }
    (void)step();
  }
}

bool recovery_pool::step() {
  request next;
  {
    const std::lock_guard lock{mutex_};
    if (stopping_ || queue_.empty()) return false;
    next = std::move(queue_.front());
    queue_.pop_front();
  }
  next.done(recover(next));
  return true;
}

result<recovered> recovery_pool::recover(const request& what) {
  replay_bounds bounds;
  bounds.time = settings_.time;
  if (bounds.time != nullptr) bounds.deadline = bounds.time->steady() + settings_.timeout;
  bounds.deadline = std::min(bounds.deadline, what.deadline);
  if (what.without_state) return read_facts(*what.type, what.aggregate_id, *what.journal, bounds);
  auto made =
      replay(*what.type, what.aggregate_id, *what.journal, snapshots_, bounds, settings_.log);
  if (!made || !what.runs_nowhere) return made;
  if (made->has_snapshot_of_the_future) {
    settings_.log(log_level::warning,
                  "snapshots of " + name_of(*what.type, what.aggregate_id) +
                      " are of the future, and erased");
  } else if (!made->has_damaged_snapshots) {
    return made;
  }
  const version kept = made->has_damaged_snapshots ? made->snapshot : made->version;
  const auto erased = snapshots_.erase(
      {what.type->name(), what.aggregate_id}, kept, {std::numeric_limits<std::uint64_t>::max()});
  // Rather not awake than with a state that is wrong one day.
  if (!erased) return erased.error();
  return made;
}

}  // namespace cairn::actors
