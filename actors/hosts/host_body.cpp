#include "hosts/host_body.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <utility>

namespace cairn::actors {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
// A host gives its thread back after so many commands, so that it does not starve others.
constexpr int commands_per_run = 512;
constexpr std::chrono::seconds sleep_check_interval{1};
// Looking for one that may sleep must not take long, however many may not.
constexpr int passed_over_max = 64;
// A burst of this size leaves before the run is over.
constexpr std::size_t burst_bytes_max = std::size_t{1} << 20U;

error stopping() {
  return {error::code::shutting_down, "the runtime has stopped"};
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

host::body::body(surroundings around, host_options settings)
    : around_(around),
      settings_(settings),
      name_(around.type->name()),
      era_(around.journal->writer().era()) {}

host::body::~body() {
  while (message* wish = backlog_) {
    backlog_ = wish->next;
    wish->failed(stopping());
  }
  for (message* wish = inbox_.take_all(); wish != nullptr;) {
    std::exchange(wish, wish->next)->failed(stopping());
  }
  for (auto& [key, one] : slots_) {
    while (message* wish = one.waiting.pop())
      wish->failed(stopping());
  }
  for (wake_result* left = wake_results_.take_all(); left != nullptr;) {
    const std::unique_ptr<wake_result> owned{std::exchange(left, left->next)};
  }
}

void host::body::attach(executor& where) {
  CAIRN_ASSERT(strand_ == nullptr);
  strand_ = where.attach(executor::kind::short_runs, [this] { run(); });
  clock_moved_ = around_.clock->when_moved([this] { strand_->wake(); });
}

void host::body::detach() {
  clock_moved_.reset();
  if (strand_) strand_->stop();
}

void host::body::send(message* newest, message* oldest) {
  if (inbox_.push_chain(newest, oldest)) strand_->wake();
}

void host::body::post_wake_result(const slot_key& key, std::unique_ptr<result<recovered>> what) {
  auto made = std::make_unique<wake_result>(wake_result{key, std::move(what)});
  if (wake_results_.push(made.release())) strand_->wake();
}

void host::body::run() {
  now_ = around_.clock->steady();
  wall_ = around_.clock->now();
  see_failures();
  see_index();
  take_wake_results();
  take_commands();
  submit_burst();
  put_to_sleep();
  // Also for what came in meanwhile: who pushed onto a queue that was not empty has woken nobody.
  if (backlog_ != nullptr || !inbox_.empty()) strand_->wake();
  counters_.awake.store(slots_.size(), relaxed);
}

/// After a failed group, what was decided on top of it has never happened: those aggregates are
/// read again. Whatever of ours is still queued under the old era will be refused.
void host::body::see_failures() {
  const std::uint64_t era = around_.journal->writer().era();
  if (era == era_) return;
  era_ = era;
  const std::uint64_t durable = durable_burst();
  for (auto& entry : slots_) {
    slot& one = entry.second;
    if (one.now != slot::phase::awake || one.last_burst <= durable) continue;
    one.instance.reset();
    one.recent = {};
    one.unanswered.clear();
    one.last_burst = 0;
    one.now = slot::phase::waking;
    wake(one);
  }
}

void host::body::see_index() {
  if (around_.journal->index().blocks_taken() < awaited_blocks_) return;
  indexed_burst_ = awaited_burst_;
  // In this order: the blocks then cover the burst.
  awaited_burst_ = durable_burst();
  awaited_blocks_ = around_.journal->writer().durable_blocks();
}

void host::body::take_wake_results() {
  for (wake_result* left = wake_results_.take_all(); left != nullptr;) {
    const std::unique_ptr<wake_result> one{std::exchange(left, left->next)};
    const auto found = slots_.find(borrowed_key{one->key.id, one->key.hash});
    if (found == slots_.end()) continue;
    if (one->what == nullptr) {
      wake(found->second);
    } else {
      install(found->second, *one->what);
    }
  }
}

void host::body::install(slot& at, result<recovered>& what) {
  if (what) {
    at.instance = std::move(what->instance);
    at.version = what->version;
    at.remembers_all = !what->has_command_ids;
    at.now = slot::phase::awake;
    if (settings_.snapshot_every > 0) {
      const std::uint64_t every = settings_.snapshot_every;
      at.next_snapshot = (what->snapshot.value / every + 1) * every;
    }
    counters_.woken.fetch_add(1, relaxed);
    return drain_mailbox(at);
  }
  if (what.error().what == error::code::put_aside) {
    // Reading it again for each command would help nobody. It is forgotten when it is idle.
    at.now = slot::phase::put_aside;
    at.aside = what.error();
    return drain_mailbox(at);
  }
  while (message* wish = at.waiting.pop())
    wish->failed(what.error());
  erase(at);
}

void host::body::drain_mailbox(slot& at) {
  while (at.now != slot::phase::waking && !at.waiting.empty())
    execute(at, *at.waiting.pop());
}

void host::body::wake(const slot& at) {
  const slot_key key{std::string{at.id}, at.hash};
  around_.recovery->wake({around_.type, key.id, around_.journal, [this, key](auto what) {
                            post_wake_result(key,
                                             std::make_unique<result<recovered>>(std::move(what)));
                          }});
}

void host::body::reload(slot& at) {
  at.instance.reset();
  at.recent = {};
  at.now = slot::phase::waking;
  if (at.last_burst <= durable_burst()) return wake(at);
  // What was decided before is still on its way and must be seen by the reload.
  burst().wait_for_commits(new reload_when_durable{*this, {std::string{at.id}, at.hash}});
}

void host::body::take_commands() {
  if (backlog_ == nullptr) backlog_ = inbox_.take_all();
  int taken = 0;
  for (; backlog_ != nullptr && taken < commands_per_run; ++taken) {
    receive(*std::exchange(backlog_, backlog_->next));
  }
  counters_.commands.fetch_add(static_cast<std::uint64_t>(taken), relaxed);
}

void host::body::receive(message& wish) {
  auto found = slots_.find(borrowed_key{wish.aggregate_id, wish.stream_hash});
  if (found == slots_.end()) {
    found = slots_.try_emplace(slot_key{wish.aggregate_id, wish.stream_hash}).first;
    found->second.id = found->first.id;
    found->second.hash = wish.stream_hash;
    order_.add(found->second);
    wake(found->second);
  } else {
    order_.touch(found->second);
  }
  slot& at = found->second;
  at.last_used = now_;
  const std::uint64_t durable = durable_burst();
  auto& open = at.unanswered;
  const auto first_open = std::find_if(
      open.begin(), open.end(), [durable](const auto& one) { return one.first > durable; });
  open.erase(open.begin(), first_open);
  std::uint64_t in_flight = at.waiting.size();
  for (const auto& [burst, count] : open)
    in_flight += count;
  if (in_flight >= settings_.commands_per_aggregate_max) {
    return wish.failed({error::code::overloaded,
                        std::to_string(in_flight) + " commands of " + name_ + "/" +
                            wish.aggregate_id + " are in flight"});
  }
  if (at.now == slot::phase::waking) return at.waiting.push(&wish);
  execute(at, wish);
}

bool host::body::may_sleep(const slot& one) const noexcept {
  return one.now != slot::phase::waking && one.waiting.empty() &&
         one.last_burst <= origin_.durable_up_to.load(std::memory_order_acquire);
}

void host::body::erase(slot& one) {
  order_.remove(one);
  const auto found = slots_.find(borrowed_key{one.id, one.hash});
  CAIRN_ASSERT(found != slots_.end());
  slots_.erase(found);
}

/// From the one used longest ago on, until no reason is left. One that may not sleep yet is passed
/// over by being moved to the front: it has just been used, or it is waking.
void host::body::put_to_sleep() {
  const steady_time idle_since = now_ - settings_.sleep_after;
  for (int passed_over = 0; passed_over < passed_over_max;) {
    slot* const oldest = order_.oldest();
    if (oldest == nullptr) break;
    const bool too_many = slots_.size() > settings_.awake_aggregates_max;
    if (!too_many && oldest->last_used > idle_since) break;
    if (may_sleep(*oldest)) {
      erase(*oldest);
      counters_.put_to_sleep.fetch_add(1, relaxed);
    } else {
      order_.touch(*oldest);
      oldest->last_used = std::max(oldest->last_used, now_);
      ++passed_over;
    }
  }
  // Idle aggregates send no commands, so the host has to look after them by itself.
  if (slots_.empty() || now_ < next_check_) return;
  const auto interval =
      std::min<std::chrono::nanoseconds>(sleep_check_interval, settings_.sleep_after);
  next_check_ = now_ + interval;
  strand_->wake_after(interval);
}

persistence::burst& host::body::burst() {
  if (!burst_) burst_ = std::make_unique<persistence::burst>(origin_, next_burst_, era_);
  return *burst_;
}

void host::body::submit_large_burst() {
  if (burst_ && burst_->size_bytes() >= burst_bytes_max) submit_burst();
}

void host::body::submit_burst() {
  if (!burst_ || burst_->empty()) return;
  ++next_burst_;
  counters_.bursts.fetch_add(1, relaxed);
  around_.journal->writer().submit(std::move(burst_));
}

host::host(surroundings around, host_options settings)
    : body_(std::make_unique<body>(around, settings)) {}

host::~host() = default;

void host::attach(executor& where) {
  body_->attach(where);
}

void host::detach() {
  body_->detach();
}

void host::send(detail::command_message* message) {
  body_->send(message, message);
}

void host::send_chain(detail::command_message* newest, detail::command_message* oldest) {
  body_->send(newest, oldest);
}

const host_counters& host::counters() const noexcept {
  return body_->counters();
}

}  // namespace cairn::actors
