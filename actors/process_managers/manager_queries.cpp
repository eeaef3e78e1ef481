#include "process_managers/manager_runner.hpp"
#include "wake_times.hpp"

#include <utility>

namespace cairn::actors {

/// Calls `read(manager_tables&)` on the tables as they are now. What it returns, or why not.
template <class Read> auto manager_runner::reading(Read&& read) const {
  using value = std::invoke_result_t<Read&, manager_tables&>;
  const gate::stay inside{gate_};
  if (!inside) return result<value>{error{error::code::shutting_down, label()}};
  const auto reader = view_->read();
  if (!reader) return result<value>{reader.error()};
  detail::table_store& store = (*reader)->tables();
  manager_tables tables;
  detail::bind_tables(tables, store);
  value found = read(tables);
  if (store.failed()) return result<value>{*store.failure()};
  return result<value>{std::move(found)};
}

result<process_manager_status> manager_runner::status() const {
  auto counted = reading([](manager_tables& tables) {
    process_manager_status now;
    now.instances = tables.instances.size();
    now.commands_pending = tables.queue.size();
    now.waiting = tables.waiting.size();
    now.timers_pending = tables.timers.size();
    now.failed_steps = tables.failed.size();
    return now;
  });
  if (!counted) return counted;
  const gate::stay inside{gate_};
  if (!inside) return error{error::code::shutting_down, label()};
  counted->feed = feed_->status();
  counted->commands_in_flight = in_flight_.load();
  if (auto why = halted()) {
    counted->feed.now = read_model_status::phase::stopped;
    counted->feed.stopped_on = std::move(why);
  }
  return counted;
}

result<std::optional<std::string>> manager_runner::state_of(std::string_view instance) const {
  return reading(
      [&](manager_tables& tables) { return tables.instances.get(std::string{instance}); });
}

result<std::vector<failed_step>> manager_runner::failed_steps(std::uint64_t from,
                                                              std::size_t max) const {
  return reading([&](manager_tables& tables) {
    std::vector<failed_step> all;
    tables.failed.each_from(from, [&](std::uint64_t number, const failed_row& row) {
      if (all.size() >= max) return false;
      all.push_back({number, row.instance, row.what, row.why});
      return true;
    });
    return all;
  });
}

error manager_runner::not_in_time() const {
  return {error::code::stale, label() + " has not settled in time"};
}

result<void> manager_runner::settle(std::chrono::nanoseconds timeout) {
  const gate::stay inside{gate_};
  if (!inside) return error{error::code::shutting_down, label()};
  const time_point deadline = due_in(std::max(timeout, std::chrono::nanoseconds::zero()));
  for (;;) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left.count() <= 0) return not_in_time();
    if (auto why = halted()) return error{error::code::stopped, why->detail};
    if (auto folded = feed_->wait_for({.caught_up = true, .timeout = left}); !folded) return folded;
    std::uint64_t before = 0;
    {
      const std::lock_guard lock{mutex_};
      before = begun_;
    }
    strand_->wake();
    const auto has_settled = [&] {
      const std::lock_guard lock{mutex_};
      return settled_ > before || halted_ || closed_;
    };
    if (!runs_on_->run_until(has_settled, left)) {
      std::unique_lock lock{mutex_};
      settled_changed_.wait_until(
          lock, deadline, [&] { return settled_ > before || halted_ || closed_; });
    } else if (!has_settled()) {
      return not_in_time();
    }
    {
      const std::lock_guard lock{mutex_};
      if (closed_) return error{error::code::shutting_down, label()};
      if (halted_) continue;
      if (settled_ <= before) return not_in_time();
    }
    // Answered commands may have led to events that the manager wants.
    bool folded = true;
    const auto reached = feed_->checkpoints();
    for (std::size_t i = 0; i < journals_.size(); ++i)
      folded = folded && reached[i].offset >= journals_[i]->durable_offset();
    if (folded && !changed_.load()) return {};
  }
}

}  // namespace cairn::actors
