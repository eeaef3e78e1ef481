#pragma once

#include "cairn/clock.hpp"
#include "cairn/detail/erased_aggregate.hpp"
#include "cairn/log.hpp"
#include "cairn/persistence/journal.hpp"
#include "cairn/persistence/snapshots.hpp"
#include "cairn/persistence/stream_note.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cairn::actors {

/// An aggregate's state as the journal has it.
struct recovered {
  std::unique_ptr<detail::aggregate_instance> instance;
  cairn::version version;
  /// Of the newest event in it.
  timestamp time;
  /// Of the snapshot that it was built on; 0 when none was used.
  cairn::version snapshot;
  persistence::stream_note note;
  /// There is a snapshot of a version that the journal does not have.
  bool has_snapshot_of_the_future = false;
  /// A newer one than that has another schema version.
  bool passed_over_outdated = false;
  /// There are snapshots that cannot be read, newer than the one that was used, and perhaps older
  /// ones of the future behind them that were not looked at.
  bool has_damaged_snapshots = false;
  /// False when no command of the stream ever had an id.
  bool has_command_ids = true;
};

/// How far to replay, at most.
struct replay_bounds {
  cairn::version up_to{std::numeric_limits<std::uint64_t>::max()};
  timestamp until = timestamp::max();
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  /// What the deadline goes by; null: there is no deadline.
  const clock* time = nullptr;
};

/// Builds an aggregate's state from the newest usable snapshot and the events after it.
///
/// After a removal the state begins anew. Blocks for reading. Any thread. Snapshots that are
/// damaged (with a warning), of another schema or beyond the journal are passed over. put_aside: a
/// stored event cannot be applied; the detail names it. corrupt. timed_out: the deadline passed,
/// also while the index had not taken in everything that was durable.
/// @pre whatever was acknowledged before is to be seen
[[nodiscard]] result<recovered> replay(const detail::aggregate_type& type,
                                       std::string_view aggregate_id,
                                       persistence::journal& journal,
                                       const persistence::snapshot_store& snapshots,
                                       const replay_bounds& bounds,
                                       const log_sink& log);

/// Wakes aggregates outside their hosts: first come, first served, a bounded number at once.
class recovery_pool {
 public:
  struct options {
    unsigned threads = 2;
    std::chrono::seconds timeout{30};
    log_sink log = silent_log();
    /// What the timeout goes by; null: nobody waits in vain. Outlives the pool.
    const clock* time = nullptr;
    /// Not null: there are no threads. It is called when there is something to do, and whoever is
    /// woken calls step() until it is false.
    std::function<void()> run_by = nullptr;
  };
  struct request {
    const detail::aggregate_type* type = nullptr;
    std::string aggregate_id;
    persistence::journal* journal = nullptr;
    /// When it is to be given up, should that be before the pool's own timeout.
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    /// Nobody decides commands of it meanwhile. Then snapshots of the future are erased, also those
    /// that may be there because some cannot be read: the
    /// journal was put back to an earlier day, and once it has come so far again, they would be
    /// taken for snapshots of what has happened since. (A reader may see one because the aggregate
    /// is running ahead of it.) Those that cannot be read go, too, lest each wake meets them.
    bool runs_nowhere = false;
    /// Only the version and what is recorded beside the events: no event and no snapshot is read,
    /// and there is no instance.
    bool without_state = false;
    /// Called once by a thread of the pool. Must not block.
    std::function<void(result<recovered>)> done;
  };

  recovery_pool(persistence::snapshot_store& snapshots, options settings);
  recovery_pool(const recovery_pool&) = delete;
  recovery_pool& operator=(const recovery_pool&) = delete;
  ~recovery_pool();

  /// Any thread. Does not block.
  void wake(request what);
  /// Serves the request that came first; false: there was none. By a thread of the pool, or by
  /// whoever does their work.
  bool step();
  /// Answers what is queued with shutting_down and joins the threads.
  void stop();

 private:
  void run();
  [[nodiscard]] result<recovered> recover(const request& what);

  persistence::snapshot_store& snapshots_;
  options settings_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<request> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace cairn::actors
