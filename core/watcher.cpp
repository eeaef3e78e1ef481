#include "cairn/detail/watcher.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <iterator>
#include <string>

namespace cairn::detail {
namespace {

/// As long as any process lives: so that adding it to the time of day cannot overflow.
constexpr std::chrono::hours longest_wait{24 * 365};

}  // namespace

void watcher::begin(std::vector<std::uint64_t> shown) {
  {
    const std::lock_guard lock{mutex_};
    shown_ = std::move(shown);
    begun_ = true;
    std::erase_if(waiting_, [this](const emitted_update& one) { return shows_locked(one); });
    if (too_many_locked()) overflow_locked();
  }
  tell();
}

void watcher::offer(const std::shared_ptr<const batch>& what) {
  if (is_over()) return;
  std::vector<emitted_update> found;
  if (!sift(*what, found) || found.empty()) return;
  {
    const std::lock_guard lock{mutex_};
    take_over_locked(found);
  }
  tell();
}

bool watcher::sift(const batch& what, std::vector<emitted_update>& into) {
  for (const emitted_update& one : what) {
    if (settings_.coalesce) {
      into.push_back(one);
      return true;
    }
    const concern verdict = settings_.concerns ? settings_.concerns(one.what.get()) : concern::yes;
    if (verdict == concern::threw) {
      end({error::code::user_code_threw, "concerns of a watched read model threw"});
      return false;
    }
    if (verdict == concern::yes) into.push_back(one);
  }
  return true;
}

void watcher::take_over_locked(std::vector<emitted_update>& found) {
  if (closed_ || ended_by_) return;
  if (settings_.coalesce) {
    if (waiting_.empty()) waiting_.push_back(std::move(found.front()));
    return;
  }
  for (emitted_update& one : found) {
    if (!begun_ || !shows_locked(one)) waiting_.push_back(std::move(one));
  }
  if (too_many_locked()) overflow_locked();
}

bool watcher::shows_locked(const emitted_update& one) const {
  if (settings_.coalesce) return false;
  CAIRN_ASSERT(one.at.partition.value < shown_.size());
  return one.at.offset <= shown_[one.at.partition.value];
}

bool watcher::too_many_locked() const {
  const std::size_t early = begun_ ? 0 : early_max;
  return waiting_.size() > early && waiting_.size() - early > settings_.buffer_max;
}

void watcher::overflow_locked() {
  waiting_.clear();
  if (!ended_by_) {
    ended_by_ = error{error::code::overloaded,
                      "the watch fell behind: more than " + std::to_string(settings_.buffer_max) +
                          " updates would have to wait for it"};
  }
  over_.store(true, std::memory_order_release);
}

void watcher::end(error why) {
  {
    const std::lock_guard lock{mutex_};
    if (!ended_by_) ended_by_ = std::move(why);
    over_.store(true, std::memory_order_release);
  }
  tell();
}

void watcher::tell() {
  bool calls = false;
  {
    const std::lock_guard lock{mutex_};
    if (!has_news_locked()) return;
    calls = told_ && !scheduled_ && !closed_ && !(end_told_ && waiting_.empty());
    if (calls) scheduled_ = true;
  }
  changed_.notify_all();
  // Once the carrier has stopped nothing comes but the end, and nobody else would tell it.
  if (calls && !carrier_->schedule(shared_from_this())) deliver();
}

result<std::optional<emitted_update>> watcher::next(std::chrono::nanoseconds timeout) {
  const auto longest =
      std::clamp<std::chrono::nanoseconds>(timeout, std::chrono::nanoseconds::zero(), longest_wait);
  const auto deadline = std::chrono::steady_clock::now() + longest;
  const auto has_news = [this] {
    const std::lock_guard lock{mutex_};
    return has_news_locked();
  };
  const bool waits = longest > std::chrono::nanoseconds::zero() && !has_news();
  const bool ran = waits && carrier_->run_until(has_news, longest);
  std::unique_lock lock{mutex_};
  if (waits && !ran) {
    changed_.wait_until(lock, deadline, [this] { return has_news_locked(); });
  }
  if (!waiting_.empty()) {
    std::optional<emitted_update> one = std::move(waiting_.front());
    waiting_.pop_front();
    return one;
  }
  if (ended_by_) return *ended_by_;
  return std::optional<emitted_update>{};
}

void watcher::each(callback told) {
  {
    const std::lock_guard lock{mutex_};
    CAIRN_ASSERT(!told_);
    told_ = std::move(told);
  }
  tell();
}

void watcher::close() {
  std::unique_lock lock{mutex_};
  closed_ = true;
  waiting_.clear();
  if (!ended_by_) ended_by_ = error{error::code::stopped, "the watch was ended by who began it"};
  over_.store(true, std::memory_order_release);
  changed_.notify_all();
  if (calling_ == std::this_thread::get_id()) return;
  changed_.wait(lock, [this] { return calling_ == std::thread::id{}; });
}

void watcher::deliver() {
  std::unique_lock lock{mutex_};
  for (;;) {
    if (closed_ || (waiting_.empty() && (!ended_by_ || end_told_))) break;
    std::optional<result<emitted_update>> one;
    if (!waiting_.empty()) {
      one.emplace(std::move(waiting_.front()));
      waiting_.pop_front();
    } else {
      one.emplace(*ended_by_);
      end_told_ = true;
    }
    calling_ = std::this_thread::get_id();
    lock.unlock();
    told_(*std::move(one));
    lock.lock();
    calling_ = {};
    if (closed_) changed_.notify_all();
  }
  scheduled_ = false;
}

}  // namespace cairn::detail
