#include "process_managers/manager_runner.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace cairn::actors {
namespace {

using policy = process_manager_options::policy;
using outcome_kind = detail::erased_outcome::kind;

/// Timers that fire in one transaction, at most.
constexpr std::size_t timers_at_once = 2'000;

/// Whether a failure is one of the machinery that passes: the command is sent again for as long as
/// it takes.
bool may_pass(error::code what) {
  using code = error::code;
  switch (what) {
    case code::timed_out:
    case code::not_owner:
    case code::unavailable:
    case code::overloaded:
    case code::store_full:
    case code::shutting_down:
    case code::uncertain:
    case code::expired:
    case code::storage_failed:
    case code::fenced:
    case code::io_failed:
    case code::stale: return true;
    default: return false;
  }
}

/// Whether it is worth while to try a few times before the manager is told.
bool may_differ_next_time(error::code what) {
  return what == error::code::user_code_threw || what == error::code::put_aside ||
         what == error::code::corrupt;
}

error refusal(const detail::erased_outcome& outcome) {
  if (outcome.what == outcome_kind::failed) return outcome.why;
  return {error::code::stopped, "rejected with " + std::to_string(outcome.rejection)};
}

}  // namespace

bool manager_runner::has_answer_due(time_point now) const {
  return std::any_of(answers_.begin(), answers_.end(), [now](const command_answer& one) {
    return one.retry_at <= now;
  });
}

void manager_runner::step_batch(bool fire) {
  const time_point now = time_.steady();
  auto batch = view_->begin();
  if (!batch) return on_storage_failure(batch.error());
  // The batch keeps the feed out: the rows stay those of this checkpoint.
  const auto reached = view_->checkpoints();
  if (!reached) return on_storage_failure(reached.error());
  steps_.begin((*batch)->tables());
  std::vector<verdict> verdicts;
  for (command_answer& one : answers_) {
    const bool waits = one.retry_at > now;
    verdicts.push_back(waits ? verdict{verdict::kind::undecided, {}} : judge(one, now));
  }
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (verdicts[i].what == verdict::kind::over) catch_up(answers_[i].of.instance);
  }
  if (!std::exchange(caught_up_at_start_, true)) {
    for (const std::string& instance : steps_.waited_for())
      catch_up(instance);
  }
  if (fire) fire_timers();
  steps_.end();
  if (auto stored = (*batch)->commit(*reached); !stored) {
    halt_after_.reset();
    caught_up_at_start_ = false;
    return on_storage_failure(stored.error());
  }
  storage_attempts_ = 0;
  std::deque<command_answer> left;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const std::string& instance = answers_[i].of.instance;
    switch (verdicts[i].what) {
      case verdict::kind::over: window_.done(instance); break;
      case verdict::kind::again: window_.again(instance, verdicts[i].when); break;
      case verdict::kind::undecided: left.push_back(std::move(answers_[i])); break;
    }
  }
  answers_ = std::move(left);
  in_flight_.store(window_.in_flight());
  if (halt_after_) halt(*std::exchange(halt_after_, std::nullopt));
}

manager_runner::verdict manager_runner::judge(command_answer& answer, time_point now) {
  const command_key key{answer.of.instance, answer.of.number};
  const auto row = steps_.tables().commands.get(key);
  // Taken back meanwhile by a step that did not know that it was on its way.
  if (!row) return {};
  switch (answer.outcome.what) {
    case outcome_kind::accepted: steps_.remove(key); return {};
    case outcome_kind::rejected: return tell(answer, *row, now);
    case outcome_kind::failed: return on_failed_answer(answer, *row, now);
  }
  CAIRN_UNREACHABLE();
}

manager_runner::verdict manager_runner::on_failed_answer(command_answer& answer,
                                                         const command_row& row,
                                                         time_point now) {
  const error& why = answer.outcome.why;
  const bool passes = may_pass(why.what);
  if (!passes && !may_differ_next_time(why.what)) return tell(answer, row, now);
  const unsigned attempts = window_.failed(answer.of.instance);
  if (!passes && attempts > settings_.user.repeats) return tell(answer, row, now);
  if (attempts == settings_.user.warn_after) {
    log(log_level::warning,
        "command " + row.command_id + " to " + row.target + "/" + row.aggregate_id +
            " has been sent in vain " + std::to_string(attempts) + " times: " + describe(why));
  }
  return {verdict::kind::again, now + std::max(delay_after(attempts), why.retry_after)};
}

manager_runner::verdict manager_runner::tell(command_answer& answer,
                                             const command_row& row,
                                             time_point now) {
  const command_key key{answer.of.instance, answer.of.number};
  const auto told = steps_.tell(key, row, answer.outcome, time_.now());
  if (!told) {
    if (++answer.attempts > settings_.user.repeats) {
      return leave_out(answer, row, settings_.user.on_error, told.error());
    }
    answer.retry_at = now + delay_after(answer.attempts);
    return {verdict::kind::undecided, {}};
  }
  if (told->again) return {verdict::kind::again, now};
  if (told->heard) {
    steps_.remove(key);
    return {};
  }
  const bool rejected = answer.outcome.what == outcome_kind::rejected;
  const policy how = rejected ? settings_.user.on_rejection : settings_.user.on_failure;
  return leave_out(answer, row, how, refusal(answer.outcome));
}

manager_runner::verdict manager_runner::leave_out(const command_answer& answer,
                                                  const command_row& row,
                                                  policy how,
                                                  error why) {
  const std::string what =
      "command " + row.command_id + " to " + row.target + "/" + row.aggregate_id;
  why.detail = what + " of " + answer.of.instance + ": " + why.detail;
  if (how == policy::stop) {
    halt_after_ = std::move(why);
    return {verdict::kind::undecided, {}};
  }
  log(log_level::error, "left out " + describe(why));
  steps_.leave_out(answer.of.instance, what, describe(why));
  steps_.remove(command_key{answer.of.instance, answer.of.number});
  return {};
}

/// What has waited for the instance's commands.
void manager_runner::catch_up(const std::string& instance) {
  for (unsigned attempts = 1; !halt_after_; ++attempts) {
    const auto done = steps_.catch_up(instance);
    if (done) return;
    if (attempts <= settings_.user.repeats) continue;
    if (settings_.user.on_error == policy::stop) {
      halt_after_ = error{done.error().what, "instance " + instance + ": " + done.error().detail};
      return;
    }
    log(log_level::error, "left out, of " + instance + ": " + describe(done.error()));
    steps_.leave_out_first(instance, done.error());
    attempts = 0;
  }
}

bool manager_runner::timers_may_fire() {
  if (!next_due_ || *next_due_ > timer_time_.now() || time_.steady() < timers_held_until_)
    return false;
  if (!goal_) {
    goal_.emplace();
    for (const persistence::journal* journal : journals_)
      goal_->push_back(journal->durable_offset());
    fire_up_to_ = timer_time_.now();
  }
  const auto reached = feed_->checkpoints();
  for (std::size_t i = 0; i < goal_->size(); ++i) {
    if (reached[i].offset < (*goal_)[i]) return false;
  }
  return true;
}

void manager_runner::fire_timers() {
  std::vector<timer_key> due;
  steps_.tables().timers.each([&](const timer_key& key, const timer_row& /*row*/) {
    if (std::get<0>(key) > fire_up_to_) return false;
    due.push_back(key);
    return due.size() < timers_at_once;
  });
  // What was stored since may bring timers that are due, and events that cancel them.
  if (due.size() < timers_at_once) goal_.reset();
  for (const timer_key& key : due) {
    // A step before this one may have cancelled it.
    const auto row = steps_.tables().timers.get(key);
    if (!row) continue;
    auto done = steps_.fire(key, *row, timer_time_.now());
    if (done) {
      timer_attempts_.erase(key);
    } else {
      on_timer_failure(key, *row, done.error());
    }
  }
}

void manager_runner::on_timer_failure(const timer_key& key,
                                      const timer_row& row,
                                      const error& why) {
  const auto& [due, instance, name] = key;
  const unsigned attempts = ++timer_attempts_[key];
  if (attempts <= settings_.user.repeats) {
    timers_held_until_ = time_.steady() + delay_after(attempts);
    return;
  }
  const std::string what = "timer " + name + " of " + instance;
  if (settings_.user.on_error == policy::stop) {
    halt_after_ = error{why.what, what + ": " + why.detail};
    return;
  }
  log(log_level::error, "left out " + what + ": " + describe(why));
  steps_.leave_out(instance, what, describe(why));
  steps_.pass_over(key, row, timer_time_.now());
  timer_attempts_.erase(key);
}

}  // namespace cairn::actors
