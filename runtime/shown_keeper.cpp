#include "shown_keeper.hpp"

#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace cairn {

using detail::command_message;
using detail::erased_outcome;

void shown_keeper::start(actors::executor& on, const clock& time) {
  time_ = &time;
  {
    const std::lock_guard lock{mutex_};
    runs_on_ = &on;
  }
  clock_moved_ = time.when_moved([this] {
    const std::lock_guard lock{mutex_};
    if (timer_) timer_->wake();
  });
}

void shown_keeper::keep(command_message& wish, erased_outcome&& outcome) noexcept {
  const position at = outcome.receipt.position;
  demand what{std::move(wish.shown->models), wish.deadline, wish.shown->ticket};
  // It is complete()d a second time, for good.
  wish.shown = nullptr;
  keep(std::move(what),
       at,
       [message = &wish, outcome = std::move(outcome)](detail::late_models late) mutable {
         outcome.late = std::move(late);
         message->complete(std::move(outcome));
       });
}

void shown_keeper::keep(demand wish, position at, answer told) {
  kept one{at, std::move(wish), std::move(told), {}, 0};
  for (const std::size_t which : one.wish.models)
    one.on.push_back({which});
  one.open = one.on.size();
  const std::size_t count = one.on.size();
  std::uint64_t number = 0;
  {
    const std::lock_guard lock{mutex_};
    number = ++last_;
    if (one.wish.ticket != 0) by_ticket_.emplace(one.wish.ticket, number);
    kept_.emplace(number, std::move(one));
  }
  for (std::size_t i = 0; i < count; ++i) {
    actors::read_model_runner* runner = nullptr;
    {
      const std::lock_guard lock{mutex_};
      const auto found = kept_.find(number);
      if (found == kept_.end()) return;
      runner = models_[found->second.on[i].model].runner;
    }
    const std::uint64_t ticket = runner->when_shown(
        at,
        [this, number, i](const std::optional<error>& refused) { on_shown(number, i, refused); });
    const std::lock_guard lock{mutex_};
    const auto found = kept_.find(number);
    if (found != kept_.end()) {
      found->second.on[i].ticket = ticket;
    } else if (ticket != 0) {
      // Answered meanwhile, by answer_now or close.
      runner->forget(at, ticket);
    }
  }
  std::optional<kept> done;
  error::code late_because = error::code::stale;
  {
    const std::lock_guard lock{mutex_};
    const auto found = kept_.find(number);
    if (found == kept_.end()) return;
    found->second.asked = true;
    const time_point now = time_->steady();
    const time_point deadline = found->second.wish.deadline;
    if (closed_) late_because = error::code::shutting_down;
    if (closed_ || found->second.open == 0 || deadline <= now) {
      done = take_locked(found);
    } else if (deadline != time_point::max()) {
      by_deadline_.emplace(deadline, number);
      set_timer_locked(now);
    }
  }
  if (done) release(*std::move(done), late_because);
}

void shown_keeper::on_shown(std::uint64_t number,
                            std::size_t which,
                            const std::optional<error>& refused) {
  std::optional<kept> done;
  {
    const std::lock_guard lock{mutex_};
    const auto found = kept_.find(number);
    if (found == kept_.end()) return;
    kept& one = found->second;
    one.on[which].shown = !refused;
    one.on[which].refused = refused;
    if (--one.open == 0 && one.asked) done = take_locked(found);
  }
  if (done) release(*std::move(done), error::code::stale);
}

shown_keeper::kept shown_keeper::take_locked(kept_map::iterator one) {
  kept taken = std::move(one->second);
  by_deadline_.erase({taken.wish.deadline, one->first});
  if (taken.wish.ticket != 0) {
    by_ticket_.erase(taken.wish.ticket);
    answering_.insert(taken.wish.ticket);
  }
  kept_.erase(one);
  return taken;
}

void shown_keeper::release(kept&& one, error::code late_because) {
  std::vector<late_model> late;
  for (const waiting& on : one.on) {
    if (on.shown) continue;
    const model& which = models_[on.model];
    if (!on.refused && on.ticket != 0) which.runner->forget(one.at, on.ticket);
    late.push_back({which.name,
                    on.refused.value_or(error{late_because,
                                              "read model " + which.name + " did not show offset " +
                                                  std::to_string(one.at.offset) + " of partition " +
                                                  std::to_string(one.at.partition.value) +
                                                  " in time; the command was accepted"})});
  }
  detail::late_models shown_late;
  if (!late.empty()) {
    shown_late = std::make_shared<const std::vector<late_model>>(std::move(late));
  }
  const std::uint64_t ticket = one.wish.ticket;
  one.told(std::move(shown_late));
  // Without a ticket nobody asks, and nothing may be touched: with the credit that has just been
  // given back, stop() may be over.
  if (ticket == 0) return;
  const std::lock_guard lock{mutex_};
  answering_.erase(ticket);
  answered_.notify_all();
}

bool shown_keeper::answer_now(std::uint64_t ticket) {
  std::optional<kept> done;
  {
    std::unique_lock lock{mutex_};
    const auto found = by_ticket_.find(ticket);
    if (found == by_ticket_.end()) {
      if (!answering_.contains(ticket)) return false;
      answered_.wait(lock, [&] { return !answering_.contains(ticket); });
      return true;
    }
    done = take_locked(kept_.find(found->second));
  }
  release(*std::move(done), error::code::stale);
  return true;
}

void shown_keeper::set_timer_locked(time_point now) {
  if (by_deadline_.empty() || runs_on_ == nullptr || closed_) return;
  if (!timer_) {
    runs_on_->call_next("late read models");
    timer_ = runs_on_->attach(actors::executor::kind::short_runs, [this] { run(); });
  }
  // An earlier one comes first and sets the next, so that timers do not pile up.
  const time_point when = by_deadline_.begin()->first;
  if (now < timer_at_ && timer_at_ <= when) return;
  timer_at_ = when;
  timer_->wake_after(when - now);
}

void shown_keeper::run() {
  std::vector<kept> due;
  {
    const std::lock_guard lock{mutex_};
    const time_point now = time_->steady();
    while (!by_deadline_.empty() && by_deadline_.begin()->first <= now)
      due.push_back(take_locked(kept_.find(by_deadline_.begin()->second)));
    set_timer_locked(now);
  }
  for (kept& one : due)
    release(std::move(one), error::code::stale);
}

void shown_keeper::close() {
  std::vector<kept> left;
  {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    for (auto one = kept_.begin(); one != kept_.end();) {
      const auto next = std::next(one);
      // Whoever still asks the models finds it closed.
      if (one->second.asked) left.push_back(take_locked(one));
      one = next;
    }
  }
  for (kept& one : left)
    release(std::move(one), error::code::shutting_down);
}

void shown_keeper::stop() {
  close();
  clock_moved_.reset();
  std::unique_ptr<actors::strand> timer;
  {
    const std::lock_guard lock{mutex_};
    timer = std::move(timer_);
    runs_on_ = nullptr;
  }
  if (timer) timer->stop();
  // They come back here once more.
  std::unique_lock lock{mutex_};
  answered_.wait(lock, [this] { return answering_.empty(); });
}

}  // namespace cairn
