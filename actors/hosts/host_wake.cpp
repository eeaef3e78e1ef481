#include "hosts/deciding.hpp"
#include "hosts/host_body.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <utility>

// How aggregates come to their state, and what happens when they do not.

namespace cairn::actors {
namespace {

/// Trying again would come to the same.
bool is_lasting(error::code what) noexcept {
  return what == error::code::put_aside || what == error::code::corrupt;
}

}  // namespace

/// Asks for a reload once everything of the aggregate that is on its way has met its fate.
class host::body::reload_when_durable final : public detail::commit_reply {
 public:
  reload_when_durable(body& owner, slot_key key) : owner_(owner), key_(std::move(key)) {}
  void durable(position /*newest*/) noexcept override { finish(); }
  void failed(const error& /*why*/) noexcept override { finish(); }

 private:
  void finish() noexcept {
    owner_.post_wake_result(key_, nullptr);
    delete this;  // NOLINT(cppcoreguidelines-owning-memory): nobody else knows of it
  }
  body& owner_;
  slot_key key_;
};

void host::body::post_wake_result(const slot_key& key, std::unique_ptr<result<recovered>> what) {
  auto made = std::make_unique<wake_result>(wake_result{key, std::move(what)});
  if (wake_results_.push(made.release())) strand_->wake();
}

void host::body::wake(const slot& at) {
  const slot_key key{std::string{at.id}, at.hash};
  around_.recovery->wake({.type = around_.type,
                          .aggregate_id = key.id,
                          .journal = around_.journal,
                          .deadline = steady_time::max(),
                          .runs_nowhere = true,
                          .without_state = at.rare && at.rare->wakes_for_notes,
                          .done = [this, key](auto what) {
                            post_wake_result(key,
                                             std::make_unique<result<recovered>>(std::move(what)));
                          }});
}

void host::body::reload(slot& at) {
  at.instance.reset();
  at.recent = {};
  wake_when_durable(at);
}

void host::body::wake_when_durable(slot& at) {
  at.now = slot::phase::waking;
  if (at.last_burst <= durable_burst()) return wake(at);
  // What was decided before is still on its way and must be seen.
  burst().wait_for_commits(new reload_when_durable{*this, {std::string{at.id}, at.hash}});
}

void host::body::install(slot& at, result<recovered>& what) {
  if (at.now != slot::phase::waking) return;
  const bool for_notes = at.rare && at.rare->wakes_for_notes;
  if (for_notes && (what || what.error().what != error::code::shutting_down)) {
    return take_notes(at, what);
  }
  if (!what) return fail_wake(at, what.error());
  CAIRN_ASSERT(what->instance != nullptr);
  adopt(at, *what);
  if (at.rare) at.rare->failed_wakes = 0;
  // Overdue: an earlier program took none, or other ones, or they were lost.
  if (const std::uint64_t every = settings_.snapshot_every; every > 0) {
    // One of a state that begins anew says nothing.
    const std::uint64_t begin = std::max(what->snapshot.value, what->note.reset_at);
    at.next_snapshot = (begin / every + 1) * every;
  } else if (what->passed_over_outdated && around_.type->asks_for_snapshots()) {
    at.more().snapshot = true;
  }
  snapshot_if_due(at);
  weigh(at, at.bytes);
  counters_.woken.fetch_add(1, std::memory_order_relaxed);
  drain_mailbox(at);
}

/// What has been read is what it is now.
void host::body::adopt(slot& at, recovered& what) {
  at.instance = std::move(what.instance);
  at.version = what.version;
  at.remembers_all = !what.has_command_ids;
  // Nothing of it is on its way: whatever had been decided before was waited for.
  at.last_burst = 0;
  at.unanswered.clear();
  at.now = slot::phase::awake;
  if (what.note != persistence::stream_note{}) {
    at.more().note = what.note;
  } else if (at.rare) {
    at.rare->note = {};
  }
}

/// What is recorded beside events needs no state. So one that cannot be woken can be removed, and
/// then begins anew.
void host::body::wake_for_notes(slot& at, message& wish) {
  some_wait_ = true;
  at.waiting.push(&wish);
  at.recent = {};
  at.more().wakes_for_notes = true;
  wake_when_durable(at);
}

void host::body::take_notes(slot& at, result<recovered>& what) {
  at.rare->wakes_for_notes = false;
  if (what) adopt(at, *what);
  while (at.instance == nullptr && !at.waiting.empty()) {
    message& wish = *at.waiting.pop();
    if (wish.what_for != message::purpose::note) {
      wish.failed(why_aside(at));
    } else if (!what) {
      wish.failed(what.error());
    } else {
      execute(at, wish);
    }
  }
  if (at.instance == nullptr) {
    at.now = slot::phase::aside;
    return;
  }
  leave_aside(at);
  at.rare->failed_wakes = 0;
  at.next_snapshot = at.version.value + settings_.snapshot_every;
  counters_.woken.fetch_add(1, std::memory_order_relaxed);
  drain_mailbox(at);
}

error host::body::why_aside(const slot& at) const {
  error why = at.rare->aside;
  if (at.rare->aside_until != steady_time::max()) why.retry_after = at.rare->aside_until - now_;
  return why;
}

void host::body::fail_wake(slot& at, const error& why) {
  if (why.what == error::code::shutting_down) {
    mailbox left = take_all_waiting(at);
    while (message* wish = left.pop())
      wish->failed(why);
    return erase(at);
  }
  if (is_lasting(why.what)) return put_aside(at, why, steady_time::max());
  std::uint32_t& failed = at.more().failed_wakes;
  ++failed;
  if (failed >= settings_.wake_attempts_max) {
    return put_aside(at, why, now_ + settings_.wake_pause_max);
  }
  constexpr std::uint32_t doublings_max = 20;
  auto pause = std::chrono::nanoseconds{settings_.wake_pause_first} *
               (1U << std::min(failed - 1, doublings_max));
  // Up to a quarter more, so that many that failed together do not come back together.
  pause += pause / 4 * static_cast<std::int64_t>(at.hash % 256) / 256;
  pause = std::min<std::chrono::nanoseconds>(pause, settings_.wake_pause_max);
  tell(log_level::warning,
       name_of(at) + " could not be woken, and is tried again: " + describe(why));
  retries_.emplace_back(now_ + pause, slot_key{std::string{at.id}, at.hash});
  strand_->wake_after(pause);
}

void host::body::retry_wakes() {
  std::vector<slot_key> due;
  std::erase_if(retries_, [this, &due](const auto& one) {
    if (one.first > now_) return false;
    due.push_back(one.second);
    return true;
  });
  for (const slot_key& key : due) {
    slot* const at = slots_.find(key.id, key.hash);
    if (at != nullptr && at->now == slot::phase::waking) wake(*at);
  }
}

/// The others go on. Its commands are answered with the reason, until it has been idle for so long
/// that it is forgotten, until it is removed, or until it is worth another try.
void host::body::put_aside(slot& at, const error& why, steady_time until) {
  at.now = slot::phase::aside;
  at.more().aside = why;
  at.rare->aside_until = until;
  tell(log_level::error, name_of(at) + " is put aside: " + describe(why));
  {
    const std::lock_guard lock{aside_mutex_};
    aside_.insert_or_assign(std::string{at.id}, why);
  }
  drain_mailbox(at);
}

void host::body::leave_aside(slot& at) {
  const std::lock_guard lock{aside_mutex_};
  aside_.erase(std::string{at.id});
}

std::vector<aside_aggregate> host::body::aside() const {
  const std::lock_guard lock{aside_mutex_};
  std::vector<aside_aggregate> all;
  for (const auto& [id, why] : aside_)
    all.push_back({id, why});
  return all;
}

bool host::body::turned_away(slot& at, message& wish) {
  if (at.now == slot::phase::awake) return false;
  if (at.now == slot::phase::aside && at.rare->aside_until > now_) {
    if (wish.what_for == message::purpose::note) {
      wake_for_notes(at, wish);
    } else {
      wish.failed(why_aside(at));
    }
    return true;
  }
  some_wait_ = true;
  at.waiting.push(&wish);
  if (at.now == slot::phase::aside) {
    // One more attempt; if it fails, at once aside again.
    leave_aside(at);
    at.rare->failed_wakes = settings_.wake_attempts_max - 1;
    at.now = slot::phase::waking;
    wake(at);
  }
  return true;
}

}  // namespace cairn::actors
