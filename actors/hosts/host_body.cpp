#include "hosts/host_body.hpp"

#include "hosts/deciding.hpp"
#include "quick_strand.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <utility>

namespace cairn::actors {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
// A host gives its thread back after so many commands, so that it does not starve others.
constexpr std::size_t commands_per_run = 512;
// Messages and aggregates lie anywhere in memory: those of so many commands are fetched side by
// side.
constexpr std::size_t window_commands = 16;
static_assert(commands_per_run % window_commands == 0);
constexpr std::chrono::seconds sleep_check_interval{1};
// A burst of this size leaves before the run is over.
constexpr std::size_t burst_bytes_max = std::size_t{1} << 20U;

error stopping() {
  return {error::code::shutting_down, "the runtime has stopped"};
}

}  // namespace

host::body::body(surroundings around, host_options settings)
    : around_(around),
      settings_(settings),
      name_(around.type->name()),
      replacement_(make_replacement(
          settings.replacement, order_, [this](const slot& one) { return rest_of(one); })),
      replacement_listens_(replacement_->listens()),
      era_(around.journal->writer().era()),
      tags_events_(around.type->tags_events()) {}

host::body::~body() {
  abandon();
  for (wake_result* left = wake_results_.take_all(); left != nullptr;) {
    const std::unique_ptr<wake_result> owned{std::exchange(left, left->next)};
  }
  for (loan* left = loans_.take_all(); left != nullptr;) {
    const std::unique_ptr<loan> owned{std::exchange(left, left->next)};
  }
}

void host::body::abandon() {
  while (message* wish = backlog_) {
    backlog_ = wish->next;
    wish->failed(stopping());
  }
  for (auto* const queue : {&inbox_, &taken_back_}) {
    for (message* wish = queue->take_all(); wish != nullptr;)
      std::exchange(wish, wish->next)->failed(stopping());
  }
  slots_.each([](slot& one) {
    mailbox left = take_all_waiting(one);
    while (message* wish = left.pop())
      wish->failed(stopping());
  });
}

mailbox host::body::take_all_waiting(slot& one) noexcept {
  mailbox all = std::exchange(one.waiting, {});
  if (!one.rare) return all;
  all.prepend(std::exchange(one.rare->taken_back, {}));
  all.prepend(std::exchange(one.rare->stash, {}));
  return all;
}

void host::body::attach(executor& where) {
  CAIRN_ASSERT(strand_ == nullptr);
  strand_ = make_quick_strand(where, [this] { run(); });
  // Also when nothing comes back: an aggregate may have set commands aside on a state that never
  // was.
  origin_.when_taken_back = [this] {
    strand_->wake();
  };
  clock_moved_ = around_.clock->when_moved([this] { strand_->wake(); });
}

void host::body::detach() {
  clock_moved_.reset();
  if (strand_) strand_->stop();
}

void host::body::send(message* newest, message* oldest) {
  if (inbox_.push_chain(newest, oldest)) strand_->wake();
}

void host::body::run() {
  now_ = around_.clock->steady();
  wall_ = around_.clock->now();
  // Before the look at failures: whoever was refused and has sent again is then decided anew, not
  // on the state that the failure took back.
  if (backlog_ == nullptr) backlog_ = inbox_.take_all();
  // Also before it: what has come back by now belongs to a failure that will be seen.
  message* const again = taken_back_.take_all();
  see_failures();
  take_in_again(again);
  see_index();
  take_wake_results();
  take_loans();
  retry_wakes();
  take_commands();
  submit_burst();
  put_to_sleep();
  // Also for what came in meanwhile: who pushed onto a queue that was not empty has woken nobody.
  if (backlog_ != nullptr || !inbox_.empty()) strand_->wake();
  counters_.awake.store(slots_.size(), relaxed);
  counters_.awake_bytes.store(bytes_, relaxed);
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
    slot* const at = slots_.find(one->key.id, one->key.hash);
    if (at == nullptr) continue;
    if (one->what == nullptr) {
      wake(*at);
    } else {
      install(*at, *one->what);
    }
  }
}

void host::body::take_loans() {
  for (loan* left = loans_.take_all(); left != nullptr;) {
    const std::unique_ptr<loan> one{std::exchange(left, left->next)};
    settle(*one);
  }
}

void host::body::take_back(std::unique_ptr<loan> what) {
  if (loans_.push(what.release())) strand_->wake();
}

void host::body::take_commands() {
  const auto look_ahead = [this](auto fetch) {
    std::size_t count = 0;
    for (const message* one = backlog_; one != nullptr && count < window_commands;
         one = one->next) {
      fetch(*one);
      ++count;
    }
    return count;
  };
  std::size_t taken = 0;
  while (backlog_ != nullptr && taken < commands_per_run) {
    const std::size_t count = look_ahead([this](const message& one) {
      one.prefetch();
      slots_.prefetch_bucket(one.stream_hash);
    });
    look_ahead([this](const message& one) { slots_.prefetch_slot(one.stream_hash); });
    look_ahead([this](const message& one) { slots_.prefetch_parts(one.stream_hash); });
    for (std::size_t i = 0; i < count; ++i)
      receive(*std::exchange(backlog_, backlog_->next));
    taken += count;
  }
  counters_.commands.fetch_add(taken, relaxed);
}

slot& host::body::slot_of(const message& wish) {
  if (slot* const known = slots_.find(wish.aggregate_id, wish.stream_hash)) {
    order_.touch(*known);
    if (replacement_listens_) replacement_->used(*known);
    return *known;
  }
  slot& made = slots_.add(wish.aggregate_id, wish.stream_hash);
  order_.add(made);
  if (replacement_listens_) replacement_->added(made);
  wake(made);
  return made;
}

void host::body::receive(message& wish) {
  slot& at = slot_of(wish);
  wish.home = this;
  wish.arrival = ++arrivals_;
  at.last_used = now_;
  const std::uint64_t durable = durable_burst();
  auto& open = at.unanswered;
  const auto first_open = std::find_if(
      open.begin(), open.end(), [durable](const auto& one) { return one.first > durable; });
  open.erase(open.begin(), first_open);
  std::uint64_t in_flight = at.waiting.size();
  if (at.rare) in_flight += at.rare->stash.size() + at.rare->taken_back.size();
  for (const auto& [burst, count] : open)
    in_flight += count;
  if (in_flight >= settings_.commands_per_aggregate_max) {
    error why{error::code::overloaded,
              std::to_string(in_flight) + " commands of " + name_of(at) + " are in flight"};
    why.retry_after = around_.journal->writer().retry_after();
    return wish.failed(why);
  }
  handle(at, wish);
}

bool host::body::may_sleep(const slot& one) const noexcept {
  const bool at_rest = one.now == slot::phase::awake || one.now == slot::phase::aside;
  return at_rest && one.waiting.empty() &&
         one.last_burst <= origin_.durable_up_to.load(std::memory_order_acquire);
}

rest host::body::rest_of(const slot& one) const noexcept {
  if (!may_sleep(one)) return rest::on_its_way;
  return one.has_stash() ? rest::kept : rest::may_sleep;
}

bool host::body::too_many() const noexcept {
  return slots_.size() > settings_.awake_aggregates_max ||
         (settings_.awake_bytes_max != 0 && bytes_ > settings_.awake_bytes_max &&
          slots_.size() > 1);
}

/// Whether nobody will have to sleep either once those that wake have been weighed.
bool host::body::has_room() const noexcept {
  if (too_many()) return false;
  if (settings_.awake_bytes_max == 0 || weighed_ == 0) return true;
  return bytes_ / weighed_ * slots_.size() <= settings_.awake_bytes_max;
}

void host::body::erase(slot& one) {
  if (one.now == slot::phase::aside) leave_aside(one);
  bytes_ -= one.bytes;
  if (one.bytes != 0) --weighed_;
  order_.remove(one);
  if (replacement_listens_) replacement_->removed(one);
  slots_.erase(one);
}

/// What `decide` has set aside is not stored anywhere, so it ends here.
void host::body::sleep(slot& one) {
  if (one.has_stash()) {
    mailbox left = std::exchange(one.rare->stash, {});
    while (message* wish = left.pop()) {
      wish->failed({error::code::unhandled,
                    name_of(one) + " went to sleep before it took what it had set aside"});
    }
  }
  erase(one);
  counters_.put_to_sleep.fetch_add(1, relaxed);
}

void host::body::put_to_sleep() {
  std::erase_if(sleepy_, [this](const slot_key& key) {
    slot* const one = slots_.find(key.id, key.hash);
    if (one != nullptr && one->rare && one->rare->sleep) {
      if (!may_sleep(*one)) return false;
      sleep(*one);
    }
    return true;
  });
  make_room();
  sleep_idle();
  // Idle aggregates send no commands, so the host has to look after them by itself.
  if (slots_.empty() || now_ < next_check_) return;
  if (some_wait_) expire();
  const auto interval =
      std::min<std::chrono::nanoseconds>(sleep_check_interval, settings_.sleep_after);
  next_check_ = now_ + interval;
  strand_->wake_after(interval);
}

void host::body::make_room() {
  while (too_many()) {
    slot* const one = replacement_->next();
    if (one == nullptr) return;
    sleep(*one);
  }
  if (replacement_listens_ && has_room()) replacement_->has_room();
}

/// From the one used longest ago on. One that may not sleep yet is passed over by being moved to
/// the front: it has just been used, or it is waking.
void host::body::sleep_idle() {
  const steady_time idle_since = now_ - settings_.sleep_after;
  for (int passed_over = 0; passed_over < passed_over_max;) {
    slot* const oldest = order_.oldest();
    if (oldest == nullptr || oldest->last_used > idle_since) return;
    if (rest_of(*oldest) == rest::may_sleep) {
      sleep(*oldest);
    } else {
      order_.touch(*oldest);
      oldest->last_used = std::max(oldest->last_used, now_);
      ++passed_over;
    }
  }
}

/// Ends those that wait longer than their senders do.
void host::body::expire() {
  some_wait_ = false;
  slots_.each([this](slot& one) {
    mailbox expired = one.waiting.empty() ? mailbox{} : one.waiting.take_expired(now_);
    if (one.rare) {
      expired.prepend(one.rare->taken_back.take_expired(now_));
      expired.prepend(one.rare->stash.take_expired(now_));
    }
    while (message* wish = expired.pop())
      wish->failed({error::code::expired, "the deadline passed while it waited"});
    some_wait_ = some_wait_ || !one.waiting.empty() || one.has_stash() ||
                 (one.rare && !one.rare->taken_back.empty());
  });
}

std::string host::body::name_of(const slot& one) const {
  return actors::name_of(name_, one.id);
}

void host::body::tell(log_level level, const std::string& text) const {
  if (around_.log != nullptr) (*around_.log)(level, text);
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

void host::abandon() {
  body_->abandon();
}

void host::send(detail::command_message* message) {
  body_->send(message, message);
}

void host::send_chain(detail::command_message* newest, detail::command_message* oldest) {
  body_->send(newest, oldest);
}

void host::take_back(std::unique_ptr<loan> what) {
  body_->take_back(std::move(what));
}

std::vector<aside_aggregate> host::aside() const {
  return body_->aside();
}

std::uint32_t host::number() const noexcept {
  return body_->number();
}

const host_counters& host::counters() const noexcept {
  return body_->counters();
}

}  // namespace cairn::actors
