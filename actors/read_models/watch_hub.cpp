#include "read_models/watch_hub.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cairn::actors {

using detail::watcher;

void watch_hub::start(executor& on, std::string_view name) {
  const std::lock_guard lock{mutex_};
  runs_on_ = &on;
  name_ = "watchers of " + std::string{name};
}

std::shared_ptr<watcher> watch_hub::add(watcher::options wish) {
  const bool coalesces = wish.coalesce;
  auto made = std::make_shared<watcher>(std::move(wish), shared_from_this());
  std::unique_lock lock{mutex_};
  list& into = coalesces ? joining_touched_ : joining_;
  // Nobody lets them in while no event comes.
  if (into.size() >= joining_max_) {
    drop_those_over(into);
    joining_max_ = std::max<std::size_t>(64, into.size() * 2);
  }
  into.push_back(made);
  any_joined_.store(true, std::memory_order_release);
  batch_ended_.wait(lock, [this] { return !in_unwatched_batch_; });
  return made;
}

bool watch_hub::begin_batch() {
  const std::lock_guard lock{mutex_};
  in_unwatched_batch_ = watchers_.empty() && joining_.empty();
  return !in_unwatched_batch_;
}

void watch_hub::end_unwatched_batch() {
  {
    const std::lock_guard lock{mutex_};
    in_unwatched_batch_ = false;
  }
  batch_ended_.notify_all();
}

void watch_hub::drop_those_over(list& of) {
  std::erase_if(of, [](const auto& one) { return one->is_over(); });
}

void watch_hub::let_in() {
  // Registered before its picture was taken, and the picture before the batch was durable: so
  // whoever needs the batch is seen here.
  if (!any_joined_.load(std::memory_order_acquire)) return;
  const std::lock_guard lock{mutex_};
  any_joined_.store(false, std::memory_order_relaxed);
  const auto move_in = [](list& from, list& into) {
    std::move(from.begin(), from.end(), std::back_inserter(into));
    from.clear();
  };
  move_in(joining_, watchers_);
  move_in(joining_touched_, touched_);
}

void watch_hub::offer(list& to, const std::shared_ptr<const watcher::batch>& what) {
  bool some_over = false;
  for (const auto& one : to) {
    one->offer(what);
    some_over = some_over || one->is_over();
  }
  if (some_over) drop_those_over(to);
}

void watch_hub::publish(std::vector<detail::emitted_update>&& updates) {
  let_in();
  if (watchers_.empty()) return;
  offer(watchers_, std::make_shared<const watcher::batch>(std::move(updates)));
}

void watch_hub::touch() {
  let_in();
  if (touched_.empty()) return;
  offer(touched_, std::make_shared<const watcher::batch>(1));
}

void watch_hub::end_all(const error& why) {
  let_in();
  for (const auto& one : std::exchange(watchers_, {}))
    one->end(why);
  for (const auto& one : std::exchange(touched_, {}))
    one->end(why);
}

bool watch_hub::schedule(std::shared_ptr<watcher> who) {
  const std::lock_guard lock{mutex_};
  if (stopped_ || runs_on_ == nullptr) return false;
  if (!deliverer_) {
    runs_on_->call_next(name_);
    deliverer_ = runs_on_->attach(executor::kind::may_block, [this] { deliver(); });
  }
  ready_.push_back(std::move(who));
  deliverer_->wake();
  return true;
}

void watch_hub::deliver() {
  for (;;) {
    std::shared_ptr<watcher> next;
    {
      const std::lock_guard lock{mutex_};
      if (ready_.empty()) return;
      next = std::move(ready_.front());
      ready_.pop_front();
    }
    next->deliver();
  }
}

bool watch_hub::run_until(const std::function<bool()>& holds, std::chrono::nanoseconds longest) {
  executor* on = nullptr;
  {
    const std::lock_guard lock{mutex_};
    if (!stopped_) on = runs_on_;
  }
  return on != nullptr && on->run_until(holds, longest);
}

void watch_hub::stop(const error& why) {
  end_all(why);
  std::unique_ptr<strand> deliverer;
  {
    const std::lock_guard lock{mutex_};
    stopped_ = true;
    deliverer = std::move(deliverer_);
  }
  if (deliverer) deliverer->stop();
  deliverer.reset();
  // What the strand has left: among it the ends.
  deliver();
}

}  // namespace cairn::actors
