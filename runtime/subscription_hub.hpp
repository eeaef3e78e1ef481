#pragma once

#include "cairn/actors/executor.hpp"
#include "cairn/actors/named_feed.hpp"
#include "cairn/result.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cairn::detail {

/// Somebody who follows the journal while the runtime runs, maybe with a strand that calls user
/// code. Any thread.
class hub_member {
 public:
  hub_member() = default;
  hub_member(const hub_member&) = delete;
  hub_member& operator=(const hub_member&) = delete;
  virtual ~hub_member() = default;

  /// There may be more in the journal. By a thread of the writer: must not block for long.
  virtual void hint() noexcept {}
  /// Nothing more is to happen. Does not wait for user code.
  virtual void close(const error& why) noexcept = 0;
  /// Returns once its strand has ended, and nothing of the runtime is in use. After close(); not
  /// from within its strand. Any thread, also several.
  void finish();

  /// The caller is in the strand's run, or in finished().
  [[nodiscard]] bool is_here() const noexcept {
    return runs_in_.load() == std::this_thread::get_id();
  }

 protected:
  /// The strand has ended.
  virtual void finished() {}

  /// `run` is called by one thread at a time, until finish().
  void attach(actors::executor& on, std::string_view name, std::function<void()> run);
  void wake() noexcept;
  void wake_after(std::chrono::nanoseconds delay) noexcept;

 private:
  std::atomic<std::thread::id> runs_in_{};
  /// Before strand_mutex_.
  std::mutex finishing_;
  std::mutex strand_mutex_;
  std::unique_ptr<actors::strand> strand_;
};

/// All who follow the journal of a runtime. Outlives it in the hands of its subscriptions; then it
/// is closed. Any thread, but for close() and finish().
class subscription_hub {
 public:
  /// Tells everybody that there may be more. Cheap when there is nobody.
  void hint() noexcept;

  /// Adds one and calls `start`, which attaches its strand if it has one.
  /// shutting_down: it is closed, and `start` is not called.
  [[nodiscard]] result<void> add_running(std::shared_ptr<hub_member> one,
                                         const std::function<void(actors::executor&)>& start);
  /// Ends this one: closes it, and waits for its strand unless the caller is in it; then that is
  /// left to a later call of anything here.
  void end(const std::shared_ptr<hub_member>& one, const error& why);

  using feed_maker = std::function<result<std::shared_ptr<actors::named_feed>>()>;
  /// The one of this name, which `make` makes when it is not there. What it returns: as of `make`,
  /// shutting_down.
  [[nodiscard]] result<std::shared_ptr<actors::named_feed>> feed(const std::string& name,
                                                                 const feed_maker& make);

  /// Nothing can be added any more; whoever waits is answered. Waits for nothing.
  void close() noexcept;
  /// Waits for all strands; feeds store what they have left. After close(), and once nobody opens a
  /// feed any more.
  void finish();

  /// Before anything is added. @pre `on` outlives finish()
  void runs_on(actors::executor* on) noexcept { executor_ = on; }

 private:
  void sweep();

  actors::executor* executor_ = nullptr;
  std::atomic<std::size_t> count_{0};
  std::mutex mutex_;
  bool closed_ = false;
  std::vector<std::shared_ptr<hub_member>> members_;
  /// Ended from within their own strands.
  std::vector<std::shared_ptr<hub_member>> left_;
  /// One feed is opened at a time; before mutex_.
  std::mutex opening_;
  std::map<std::string, std::shared_ptr<actors::named_feed>> feeds_;
};

}  // namespace cairn::detail
