#pragma once

#include "cairn/persistence/views.hpp"
#include "cairn/read_model_status.hpp"
#include "cairn/result.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cairn::actors {

/// How far a read model has come, as everybody may know it, and those who wait for it. Any thread.
class progress {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  progress(std::string name, std::size_t partitions)
      : name_(std::move(name)), at_(partitions), called_(partitions) {}

  /// It begins here, or begins anew. @param from_nothing and has events to catch up with
  void begin(persistence::checkpoint_list at, bool from_nothing);
  /// Everything up to here can be seen by queries.
  /// @param caught_up it has what was durable at its start
  void publish(const persistence::checkpoint_list& at, std::uint64_t more_applied, bool caught_up);
  /// It will not go on.
  void stop(error why);
  /// It goes on after all. @param by_itself it counts as a restart
  void go_on(bool by_itself);
  /// Whether an operator holds it.
  void pause(bool paused);
  void note(const error& trouble);
  /// Something holds it up, and is tried again; nothing: no more.
  void wait_on(std::optional<error> what);
  void skipped(std::uint64_t more);
  void parked(std::uint64_t letters, std::uint64_t keys);
  /// Nobody shall wait any more: the process shuts down.
  void close();

  /// Blocks until `goal` is reached; the errors of read_model_access::wait_for. Calls `nudge` at
  /// once and then now and then, since a hint may have been lost. While it is paused, what has not
  /// been reached is stale at once.
  /// @param built it must not be rebuilding either
  [[nodiscard]] result<void> wait_for(const persistence::checkpoint_list& goal,
                                      bool built,
                                      time_point deadline,
                                      const std::function<void()>& nudge);

  /// What is to be called in the end: with nothing once queries show the position, otherwise with
  /// what refuses them.
  using shown_callback = std::function<void(const std::optional<error>&)>;
  /// Never called by a thread that keeps queries out. Returns a ticket; 0: it has been called.
  /// @pre `at.partition` is one of them
  std::uint64_t call_when_shown(position at, shown_callback told);
  /// It is not to be called any more; it may be on its way all the same.
  void forget(position at, std::uint64_t ticket);
  /// Calls those who need not wait any longer. After each publish(), stop() and close(), once
  /// queries are let in.
  void tell();

  /// Why a query cannot be answered, if it cannot.
  [[nodiscard]] std::optional<error> refusal() const;
  [[nodiscard]] bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }
  [[nodiscard]] bool paused() const {
    const std::lock_guard lock{mutex_};
    return paused_;
  }
  [[nodiscard]] bool somebody_waits() const noexcept {
    return waiters_.load(std::memory_order_acquire) > 0;
  }

  [[nodiscard]] persistence::checkpoint_list checkpoints() const;
  /// Fills in what is known here: phase, checkpoints, events applied, error.
  void describe(read_model_status& out) const;

 private:
  struct shown_waiter {
    std::uint64_t ticket;
    shown_callback told;
  };

  [[nodiscard]] bool reached(const persistence::checkpoint_list& goal) const;
  [[nodiscard]] bool is_built() const { return phase_ != read_model_status::phase::rebuilding; }
  [[nodiscard]] std::optional<error> refusal_locked() const;
  [[nodiscard]] error stale(const persistence::checkpoint_list& goal) const;

  const std::string name_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  persistence::checkpoint_list at_;
  std::uint64_t applied_ = 0;
  read_model_status::phase phase_ = read_model_status::phase::running;
  read_model_status::phase phase_before_stop_ = read_model_status::phase::running;
  std::optional<error> why_stopped_;
  std::optional<error> last_error_;
  std::optional<error> waits_on_;
  std::uint64_t skipped_ = 0;
  std::uint64_t letters_ = 0;
  std::uint64_t keys_ = 0;
  std::uint64_t restarts_ = 0;
  bool paused_ = false;
  bool closed_ = false;
  /// By partition, by offset.
  std::vector<std::multimap<std::uint64_t, shown_waiter>> called_;
  std::uint64_t last_ticket_ = 0;
  std::atomic<bool> stopped_{false};
  std::atomic<unsigned> waiters_{0};
};

}  // namespace cairn::actors
