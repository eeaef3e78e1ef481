#include "read_models/progress.hpp"

#include <algorithm>
#include <utility>

namespace cairn::actors {
namespace {

/// How long a waiting query trusts in hints before it asks for a look at the journal again.
constexpr std::chrono::milliseconds nudge_every{20};

/// Counts a query as waiting while it exists.
class waiting {
 public:
  explicit waiting(std::atomic<unsigned>& count) : count_(count) { ++count_; }
  waiting(const waiting&) = delete;
  waiting& operator=(const waiting&) = delete;
  ~waiting() { --count_; }

 private:
  std::atomic<unsigned>& count_;
};

}  // namespace

void progress::begin(persistence::checkpoint_list at, bool from_nothing) {
  const std::lock_guard lock{mutex_};
  at_ = std::move(at);
  using phase = read_model_status::phase;
  phase_ = from_nothing ? phase::rebuilding : phase::running;
}

void progress::publish(const persistence::checkpoint_list& at,
                       std::uint64_t more_applied,
                       bool caught_up) {
  {
    const std::lock_guard lock{mutex_};
    at_ = at;
    applied_ += more_applied;
    if (caught_up && !why_stopped_) phase_ = read_model_status::phase::running;
  }
  if (somebody_waits()) changed_.notify_all();
}

void progress::stop(error why) {
  {
    const std::lock_guard lock{mutex_};
    if (!why_stopped_) phase_before_stop_ = phase_;
    phase_ = read_model_status::phase::stopped;
    last_error_ = why;
    waits_on_.reset();
    why_stopped_ = std::move(why);
    stopped_.store(true, std::memory_order_release);
  }
  changed_.notify_all();
}

void progress::go_on(bool by_itself) {
  const std::lock_guard lock{mutex_};
  if (!why_stopped_) return;
  why_stopped_.reset();
  phase_ = phase_before_stop_;
  if (by_itself) ++restarts_;
  stopped_.store(false, std::memory_order_release);
}

void progress::pause(bool paused) {
  {
    const std::lock_guard lock{mutex_};
    paused_ = paused;
  }
  changed_.notify_all();
}

void progress::note(const error& trouble) {
  const std::lock_guard lock{mutex_};
  last_error_ = trouble;
}

void progress::wait_on(std::optional<error> what) {
  const std::lock_guard lock{mutex_};
  waits_on_ = std::move(what);
}

void progress::skipped(std::uint64_t more) {
  const std::lock_guard lock{mutex_};
  skipped_ += more;
}

void progress::parked(std::uint64_t letters, std::uint64_t keys) {
  const std::lock_guard lock{mutex_};
  letters_ = letters;
  keys_ = keys;
}

void progress::close() {
  {
    const std::lock_guard lock{mutex_};
    closed_ = true;
  }
  changed_.notify_all();
}

result<void> progress::wait_for(const persistence::checkpoint_list& goal,
                                bool built,
                                time_point deadline,
                                const std::function<void()>& nudge) {
  std::unique_lock lock{mutex_};
  const auto settled = [&] {
    return paused_ || refusal_locked() || (reached(goal) && (!built || is_built()));
  };
  if (!settled()) {
    const waiting here{waiters_};
    time_point now = std::chrono::steady_clock::now();
    while (!settled() && now < deadline) {
      // Not with the lock held: it wakes others, who may want it.
      lock.unlock();
      nudge();
      lock.lock();
      changed_.wait_until(lock, std::min<time_point>(deadline, now + nudge_every), settled);
      now = std::chrono::steady_clock::now();
    }
  }
  if (auto refused = refusal_locked()) return *std::move(refused);
  if (!reached(goal)) return stale(goal);
  if (built && !is_built()) {
    return error{error::code::stale,
                 "read model " + name_ + (paused_ ? " is paused while it is" : " is still") +
                     " being built"};
  }
  return {};
}

std::uint64_t progress::call_when_shown(position at, shown_callback told) {
  std::optional<error> refused;
  {
    const std::lock_guard lock{mutex_};
    refused = refusal_locked();
    if (!refused && at_[at.partition.value] < at.offset) {
      called_[at.partition.value].emplace(at.offset, shown_waiter{++last_ticket_, std::move(told)});
      ++waiters_;
      return last_ticket_;
    }
  }
  told(refused);
  return 0;
}

void progress::forget(position at, std::uint64_t ticket) {
  // Dropped without the lock: it is someone else's code.
  shown_callback dropped;
  const std::lock_guard lock{mutex_};
  auto& here = called_[at.partition.value];
  const auto [first, last] = here.equal_range(at.offset);
  const auto found =
      std::find_if(first, last, [ticket](const auto& one) { return one.second.ticket == ticket; });
  if (found == last) return;
  dropped = std::move(found->second.told);
  here.erase(found);
  --waiters_;
}

void progress::tell() {
  if (!somebody_waits()) return;
  std::vector<shown_callback> due;
  std::optional<error> refused;
  {
    const std::lock_guard lock{mutex_};
    refused = refusal_locked();
    for (std::size_t i = 0; i < at_.size(); ++i) {
      const auto end = refused ? called_[i].end() : called_[i].upper_bound(at_[i]);
      for (auto one = called_[i].begin(); one != end; ++one)
        due.push_back(std::move(one->second.told));
      called_[i].erase(called_[i].begin(), end);
    }
    waiters_ -= static_cast<unsigned>(due.size());
  }
  for (const shown_callback& told : due)
    told(refused);
}

std::optional<error> progress::refusal() const {
  const std::lock_guard lock{mutex_};
  return refusal_locked();
}

persistence::checkpoint_list progress::checkpoints() const {
  const std::lock_guard lock{mutex_};
  return at_;
}

void progress::describe(read_model_status& out) const {
  const std::lock_guard lock{mutex_};
  out.now = paused_ ? read_model_status::phase::paused : phase_;
  out.checkpoints.clear();
  for (std::size_t i = 0; i < at_.size(); ++i) {
    out.checkpoints.push_back({{static_cast<std::uint16_t>(i)}, at_[i]});
  }
  out.events_applied = applied_;
  out.stopped_on = why_stopped_;
  out.last_error = last_error_;
  out.waiting_for = waits_on_;
  out.events_skipped = skipped_;
  out.events_parked = letters_;
  out.keys_parked = keys_;
  out.restarts = restarts_;
}

bool progress::reached(const persistence::checkpoint_list& goal) const {
  return std::equal(goal.begin(), goal.end(), at_.begin(), at_.end(), std::less_equal<>{});
}

std::optional<error> progress::refusal_locked() const {
  if (why_stopped_) return error{error::code::stopped, why_stopped_->detail};
  if (closed_) return error{error::code::shutting_down, "read model " + name_};
  return std::nullopt;
}

error progress::stale(const persistence::checkpoint_list& goal) const {
  std::string detail = "read model " + name_;
  if (paused_) detail += " is paused, and";
  std::string_view before = " is at offset ";
  for (std::size_t i = 0; i < goal.size(); ++i) {
    if (at_[i] >= goal[i]) continue;
    detail.append(before).append(std::to_string(at_[i]));
    detail.append(" of partition ").append(std::to_string(i));
    detail.append(" and should be at ").append(std::to_string(goal[i]));
    before = ", at offset ";
  }
  return {error::code::stale, std::move(detail)};
}

}  // namespace cairn::actors
