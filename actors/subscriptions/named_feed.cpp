#include "cairn/actors/named_feed.hpp"

#include "cairn/assert.hpp"
#include "cairn/detail/guarded.hpp"

#include <algorithm>
#include <utility>

namespace cairn::actors {
namespace {

constexpr std::chrono::seconds retry_delay{1};
constexpr std::uint32_t page_max = 1'000;
/// Nobody waits longer at once, so that adding it to a time cannot overflow.
constexpr std::chrono::hours longest_wait{24};

}  // namespace

named_feed::named_feed(options settings,
                       std::shared_ptr<subscription_source> source,
                       std::shared_ptr<persistence::view> view,
                       const clock& time)
    : settings_(std::move(settings)),
      source_(std::move(source)),
      time_(time),
      view_(std::move(view)) {
  CAIRN_ASSERT(settings_.window.keyed == static_cast<bool>(settings_.key));
}

named_feed::~named_feed() {
  close();
  end_strand();
}

result<void> named_feed::start(executor& on) {
  CAIRN_ASSERT(window_ == nullptr);
  if (auto loaded = load(); !loaded) return loaded;
  const auto at_once = [] {
    return true;
  };
  if (on.run_until(at_once, {})) runs_on_ = &on;
  on.call_next("subscription " + settings_.name);
  {
    const std::lock_guard lock{strand_mutex_};
    strand_ = on.attach(executor::kind::may_block, [this] { run(); });
  }
  clock_moved_ = time_.when_moved([this] { wake_strand(); });
  wake_strand();
  return {};
}

void named_feed::wake_strand() noexcept {
  const std::lock_guard lock{strand_mutex_};
  if (strand_) strand_->wake();
}

void named_feed::hint() noexcept {
  wake_strand();
}

void named_feed::close() noexcept {
  const std::lock_guard lock{mutex_};
  closed_ = true;
  tell_consumers();
}

void named_feed::end_strand() {
  clock_moved_.reset();
  // Not by reset() alone: a run that is on still uses the pointer.
  if (strand_) strand_->stop();
  const std::lock_guard lock{strand_mutex_};
  strand_.reset();
}

void named_feed::stop() {
  close();
  end_strand();
  if (auto stored = store_now(); !stored && stored.error().what != error::code::shutting_down) {
    settings_.log(log_level::warning,
                  "subscription " + settings_.name +
                      ": what was acknowledged last is not stored: " + describe(stored.error()));
  }
  const std::lock_guard storing{storing_};
  view_.reset();
}

void named_feed::tell_consumers() {
  changed_.notify_all();
  for (const auto& [who, wake] : wakes_) {
    if (wake) wake();
  }
}

void named_feed::end(error why) {
  settings_.log(log_level::error,
                "subscription " + settings_.name + " has ended: " + describe(why));
  const std::lock_guard lock{mutex_};
  why_ended_ = std::move(why);
  tell_consumers();
}

std::optional<error> named_feed::refusal_locked() const {
  if (closed_) return error{error::code::shutting_down, "the runtime is stopping"};
  return why_ended_;
}

void named_feed::run() {
  const time_point now = time_.steady();
  bool changed = false;
  {
    const std::lock_guard lock{mutex_};
    if (refusal_locked()) return;
    const auto before = window_->next_time();
    window_->tick(now, time_.now());
    changed = before != window_->next_time();
    if (changed) tell_consumers();
  }
  store_when_due(now);
  const bool more = now >= read_at_ && fill();
  if (more) return strand_->wake();
  const std::lock_guard lock{mutex_};
  if (const auto next = window_->next_time()) set_timer(*next, now);
  if (now < read_at_) set_timer(read_at_, now);
  if (settings_.look_every.count() > 0) set_timer(now + settings_.look_every, now);
}

void named_feed::set_timer(time_point when, time_point now) {
  // An earlier one comes first and brings the next, so that timers do not pile up. One that is
  // almost due does not count: it may be the one that has brought us here, a trifle early.
  if (now + std::chrono::milliseconds{1} < timer_at_ && timer_at_ <= when) return;
  timer_at_ = when;
  strand_->wake_after(when - now);
}

void named_feed::store_when_due(time_point now) {
  {
    const std::lock_guard lock{mutex_};
    const bool worth_it =
        window_->has_changes() || window_->unsaved_progress() >= settings_.progress_every;
    if (!worth_it) return;
  }
  if (now < store_at_) return set_timer(store_at_, now);
  const auto stored = store_now();
  store_at_ = time_.steady() + (stored ? settings_.linger : retry_delay);
  if (stored) {
    failures_ = 0;
    return;
  }
  // It goes on in memory, as far as the window reaches.
  set_timer(store_at_, now);
  if (failures_++ == 0) {
    settings_.log(log_level::warning,
                  "subscription " + settings_.name +
                      " cannot store, will try again: " + describe(stored.error()));
  }
}

bool named_feed::fill() {
  std::uint32_t room = 0;
  {
    const std::lock_guard lock{mutex_};
    if (refusal_locked() || !window_->wants_more()) return false;
    room = window_->room();
  }
  auto page = source_->read(read_up_to_, std::min(room, page_max));
  if (!page) {
    if (page.error().what == error::code::shutting_down) return false;
    if (page.error().what != error::code::timed_out) {
      end(page.error());
      return false;
    }
    read_at_ = time_.steady() + retry_delay;
    return false;
  }
  std::vector<std::string> keys;
  for (const recorded_event& one : page->events) {
    auto key = key_of(one);
    if (!key) {
      end(key.error());
      return false;
    }
    keys.push_back(*std::move(key));
  }
  read_up_to_ = std::move(page->reached);
  const std::lock_guard lock{mutex_};
  for (std::size_t i = 0; i < keys.size(); ++i)
    window_->add(std::move(page->events[i]), std::move(keys[i]));
  window_->passed(read_up_to_);
  if (!keys.empty()) tell_consumers();
  return !page->at_end && window_->wants_more();
}

result<std::string> named_feed::key_of(const recorded_event& event) const {
  std::string key;
  if (!settings_.key) return key;
  auto called = detail::guarded("the key of a subscription", [&] { key = settings_.key(event); });
  if (!called) return called.error();
  return key;
}

result<named_feed::consumer_id> named_feed::join(std::uint32_t credit, std::function<void()> wake) {
  const std::lock_guard lock{mutex_};
  if (auto refused = refusal_locked()) return *std::move(refused);
  auto who = window_->join(credit);
  if (!who) return error{who.error().what, settings_.name + ": " + who.error().detail};
  wakes_.emplace(*who, std::move(wake));
  return who;
}

void named_feed::leave(consumer_id who) {
  const std::lock_guard lock{mutex_};
  window_->leave(who);
  wakes_.erase(who);
  tell_consumers();
}

result<std::optional<delivery_window::handed_out>> named_feed::next(
    consumer_id who, std::chrono::nanoseconds timeout) {
  const auto wait =
      std::clamp<std::chrono::nanoseconds>(timeout, std::chrono::nanoseconds{0}, longest_wait);
  std::optional<result<std::optional<delivery_window::handed_out>>> found;
  // What it comes to, if that is known.
  const auto look = [&] {
    if (auto refused = refusal_locked()) {
      found.emplace(*std::move(refused));
    } else if (!window_->has(who)) {
      found.emplace(error{error::code::stopped, settings_.name + ": this consumer has left"});
    } else {
      const time_point now = time_.steady();
      window_->tick(now, time_.now());
      if (auto taken = window_->take(who, now)) found.emplace(std::move(taken));
    }
    return found.has_value();
  };
  if (runs_on_ != nullptr && wait.count() > 0) {
    const auto look_locked = [&] {
      const std::lock_guard lock{mutex_};
      return found.has_value() || look();
    };
    if (!look_locked()) runs_on_->run_until(look_locked, wait);
  }
  std::unique_lock lock{mutex_};
  if (!found && !look() && runs_on_ == nullptr && wait.count() > 0) {
    window_->waits(who, true);
    changed_.wait_until(lock, std::chrono::steady_clock::now() + wait, look);
    window_->waits(who, false);
    // Those who let it go first may go on.
    changed_.notify_all();
  }
  const bool hungry = !closed_ && window_->wants_more();
  lock.unlock();
  if (hungry) wake_strand();
  if (!found) return std::optional<delivery_window::handed_out>{};
  return *std::move(found);
}

result<void> named_feed::settle(const delivery_window::token& which, const verdict& what) {
  {
    const std::lock_guard lock{mutex_};
    if (closed_) return *refusal_locked();
    auto done = window_->settle(which, what, time_.steady(), time_.now());
    if (!done) return done;
    tell_consumers();
  }
  wake_strand();
  return {};
}

result<void> named_feed::replay(const position& at) {
  const auto note = find_parked(at);
  if (!note) return note.error();
  if (!note->has_value()) {
    return error{error::code::not_found, settings_.name + ": this event is not parked"};
  }
  auto event = source_->at(at);
  if (!event) return event.error();
  auto key = key_of(*event);
  if (!key) return key.error();
  {
    const std::lock_guard lock{mutex_};
    if (auto refused = refusal_locked()) return *std::move(refused);
    auto done = window_->replay(*std::move(event), **note, *std::move(key));
    if (!done) return done;
    tell_consumers();
  }
  return flush();
}

result<void> named_feed::discard(const position& at) {
  const auto note = find_parked(at);
  if (!note) return note.error();
  if (!note->has_value()) {
    return error{error::code::not_found, settings_.name + ": this event is not parked"};
  }
  {
    const std::lock_guard lock{mutex_};
    if (closed_) return *refusal_locked();
    window_->discard(at);
  }
  return flush();
}

named_feed::status named_feed::now() const {
  const std::lock_guard lock{mutex_};
  return {window_->reached(), window_->count(), wakes_.size(), why_ended_};
}

}  // namespace cairn::actors
