#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>

namespace cairn::detail {

/// The present thread runs what it wakes, once it has done what it is at, since it has nothing else
/// to do then: to wake another thread takes longer than most of what is woken.
///
/// From its construction until run(), or its end, wake-ups of the present thread may be left here.
/// Belongs to that thread; not to be nested.
class caller_runs {
 public:
  /// What may be woken. `run_here` may be called when it has ended or is being run by another
  /// thread, must not throw, and must return soon.
  class task {
   public:
    task() = default;
    task(const task&) = delete;
    task& operator=(const task&) = delete;
    virtual ~task() = default;
    virtual void run_here() = 0;
  };

  /// @param offered false: everything is woken as ever
  explicit caller_runs(bool offered) noexcept {
    if (offered) present() = this;
  }
  caller_runs(const caller_runs&) = delete;
  caller_runs& operator=(const caller_runs&) = delete;
  ~caller_runs() { run(); }

  /// Leaves a task with the present thread, which then runs it soon. False: it does not, or has
  /// enough, so somebody else has to be woken.
  [[nodiscard]] static bool take(const std::shared_ptr<task>& what) noexcept {
    caller_runs* const here = present();
    if (here == nullptr) return false;
    const auto end = here->tasks_.begin() + static_cast<std::ptrdiff_t>(here->count_);
    if (std::find(here->tasks_.begin(), end, what) != end) return true;
    if (here->count_ == here->tasks_.size()) return false;
    here->tasks_[here->count_++] = what;
    return true;
  }

  /// Runs what was left here; what that wakes is woken as ever. True: there was something.
  bool run() noexcept {
    if (present() == this) present() = nullptr;
    const std::size_t count = std::exchange(count_, 0);
    for (std::size_t i = 0; i < count; ++i)
      std::exchange(tasks_[i], nullptr)->run_here();
    return count != 0;
  }

 private:
  static caller_runs*& present() noexcept {
    thread_local caller_runs* one = nullptr;
    return one;
  }

  std::array<std::shared_ptr<task>, 4> tasks_;
  std::size_t count_ = 0;
};

}  // namespace cairn::detail
