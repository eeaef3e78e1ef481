#pragma once

#include "cairn/detail/caller_runs.hpp"
#include "cairn/detail/mpsc_queue.hpp"
#include "cairn/persistence/block_log.hpp"
#include "cairn/persistence/burst.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace cairn::persistence {

class group_answers;

/// What has become durable since the start; any thread may read them at any time.
struct writer_counters {
  std::atomic<std::uint64_t> groups{0};
  std::atomic<std::uint64_t> blocks{0};
  std::atomic<std::uint64_t> commits{0};
  std::atomic<std::uint64_t> events{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> failed_groups{0};
};

/// The thread that writes one partition's log.
///
/// It takes everything that hosts have queued, gives positions, writes one transaction, syncs once,
/// and answers everybody in it. While it syncs, the next group gathers: so groups grow by
/// themselves under load, and a single command is written at once. A large group is answered by a
/// second thread, so that its callbacks do not keep the next one from the disk; the order of
/// answers stays.
///
/// When nothing else is on its way, it runs the hosts itself that a small group's callbacks have
/// woken with their next commands (detail::caller_runs), as long as that takes a small part of its
/// time.
///
/// A burst with a guard is looked at when its turn in the group has come: against what is durable
/// and what stands before it in the group. When the guard is broken nothing of the burst is stored,
/// and the others go on.
///
/// After a failed group the state that hosts decided on is no longer true: the *era* moves on, and
/// bursts of an older era are refused, until their host has seen the new one and reloaded. Nothing
/// of them has been tried, so their commands may be decided again (commit_reply::rests_on_nothing).
class commit_writer {
 public:
  struct options {
    partition_id partition;
    std::uint64_t group_bytes_max = std::uint64_t{4} << 20U;
    std::uint64_t block_bytes = std::uint64_t{60} << 10U;
    /// How many commands are on their way to this partition or have not been answered yet; null:
    /// not known. While more are on their way than have come, the writer waits for them, for a
    /// small part of the time that a group takes: else the first one to come would leave alone, and
    /// all others wait for it.
    const std::atomic<std::uint64_t>* in_flight = nullptr;
    /// Asked before each group, by the writer's thread: an error refuses the group, and that one
    /// only. It may block in order to hold the writer back.
    std::function<result<void>()> before_group;
    /// Whether the guard of a burst holds with everything that is durable; asked by the writer's
    /// thread before the burst's group is stored. conflict, or any other reason to refuse that
    /// burst. Must not block for long. Null: only what is in the same group is looked at.
    std::function<result<void>(const append_guard&, guard_effort& of_group)> check_guard;
    /// Takes the snapshots that came with a durable group, by whichever thread answers it. Must not
    /// block.
    std::function<void(std::vector<snapshot_store::item>&&)> take_snapshots;
    /// Called after each durable group, once everybody is answered, by the thread that did. Must
    /// not block. It is only a hint: what is durable can be read from the log.
    std::function<void()> after_group;
  };

  /// @pre `log` and `names` outlive the writer; `claimed` is the last claim of `log`
  commit_writer(block_log& log,
                const name_list& names,
                block_log::claimed claimed,
                options settings);
  commit_writer(const commit_writer&) = delete;
  commit_writer& operator=(const commit_writer&) = delete;
  ~commit_writer();

  void start();

  /// Instead of start(): there is no thread. `wake` is called when there may be something to do,
  /// and whoever is woken calls step() until it is false. One thread then does everything. Nothing
  /// here goes by the machine's time any more: no group waits for those on their way.
  void run_by(std::function<void()> wake) { wake_.tell(std::move(wake)); }
  /// Writes one group of what is queued and answers everybody in it; false: nothing was queued. By
  /// the writer's thread, or by whoever does its work.
  bool step();

  /// Any thread. Does not block. Everybody in the burst is answered, whatever happens.
  /// @pre start() or run_by() was called, stop() was not
  void submit(std::unique_ptr<burst> what);

  /// Writes everything that is queued, then ends the thread. @pre nobody submits any more
  void stop();

  /// Of the newest durable event. Any thread.
  [[nodiscard]] std::uint64_t durable_offset() const noexcept {
    return durable_offset_.load(std::memory_order_acquire);
  }
  /// Number of durable blocks. Read after an origin's mark, it covers that mark's bursts. Any
  /// thread.
  [[nodiscard]] std::uint64_t durable_blocks() const noexcept {
    return durable_blocks_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::uint64_t era() const noexcept { return era_.load(std::memory_order_acquire); }
  [[nodiscard]] const writer_counters& counters() const noexcept { return counters_; }
  /// By when those who were refused because too much was on its way may come back: about two groups
  /// later, and at least a millisecond. Any thread.
  [[nodiscard]] std::chrono::nanoseconds retry_after() const noexcept;

 private:
  using group = std::vector<std::unique_ptr<burst>>;

  void run();
  [[nodiscard]] bool flush_is_due() const;
  [[nodiscard]] bool more_comes_at_once() const;
  void flush();
  void break_on(const error& why);
  [[nodiscard]] group next_group();
  void gather(group& bursts);
  [[nodiscard]] bool take_more(group& bursts);
  void write(group& bursts);
  [[nodiscard]] bool may_run_hosts() const;
  void run_hosts(detail::caller_runs& woken);
  [[nodiscard]] result<void> ready_to_write() const;
  [[nodiscard]] result<void> store(const group& bursts);
  void collect(const group& bursts);
  void judge_and_collect(const group& bursts, std::size_t first_guarded);
  void collect_commits(const burst& from);
  void add_to_block(const burst& from, const burst::entry& one, bool goes_on);
  void finish_block();
  void count_group();
  void answer(const group& bursts, std::uint64_t offset_before);
  void refuse(const group& bursts, const error& why);
  void take_back(const burst& one);

  block_log& log_;
  const name_list& names_;
  options settings_;
  std::uint64_t epoch_;
  log_end end_;
  /// Set when the log must not be written any more.
  std::optional<error> broken_;
  /// What the newest failed group met, and what those hear who were decided on top of it.
  error group_failure_;
  error why_era_moved_;

  /// Of the last group, from its first byte to its sync.
  std::chrono::nanoseconds group_duration_{0};
  std::uint64_t gathered_bytes_ = 0;
  std::uint64_t gathered_replies_ = 0;

  /// Hosts are woken as ever until then.
  std::chrono::steady_clock::time_point hosts_not_before_{};
  std::unique_ptr<group_answers> answers_;

  // Reused from group to group.
  std::vector<block_builder> builders_;
  std::size_t builders_used_ = 0;
  std::vector<byte_view> blocks_;
  std::vector<name_number> group_names_;

  detail::mpsc_queue<burst> queue_;
  detail::wake_signal wake_;
  burst* taken_ = nullptr;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> durable_offset_;
  std::atomic<std::uint64_t> durable_blocks_;
  std::atomic<std::uint64_t> era_{0};
  /// group_duration_, for others.
  std::atomic<std::chrono::nanoseconds::rep> pace_{0};
  writer_counters counters_;
  std::thread thread_;
};

}  // namespace cairn::persistence
