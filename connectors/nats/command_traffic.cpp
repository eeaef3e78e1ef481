#include "command_traffic.hpp"

#include <algorithm>
#include <utility>

namespace cairn::nats {

bool command_traffic::try_enter(const message_route& route, std::uint32_t max) {
  const std::lock_guard lock{mutex_};
  if (status_.in_flight >= max) return false;
  ++status_.in_flight;
  if (route.from) unacknowledged_.insert(route.from->acknowledge_to);
  return true;
}

void command_traffic::leave(const message_route& route) {
  const std::lock_guard lock{mutex_};
  --status_.in_flight;
  if (route.from) unacknowledged_.extract(route.from->acknowledge_to);
  changed_.notify_all();
}

void command_traffic::finish(finished_command what) {
  const std::lock_guard lock{mutex_};
  finished_.push_back(std::move(what));
  changed_.notify_all();
}

bool command_traffic::is_over() const {
  return give_up_at_ &&
         (status_.in_flight == 0 || std::chrono::steady_clock::now() >= *give_up_at_);
}

command_traffic::turn command_traffic::next(finished_command& into, time_point pause_over) {
  std::unique_lock lock{mutex_};
  for (;;) {
    if (!finished_.empty()) {
      into = std::move(finished_.front());
      finished_.pop_front();
      return turn::answer;
    }
    if (is_over()) return turn::end;
    if (std::chrono::steady_clock::now() >= pause_over) return turn::pause_over;
    changed_.wait_until(lock, give_up_at_ ? std::min(*give_up_at_, pause_over) : pause_over);
  }
}

std::vector<std::string> command_traffic::unacknowledged() const {
  const std::lock_guard lock{mutex_};
  return {unacknowledged_.begin(), unacknowledged_.end()};
}

void command_traffic::stop() {
  const std::lock_guard lock{mutex_};
  stopping_ = true;
  changed_.notify_all();
}

bool command_traffic::is_stopping() const {
  const std::lock_guard lock{mutex_};
  return stopping_;
}

void command_traffic::wait_unless_stopping(std::chrono::milliseconds pause) const {
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, pause, [this] { return stopping_; });
}

void command_traffic::close(time_point give_up_at) {
  const std::lock_guard lock{mutex_};
  if (!give_up_at_) give_up_at_ = give_up_at;
  changed_.notify_all();
}

void command_traffic::count(std::uint64_t command_gate_status::*what) {
  const std::lock_guard lock{mutex_};
  ++(status_.*what);
}

bool command_traffic::set_connected(bool connected) {
  const std::lock_guard lock{mutex_};
  return std::exchange(status_.connected, connected);
}

command_gate_status command_traffic::status() const {
  const std::lock_guard lock{mutex_};
  return status_;
}

}  // namespace cairn::nats
