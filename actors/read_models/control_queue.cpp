#include "read_models/control_queue.hpp"

#include "cairn/actors/executor.hpp"

#include <chrono>
#include <utility>

namespace cairn::actors {

bool control_queue::run(std::function<void()> work,
                        executor& runs_on,
                        const std::function<void()>& wake) {
  const auto mine = std::make_shared<job>(job{std::move(work)});
  {
    const std::lock_guard lock{mutex_};
    if (closed_) return false;
    queue_.push_back(mine);
  }
  wake();
  const bool waited = runs_on.run_until(
      [&] {
        const std::lock_guard lock{mutex_};
        return settled(*mine);
      },
      std::chrono::hours{1});
  std::unique_lock lock{mutex_};
  if (!waited) changed_.wait(lock, [&] { return settled(*mine); });
  if (mine->now == phase::done) return true;
  // Nobody shall do it later for somebody who has gone.
  std::erase(queue_, mine);
  return false;
}

void control_queue::post(std::function<void()> work) {
  const std::lock_guard lock{mutex_};
  if (!closed_) queue_.push_back(std::make_shared<job>(job{std::move(work)}));
}

void control_queue::work() {
  while (const auto one = next()) {
    one->work();
    const std::lock_guard lock{mutex_};
    one->now = phase::done;
    changed_.notify_all();
  }
}

std::shared_ptr<control_queue::job> control_queue::next() {
  const std::lock_guard lock{mutex_};
  if (closed_ || queue_.empty()) return nullptr;
  auto one = std::move(queue_.front());
  queue_.pop_front();
  one->now = phase::begun;
  return one;
}

void control_queue::close() {
  const std::lock_guard lock{mutex_};
  closed_ = true;
  changed_.notify_all();
}

bool control_queue::closed() const {
  const std::lock_guard lock{mutex_};
  return closed_;
}

}  // namespace cairn::actors
