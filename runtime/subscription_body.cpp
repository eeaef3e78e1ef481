#include "subscription_body.hpp"

#include "cairn/detail/guarded.hpp"

#include <algorithm>
#include <utility>

namespace cairn {
namespace {

using std::chrono::nanoseconds;

/// Hints may be lost.
constexpr std::chrono::seconds look_every{1};
/// How long a read waits for the index: long enough to get anywhere while others write.
constexpr std::chrono::milliseconds index_timeout_min{100};
constexpr std::chrono::seconds index_timeout_max{5};
/// Nobody waits longer at once, so that adding it to a time cannot overflow.
constexpr std::chrono::hours longest_wait{24};

error was_ended() {
  return {error::code::stopped, "the subscription was ended"};
}

}  // namespace

event_query query_of(const subscription_options& options) {
  event_query query{
      .correlation_id = options.correlation_id, .slices = options.slices, .limit = options.buffer};
  const event_pattern meant{options.categories, options.event_types, options.tags};
  if (meant != event_pattern{}) query.any_of.push_back(meant);
  if (const auto* cursor = std::get_if<event_cursor>(&options.from)) query.from = *cursor;
  if (const auto* with = std::get_if<position>(&options.from)) query.from = *with;
  return query;
}

result<void> check_options(const subscription_options& options) {
  if (options.buffer == 0 || options.buffer > event_page_max) {
    return error{error::code::bad_input,
                 "the buffer of a subscription has 1 to " + std::to_string(event_page_max) +
                     " events, not " + std::to_string(options.buffer)};
  }
  if (options.progress_every == 0) {
    return error{error::code::bad_input, "progress_every must be at least 1"};
  }
  return {};
}

subscription::body::body(parts from) : parts_(std::move(from)), cursor_(parts_.from) {
  page_end_ = cursor_;
}

void subscription::body::call(actors::executor& on) {
  attach(on, "subscription", [this] { run(); });
}

std::optional<error> subscription::body::refusal() const {
  const std::lock_guard lock{mutex_};
  return why_ended_;
}

void subscription::body::close(const error& why) noexcept {
  {
    const std::lock_guard lock{mutex_};
    if (!why_ended_) why_ended_ = why;
    changed_.notify_all();
  }
  wake();
}

void subscription::body::finished() {
  const auto why = refusal();
  if (parts_.callback && !told_end_ && why && *why != was_ended()) call_back(ended{*why});
  // Whoever reads has done so once this can be taken, and sees afterwards that it has ended.
  const std::lock_guard reading{reading_};
}

void subscription::body::hint() noexcept {
  hints_.fetch_add(1);
  if (parts_.callback) return wake();
  if (!waits_.load()) return;
  const std::lock_guard lock{mutex_};
  changed_.notify_all();
}

void subscription::body::wait_for_hint(std::uint64_t seen,
                                       std::chrono::steady_clock::time_point until) {
  std::unique_lock lock{mutex_};
  // Before the look at the hints: whoever adds one afterwards sees that somebody waits.
  waits_.store(true);
  changed_.wait_until(lock, until, [&] { return why_ended_ || hints_.load() != seen; });
  waits_.store(false);
}

subscription_item subscription::body::next(nanoseconds timeout) {
  const auto wait = std::clamp<nanoseconds>(timeout, nanoseconds{0}, longest_wait);
  const auto deadline = std::chrono::steady_clock::now() + wait;
  const auto index_timeout = std::clamp<nanoseconds>(wait, index_timeout_min, index_timeout_max);
  for (bool waited = false;;) {
    const std::uint64_t seen = hints_.load();
    if (auto item = step(index_timeout)) return *std::move(item);
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline || waited) return nothing_yet{};
    if (more_) continue;
    if (parts_.runs_on != nullptr) {
      waited = !parts_.runs_on->run_until([&] { return refusal() || hints_.load() != seen; }, wait);
      waited = waited || hints_.load() == seen;
    } else {
      wait_for_hint(seen, std::min(deadline, now + look_every));
    }
  }
}

void subscription::body::run() {
  if (told_end_ || refusal() == was_ended()) return;
  const auto now = std::chrono::steady_clock::now();
  auto item = step(index_timeout_max);
  if (!item) {
    if (more_) return wake();
    // Without threads no hint is lost.
    if (parts_.runs_on != nullptr || now < look_at_) return;
    look_at_ = now + look_every;
    return wake_after(look_every);
  }
  call_back(*item);
  wake();
}

void subscription::body::call_back(const subscription_item& item) {
  told_end_ = std::holds_alternative<ended>(item);
  result<void> taken;
  const auto called =
      detail::guarded("the callback of a subscription", [&] { taken = parts_.callback(item); });
  if (!called) {
    close(called.error());
  } else if (!taken) {
    close(taken.error());
  }
}

event_cursor subscription::body::here() {
  unreported_ = 0;
  return event_cursor{cursor_};
}

subscription_item subscription::body::take() {
  recorded_event event = std::move(buffer_.front());
  buffer_.pop_front();
  cursor_[event.position.partition.value] = event.position.offset;
  return subscribed_event{std::move(event), here()};
}

std::optional<subscription_item> subscription::body::step(nanoseconds index_timeout) {
  const std::lock_guard reading{reading_};
  for (bool has_read = false;; has_read = true) {
    if (auto why = refusal()) return ended{*std::move(why)};
    if (!buffer_.empty()) return take();
    for (std::size_t i = 0; i < cursor_.size(); ++i)
      unreported_ += page_end_[i] - cursor_[i];
    cursor_ = page_end_;
    if (at_end_ && !live_) {
      live_ = true;
      return caught_up{here()};
    }
    if (unreported_ >= parts_.progress_every) return passed{here()};
    if (has_read) return std::nullopt;
    if (auto item = read_page(index_timeout)) return item;
    // It said that it is not to be had now.
    if (!more_ && !at_end_) return std::nullopt;
  }
}

std::optional<subscription_item> subscription::body::read_page(nanoseconds index_timeout) {
  event_query query = parts_.query;
  query.from = event_cursor{cursor_};
  query.timeout = index_timeout;
  auto page = parts_.read(query);
  if (!page) {
    at_end_ = false;
    more_ = false;
    if (page.error().what == error::code::timed_out) return std::nullopt;
    close(page.error());
    return ended{page.error()};
  }
  page_end_ = page->next.before();
  std::move(page->events.begin(), page->events.end(), std::back_inserter(buffer_));
  at_end_ = page->at_end;
  more_ = !at_end_;
  if (!live_ || at_end_) return std::nullopt;
  live_ = false;
  return fell_behind{here()};
}

subscription& subscription::operator=(subscription&& other) noexcept {
  if (this == &other) return *this;
  end();
  body_ = std::move(other.body_);
  return *this;
}

subscription::~subscription() {
  end();
}

subscription_item subscription::next(nanoseconds timeout) {
  return body_->next(timeout);
}

void subscription::end() {
  if (!body_) return;
  body_->hub()->end(body_, was_ended());
}

}  // namespace cairn
