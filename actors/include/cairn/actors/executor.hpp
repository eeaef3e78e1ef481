#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace cairn::actors {

/// One piece of behaviour on an executor: its `run` is called by one thread at a time, never by
/// two.
class strand {
 public:
  strand() = default;
  strand(const strand&) = delete;
  strand& operator=(const strand&) = delete;
  /// stop()s first.
  virtual ~strand() = default;

  /// `run` will be called at least once after this. Any thread, also from within `run`. Cheap when
  /// it is already due.
  virtual void wake() = 0;
  /// The same, once so much time has passed; waking earlier does not take it back. Any thread.
  virtual void wake_after(std::chrono::nanoseconds delay) = 0;
  /// Returns once `run` is over and will not be called again. Not from within `run`.
  virtual void stop() = 0;
};

/// Runs strands. CAF in a node; plain threads in tests, where the thread sanitizer must see all of
/// it.
class executor {
 public:
  executor() = default;
  executor(const executor&) = delete;
  executor& operator=(const executor&) = delete;
  /// @pre all strands are gone
  virtual ~executor() = default;

  enum class kind : std::uint8_t {
    short_runs,  ///< `run` returns soon and never waits: shares the workers.
    may_block,   ///< `run` may wait for the disk: has a thread of its own.
  };

  /// `run` must not throw and must outlive the strand's stop(). Any thread.
  [[nodiscard]] virtual std::unique_ptr<strand> attach(kind how, std::function<void()> run) = 0;

  /// What the strands that are attached from now on are called where people read of them.
  virtual void call_next(std::string_view /*name*/) {}

  /// Whoever would block until `holds` asks this first. False: there are threads, wait for them.
  /// True: there are none, so this has run strands until it holds, or so much time has passed by
  /// the runtime's clock, or there is nothing to run; nothing is to be waited for any more. Not
  /// from within a strand's run.
  virtual bool run_until(const std::function<bool()>& /*holds*/,
                         std::chrono::nanoseconds /*longest*/) {
    return false;
  }
};

/// @param workers at least 1: threads for short runs
[[nodiscard]] std::unique_ptr<executor> make_thread_executor(unsigned workers);
[[nodiscard]] std::unique_ptr<executor> make_caf_executor(unsigned workers);

}  // namespace cairn::actors
