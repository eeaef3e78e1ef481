#pragma once

#include <condition_variable>
#include <mutex>

namespace cairn::actors {

/// Lets callers in until it is closed; whoever closes it waits for those inside. Any thread.
class gate {
 public:
  /// One caller's stay, from a successful entry to its end.
  class stay {
   public:
    explicit stay(gate& of) : of_(of.enter() ? &of : nullptr) {}
    stay(const stay&) = delete;
    stay& operator=(const stay&) = delete;
    ~stay() {
      if (of_ != nullptr) of_->leave();
    }
    explicit operator bool() const noexcept { return of_ != nullptr; }

   private:
    gate* of_;
  };

  /// Returns once nobody is inside; nobody comes in any more. Not from inside.
  void close() {
    std::unique_lock lock{mutex_};
    closed_ = true;
    left_.wait(lock, [this] { return inside_ == 0; });
  }

 private:
  [[nodiscard]] bool enter() {
    const std::lock_guard lock{mutex_};
    if (!closed_) ++inside_;
    return !closed_;
  }

  void leave() {
    // Told with the lock held: afterwards the gate may be gone.
    const std::lock_guard lock{mutex_};
    if (--inside_ == 0) left_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable left_;
  unsigned inside_ = 0;
  bool closed_ = false;
};

}  // namespace cairn::actors
