#include "read_models/runner.hpp"
#include "wake_times.hpp"

#include <algorithm>

namespace cairn::actors {

result<void> runner::wait_for(const detail::picture_demand& demand) {
  const gate::stay inside{gate_};
  if (!inside) return *progress_.refusal();
  const time_point deadline = due_in(std::max(demand.timeout, std::chrono::nanoseconds::zero()));
  persistence::checkpoint_list goal(journals_.size());
  for (const position& one : demand.all_of) {
    if (one.partition.value >= goal.size()) {
      return error{error::code::bad_input,
                   "partition " + std::to_string(one.partition.value) + ": there are only " +
                       std::to_string(goal.size())};
    }
    std::uint64_t& least = goal[one.partition.value];
    least = std::max(least, one.offset);
  }
  for (std::size_t i = 0; demand.caught_up && i < goal.size(); ++i) {
    goal[i] = std::max(goal[i], journals_[i]->durable_offset());
  }
  const auto has_come = [&] {
    const auto now = progress_.wait_for(goal, demand.built, time_point::min(), [] {});
    return now || now.error().what != error::code::stale || progress_.paused();
  };
  // Before the start nothing has come, and nobody knows where it will run.
  const bool waited = runs_on_ != nullptr && runs_on_->run_until(has_come, demand.timeout);
  return progress_.wait_for(
      goal, demand.built, waited ? time_point::min() : deadline, [this] { wake_if_started(); });
}

void runner::wake_if_started() const {
  if (strand* const one = awake_.load(std::memory_order_acquire)) one->wake();
}

result<void> runner::look(const detail::picture_visit& who) const {
  const gate::stay inside{gate_};
  if (auto refused = progress_.refusal()) return *std::move(refused);
  if (type_.in_memory()) {
    bool shown = false;
    fold_->look(nullptr, [&](const void* picture) {
      // A model that has stopped may have a state that no journal says. It said so before it let us
      // in.
      shown = !progress_.stopped();
      if (shown) who.own(picture);
    });
    if (shown) return {};
    return *progress_.refusal();
  }
  const auto reader = view_->read();
  if (!reader) return reader.error();
  detail::table_store& tables = (*reader)->tables();
  fold_->look(&tables, who.own);
  if (tables.failed()) return *tables.failure();
  return {};
}

result<std::shared_ptr<detail::watcher>> runner::watch(
    detail::watcher::options wish, const std::function<void(const void*)>& look) {
  const gate::stay inside{gate_};
  if (auto refused = progress_.refusal()) return *std::move(refused);
  // Registered before the picture is taken.
  auto made = watches_->add(std::move(wish));
  if (type_.in_memory()) {
    bool shown = false;
    fold_->look(nullptr, [&](const void* picture) {
      shown = !progress_.stopped();
      if (!shown) return;
      // While batches are kept out, what is published is what the state shows.
      made->begin(progress_.checkpoints());
      look(picture);
    });
    if (shown) return made;
    made->close();
    return *progress_.refusal();
  }
  const auto fail = [&made](const error& why) {
    made->close();
    return why;
  };
  const auto reader = view_->read();
  if (!reader) return fail(reader.error());
  made->begin((*reader)->checkpoints());
  detail::table_store& tables = (*reader)->tables();
  fold_->look(&tables, look);
  if (tables.failed()) return fail(*tables.failure());
  return made;
}

std::uint64_t runner::when_shown(position at,
                                 std::function<void(const std::optional<error>&)> told) {
  const std::uint64_t ticket = progress_.call_when_shown(at, std::move(told));
  if (ticket == 0) return 0;
  // Nobody lingers while somebody waits; and after stop() nobody would tell any more.
  const gate::stay inside{gate_};
  if (inside) {
    wake_if_started();
  } else {
    progress_.tell();
  }
  return ticket;
}

void runner::forget(position at, std::uint64_t ticket) {
  progress_.forget(at, ticket);
}

std::vector<position> runner::checkpoints() const {
  read_model_status known;
  progress_.describe(known);
  return known.checkpoints;
}

read_model_status runner::status() const {
  read_model_status known;
  known.name = type_.name();
  known.version = type_.version();
  progress_.describe(known);
  // What is in the journal is no longer to be asked once it is stopped.
  if (const gate::stay inside{gate_}) describe_lag(known);
  return known;
}

void runner::describe_lag(read_model_status& known) const {
  std::optional<timestamp> oldest;
  for (const position& one : known.checkpoints) {
    const persistence::journal& from = *journals_[one.partition.value];
    const std::uint64_t durable = from.durable_offset();
    if (durable <= one.offset) continue;
    known.events_behind += durable - one.offset;
    const auto time = time_after(from, one.offset);
    if (time && (!oldest || *time < *oldest)) oldest = time;
  }
  // The machine's clock may have been set back since.
  if (oldest) known.time_behind = std::max(time_.now() - *oldest, std::chrono::nanoseconds::zero());
}

std::optional<timestamp> runner::time_after(const persistence::journal& from,
                                            std::uint64_t offset) const {
  std::optional<timestamp> time;
  persistence::log_cursor at{offset + 1, 0};
  const auto seen = from.read(at, 1, [&](const persistence::commit_view& commit) -> result<void> {
    if (commit.event_count() == 0 || commit.last_offset() <= offset) return {};
    time = commit.time();
    return error{error::code::stopped, "one is enough"};
  });
  (void)seen;
  return time;
}

}  // namespace cairn::actors
