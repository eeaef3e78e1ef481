#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace cairn::actors {

class executor;

/// What operators want of a read model, to be done by its strand, one after the other. Any thread,
/// but for work(), which is the strand's.
class control_queue {
 public:
  /// Blocks until the strand has done `work`. False: it was not, and will not be, since the queue
  /// is closed. Not from within the strand.
  /// @param wake makes the strand call work(), at least once after this
  [[nodiscard]] bool run(std::function<void()> work,
                         executor& runs_on,
                         const std::function<void()>& wake);

  /// Has the strand do `work` without waiting for it; what is queued when the queue is closed is
  /// never done.
  void post(std::function<void()> work);

  /// Does what is queued.
  void work();

  /// Refuses what has not begun.
  void close();
  [[nodiscard]] bool closed() const;

 private:
  enum class phase : std::uint8_t { queued, begun, done };
  struct job {
    std::function<void()> work;
    phase now = phase::queued;
  };

  [[nodiscard]] std::shared_ptr<job> next();
  [[nodiscard]] bool settled(const job& one) const {
    return one.now == phase::done || (closed_ && one.now == phase::queued);
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<job>> queue_;
  bool closed_ = false;
};

}  // namespace cairn::actors
