#pragma once

#include "cairn/applying.hpp"
#include "cairn/result.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

// One who watches a read model, between the model that offers updates and the user who takes them.
// It is registered first, and then the picture is taken; what the picture shows already is dropped
// by its position. So there is no moment between the two in which something could be lost or told
// twice.

namespace cairn::detail {

class watcher;

/// Calls back for watchers. Any thread.
class watch_carrier {
 public:
  watch_carrier() = default;
  watch_carrier(const watch_carrier&) = delete;
  watch_carrier& operator=(const watch_carrier&) = delete;
  virtual ~watch_carrier() = default;

  /// `who->deliver()` will be called. False: it has stopped, and nothing will be called any more.
  [[nodiscard]] virtual bool schedule(std::shared_ptr<watcher> who) = 0;
  /// See actors::executor::run_until.
  virtual bool run_until(const std::function<bool()>& holds, std::chrono::nanoseconds longest) = 0;
};

/// Whether an update concerns a question.
enum class concern : std::uint8_t { no, yes, threw };

/// See above. Any thread, but for what is said of single functions.
class watcher final : public std::enable_shared_from_this<watcher> {
 public:
  using batch = std::vector<emitted_update>;
  using time_point = std::chrono::steady_clock::time_point;
  using callback = std::function<void(result<emitted_update>)>;

  struct options {
    /// Called by the read model's thread, without a lock of ours but its batch's. Empty: everything
    /// concerns it.
    std::function<concern(const void*)> concerns = {};
    /// Updates that wait to be taken, at least 1; one more ends the watch. Until its picture is
    /// taken early_max more may wait, of which the picture may show most.
    std::size_t buffer_max = 1000;
    /// Only tell that there was something: what waits already stands for what comes.
    bool coalesce = false;
  };

  static constexpr std::size_t early_max = 65'536;

  watcher(options settings, std::shared_ptr<watch_carrier> carrier)
      : settings_(std::move(settings)), carrier_(std::move(carrier)) {}

  /// The picture is taken: it shows everything up to these offsets, by partition. Once.
  void begin(std::vector<std::uint64_t> shown);
  /// What has become durable and visible, in the order of a partition. One thread at a time.
  void offer(const std::shared_ptr<const batch>& what);
  /// Nothing comes any more. What waits can still be taken, before `why`. The first end counts.
  void end(error why);
  /// Nothing is to be offered any more.
  [[nodiscard]] bool is_over() const noexcept { return over_.load(std::memory_order_acquire); }

  /// The next update; nothing when none came in time; then for ever what ended the watch. Blocks.
  [[nodiscard]] result<std::optional<emitted_update>> next(std::chrono::nanoseconds timeout);
  /// From now on `told` is called with each update, one at a time, and in the end once with what
  /// ended the watch. Once. It must not throw.
  void each(callback told);
  /// The user wants nothing any more. Afterwards the callback is not called, and is not being
  /// called unless this comes from within.
  void close();

  /// For the carrier: calls back with everything that waits. One thread at a time.
  void deliver();

 private:
  /// Ends in between: nothing that waits is of use without what is missing.
  void overflow_locked();
  void take_over_locked(std::vector<emitted_update>& found);
  [[nodiscard]] bool shows_locked(const emitted_update& one) const;
  [[nodiscard]] bool too_many_locked() const;
  /// Finds what concerns the watcher. False: it is over.
  [[nodiscard]] bool sift(const batch& what, std::vector<emitted_update>& into);
  [[nodiscard]] bool has_news_locked() const {
    return (begun_ && !waiting_.empty()) || ended_by_ || closed_;
  }
  /// Tells whoever waits. Not with the lock held.
  void tell();

  const options settings_;
  const std::shared_ptr<watch_carrier> carrier_;
  std::atomic<bool> over_{false};

  std::mutex mutex_;
  std::condition_variable changed_;
  bool begun_ = false;
  std::vector<std::uint64_t> shown_;
  std::deque<emitted_update> waiting_;
  std::optional<error> ended_by_;
  bool closed_ = false;
  callback told_;
  bool scheduled_ = false;
  bool end_told_ = false;
  /// The thread that is in the callback.
  std::thread::id calling_;
};

}  // namespace cairn::detail
