#include "subscription_hub.hpp"

#include <algorithm>
#include <utility>

namespace cairn::detail {
namespace {

error stopping() {
  return {error::code::shutting_down, "the runtime is stopping"};
}

}  // namespace

void hub_member::attach(actors::executor& on, std::string_view name, std::function<void()> run) {
  on.call_next(name);
  const std::lock_guard lock{strand_mutex_};
  strand_ = on.attach(actors::executor::kind::may_block, [this, run = std::move(run)] {
    runs_in_ = std::this_thread::get_id();
    run();
    runs_in_ = std::thread::id{};
  });
  strand_->wake();
}

void hub_member::wake() noexcept {
  const std::lock_guard lock{strand_mutex_};
  if (strand_) strand_->wake();
}

void hub_member::wake_after(std::chrono::nanoseconds delay) noexcept {
  const std::lock_guard lock{strand_mutex_};
  if (strand_) strand_->wake_after(delay);
}

void hub_member::finish() {
  const std::lock_guard finishing{finishing_};
  actors::strand* ending = nullptr;
  {
    const std::lock_guard lock{strand_mutex_};
    ending = strand_.get();
  }
  // Not with that lock held: a run that is on may want to wake.
  if (ending != nullptr) ending->stop();
  {
    const std::lock_guard lock{strand_mutex_};
    strand_.reset();
  }
  runs_in_ = std::this_thread::get_id();
  finished();
  runs_in_ = std::thread::id{};
}

void subscription_hub::hint() noexcept {
  if (count_.load(std::memory_order_acquire) == 0) return;
  const std::lock_guard lock{mutex_};
  for (const auto& one : members_)
    one->hint();
  for (const auto& [name, feed] : feeds_)
    feed->hint();
}

result<void> subscription_hub::add_running(std::shared_ptr<hub_member> one,
                                           const std::function<void(actors::executor&)>& start) {
  sweep();
  // With the lock held, so that nobody finishes what has not quite begun.
  const std::lock_guard lock{mutex_};
  if (closed_) return stopping();
  start(*executor_);
  members_.push_back(std::move(one));
  ++count_;
  return {};
}

void subscription_hub::end(const std::shared_ptr<hub_member>& one, const error& why) {
  one->close(why);
  const bool is_here = one->is_here();
  {
    const std::lock_guard lock{mutex_};
    const auto place = std::find(members_.begin(), members_.end(), one);
    if (place != members_.end()) {
      members_.erase(place);
      --count_;
      if (is_here) left_.push_back(one);
    }
  }
  if (!is_here) one->finish();
  sweep();
}

void subscription_hub::sweep() {
  std::vector<std::shared_ptr<hub_member>> over;
  {
    const std::lock_guard lock{mutex_};
    const auto first =
        std::partition(left_.begin(), left_.end(), [](const auto& one) { return one->is_here(); });
    std::move(first, left_.end(), std::back_inserter(over));
    left_.erase(first, left_.end());
  }
  for (const auto& one : over)
    one->finish();
}

result<std::shared_ptr<actors::named_feed>> subscription_hub::feed(const std::string& name,
                                                                   const feed_maker& make) {
  const std::lock_guard opening{opening_};
  {
    const std::lock_guard lock{mutex_};
    if (closed_) return stopping();
    if (const auto known = feeds_.find(name); known != feeds_.end()) return known->second;
  }
  auto made = make();
  if (!made) return made;
  {
    const std::lock_guard lock{mutex_};
    if (!closed_) {
      feeds_.emplace(name, *made);
      ++count_;
      return made;
    }
  }
  (*made)->stop();
  return stopping();
}

void subscription_hub::close() noexcept {
  const std::lock_guard lock{mutex_};
  closed_ = true;
  for (const auto& one : members_)
    one->close(stopping());
  for (const auto& [name, feed] : feeds_)
    feed->close();
}

void subscription_hub::finish() {
  std::vector<std::shared_ptr<hub_member>> over;
  std::map<std::string, std::shared_ptr<actors::named_feed>> feeds;
  {
    const std::lock_guard lock{mutex_};
    over = std::exchange(members_, {});
    std::move(left_.begin(), left_.end(), std::back_inserter(over));
    left_.clear();
    feeds = std::exchange(feeds_, {});
    count_ = 0;
  }
  for (const auto& one : over)
    one->finish();
  for (const auto& [name, feed] : feeds)
    feed->stop();
}

}  // namespace cairn::detail
