#pragma once

#include "cairn/actors/executor.hpp"
#include "cairn/detail/watcher.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::actors {

/// All who watch one read model. An update is made once and shared; what each watcher costs the
/// model is its filter.
///
/// publish, touch, end_all: the model's strand, or whoever has stopped it. Everything else: any
/// thread.
class watch_hub final : public detail::watch_carrier,
                        public std::enable_shared_from_this<watch_hub> {
 public:
  /// Callbacks are called on a strand of this executor, which the first one makes. Once.
  void start(executor& on, std::string_view name);

  /// A batch of the model, from its begin until what it leaves is published.
  class batch {
   public:
    explicit batch(watch_hub& hub) : hub_(hub), is_watched_(hub.begin_batch()) {}
    batch(const batch&) = delete;
    batch& operator=(const batch&) = delete;
    ~batch() {
      if (!is_watched_) hub_.end_unwatched_batch();
    }
    /// Whether updates are of use.
    [[nodiscard]] bool is_watched() const noexcept { return is_watched_; }

   private:
    watch_hub& hub_;
    bool is_watched_;
  };

  /// Registers somebody, who may then look at a picture. Waits for the end of a batch whose updates
  /// are not gathered, since nobody watched when it began.
  [[nodiscard]] std::shared_ptr<detail::watcher> add(detail::watcher::options wish);

  /// These updates are durable and shown.
  void publish(std::vector<detail::emitted_update>&& updates);
  /// Something has changed: for those who want to know only that.
  void touch();
  void end_all(const error& why);
  /// Ends all watches, calls back with what waits, and calls nobody any more. Not from a callback.
  void stop(const error& why);

  bool schedule(std::shared_ptr<detail::watcher> who) override;
  bool run_until(const std::function<bool()>& holds, std::chrono::nanoseconds longest) override;

 private:
  using list = std::vector<std::shared_ptr<detail::watcher>>;

  bool begin_batch();
  void end_unwatched_batch();
  static void drop_those_over(list& of);
  void offer(list& to, const std::shared_ptr<const detail::watcher::batch>& what);
  void let_in();
  void deliver();

  // The strand's.
  list watchers_;
  list touched_;

  std::mutex mutex_;
  std::condition_variable batch_ended_;
  bool in_unwatched_batch_ = false;
  /// Registered since the last batch.
  list joining_;
  list joining_touched_;
  /// As many may join before those that are over are looked for.
  std::size_t joining_max_ = 64;
  std::atomic<bool> any_joined_{false};
  std::deque<std::shared_ptr<detail::watcher>> ready_;
  std::string name_;
  executor* runs_on_ = nullptr;
  std::unique_ptr<strand> deliverer_;
  bool stopped_ = false;
};

}  // namespace cairn::actors
