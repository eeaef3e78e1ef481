#include "read_models/model_copies.hpp"
#include "wake_times.hpp"

#include <algorithm>
#include <utility>

// Questions go to the copy that serves. Whoever finds that another one has taken over meanwhile
// asks that one: it shows at least as much. So nobody notices a switch, and nobody sees less than
// before.

namespace cairn::actors {
namespace {

/// Tickets of different copies differ.
constexpr unsigned ticket_bits = 40;

rebuild_status as_rebuild(const read_model_status& from, bool held, bool takes_over) {
  using phase = rebuild_status::phase;
  rebuild_status now;
  now.version = from.version;
  now.now = takes_over ? phase::taking_over : phase::applying;
  if (held) now.now = phase::paused;
  if (from.stopped_on) now.now = phase::stopped;
  now.checkpoints = from.checkpoints;
  now.events_behind = from.events_behind;
  now.time_behind = from.time_behind;
  now.events_applied = from.events_applied;
  now.events_skipped = from.events_skipped;
  now.events_parked = from.events_parked;
  now.stopped_on = from.stopped_on;
  now.last_error = from.last_error;
  return now;
}

}  // namespace

error model_copies::only_former(const copy& former) const {
  return {error::code::stale,
          "read model " + std::string{type_.name()} + ": version " +
              std::to_string(type_.version()) + " is being built, and version " +
              std::to_string(former->place.version) +
              ", which answers meanwhile, does not know this question"};
}

result<void> model_copies::wait_for_own_version(time_point deadline,
                                                std::chrono::nanoseconds timeout) {
  const auto is_settled = [this] {
    return closed_ || !serving_->is_former || (building_ && building_->carrier->refusal());
  };
  executor* on = nullptr;
  {
    const std::lock_guard lock{mutex_};
    if (!is_settled()) on = runs_on_;
  }
  const bool ran = on != nullptr && on->run_until(
                                        [&] {
                                          const std::lock_guard lock{mutex_};
                                          return is_settled();
                                        },
                                        timeout);
  std::unique_lock lock{mutex_};
  if (!ran) changed_.wait_until(lock, deadline, is_settled);
  if (closed_ || !serving_->is_former) return {};
  const auto refused = building_ ? building_->carrier->refusal() : std::nullopt;
  if (refused) return *refused;
  return only_former(serving_);
}

result<void> model_copies::wait_for(const detail::picture_demand& demand) {
  const auto timeout = std::max(demand.timeout, std::chrono::nanoseconds::zero());
  const time_point deadline = due_in(timeout);
  if (demand.own_version) {
    if (auto ready = wait_for_own_version(deadline, timeout); !ready) return ready;
  }
  detail::picture_demand left = demand;
  for (;;) {
    const copy asked = serving();
    auto done = asked->carrier->wait_for(left);
    if (is_serving(asked) || closed()) return done;
    left.timeout = deadline - std::chrono::steady_clock::now();
  }
}

result<void> model_copies::look(const detail::picture_visit& who) const {
  for (;;) {
    const copy asked = serving();
    if (asked->is_former && !who.former) return only_former(asked);
    auto done = asked->carrier->look({.own = asked->is_former ? who.former : who.own});
    if (done || done.error().what != error::code::shutting_down) return done;
    if (is_serving(asked) || closed()) return done;
  }
}

result<std::shared_ptr<detail::watcher>> model_copies::watch(
    detail::watcher::options wish, const std::function<void(const void*)>& look) {
  for (;;) {
    const copy asked = serving();
    if (asked->is_former) return only_former(asked);
    auto made = asked->carrier->watch(wish, look);
    // What another one has told before the watch began would be missing from an older picture.
    if (is_serving(asked) || closed()) return made;
    if (made) (*made)->close();
  }
}

std::uint64_t model_copies::when_shown(position at,
                                       std::function<void(const std::optional<error>&)> told) {
  const copy asked = serving();
  const std::uint64_t ticket = asked->carrier->when_shown(
      at, [this, at, told = std::move(told), serial = asked->serial](const auto& refused) {
        if (serving()->serial == serial || closed()) return told(refused);
        // Queries are answered by another one now: it is that one that must show it.
        when_shown(at, told);
      });
  return ticket == 0 ? 0 : (asked->serial << ticket_bits) | ticket;
}

void model_copies::forget(position at, std::uint64_t ticket) {
  const copy now = serving();
  const std::uint64_t of_copy = ticket & ((std::uint64_t{1} << ticket_bits) - 1);
  // What was asked of one that has gone is told by this one, or by nobody.
  if (ticket >> ticket_bits == now->serial) now->carrier->forget(at, of_copy);
}

std::vector<position> model_copies::checkpoints() const {
  return serving()->carrier->checkpoints();
}

read_model_status model_copies::status() const {
  copy now;
  copy next;
  bool held = false;
  bool takes_over = false;
  {
    const std::lock_guard lock{mutex_};
    now = serving_;
    next = building_;
    held = held_;
    takes_over = attempt_.now != attempt::phase::none;
  }
  read_model_status known = now->carrier->status();
  if (next) known.rebuild = as_rebuild(next->carrier->status(), held, takes_over);
  return known;
}

}  // namespace cairn::actors
