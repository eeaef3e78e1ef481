#pragma once

#include "process_managers/outbox_window.hpp"

#include "cairn/actors/executor.hpp"
#include "cairn/detail/command_message.hpp"

#include <deque>
#include <mutex>
#include <utility>

namespace cairn::actors {

/// What a command of a process manager came to.
struct command_answer {
  outbox_window::place of;
  detail::erased_outcome outcome;
  /// Of telling the manager.
  unsigned attempts = 0;
  outbox_window::time_point retry_at{};
};

/// Where answers go until the manager's strand takes them. Commands hold it, so that one that is
/// answered after the manager is gone goes nowhere. Any thread.
class answer_box {
 public:
  /// Answers wake `who` from here on.
  void open(strand& who) {
    const std::lock_guard lock{mutex_};
    wakes_ = &who;
  }
  /// Nobody is woken any more.
  void close() {
    const std::lock_guard lock{mutex_};
    wakes_ = nullptr;
  }

  void put(command_answer what) {
    // Woken with the lock held: afterwards the strand may be gone.
    const std::lock_guard lock{mutex_};
    answers_.push_back(std::move(what));
    if (wakes_ != nullptr) wakes_->wake();
  }

  /// Wakes whoever takes the answers.
  void wake() {
    const std::lock_guard lock{mutex_};
    if (wakes_ != nullptr) wakes_->wake();
  }

  void take(std::deque<command_answer>& into) {
    const std::lock_guard lock{mutex_};
    for (command_answer& one : answers_)
      into.push_back(std::move(one));
    answers_.clear();
  }

  [[nodiscard]] bool empty() const {
    const std::lock_guard lock{mutex_};
    return answers_.empty();
  }

 private:
  mutable std::mutex mutex_;
  std::deque<command_answer> answers_;
  strand* wakes_ = nullptr;
};

}  // namespace cairn::actors
