#pragma once

#include "cairn/detail/mpsc_queue.hpp"
#include "cairn/log.hpp"
#include "cairn/persistence/block_log.hpp"
#include "cairn/persistence/outcome_retention.hpp"
#include "cairn/persistence/place_lists.hpp"
#include "cairn/persistence/postings.hpp"
#include "cairn/persistence/stream_name.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cairn::persistence {

/// What a command with an id came to.
struct stored_outcome {
  bool rejected = false;
  std::int64_t rejection = 0;
  version version_after;
  std::uint64_t offset = 0;
  timestamp time;

  bool operator==(const stored_outcome&) const = default;
};

/// How far an index has come in the log: everything up to and including this block.
struct index_checkpoint {
  std::uint64_t next_offset = 1;
  std::uint64_t next_block = 0;
  std::uint64_t last_block_offset = 0;
  chain_hash last_chain{};
};

/// A part of an index: what a stretch of the log says. Not thread-safe.
class index_segment {
 public:
  /// Takes in the next block of the log.
  [[nodiscard]] result<void> add(const block_view& block);

  // Transparent hashing needs no temporary string for a lookup.
  [[nodiscard]] const stored_outcome* find_outcome(std::string_view outcome_key) const;
  /// Whether any command of the stream had an id.
  [[nodiscard]] bool has_outcomes(std::string_view stream_key) const;
  /// The stream's newest note.
  [[nodiscard]] const stream_note* find_note(std::string_view stream_key) const;
  [[nodiscard]] std::uint64_t size() const noexcept { return commits_; }
  [[nodiscard]] bool empty() const noexcept { return commits_ == 0; }

  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept;
  };
  template <class Value>
  using text_map = std::unordered_map<std::string, Value, text_hash, std::equal_to<>>;

  [[nodiscard]] const place_lists& streams() const noexcept { return streams_; }
  /// A command's outcome, and a number that counts up with the commits of the segment.
  struct numbered_outcome {
    stored_outcome what;
    std::uint64_t number = 0;
  };
  [[nodiscard]] const text_map<numbered_outcome>& outcomes() const noexcept { return outcomes_; }
  [[nodiscard]] const text_map<stream_note>& notes() const noexcept { return notes_; }
  [[nodiscard]] const segment_postings& postings() const noexcept { return postings_; }

 private:
  struct hashed_commit {
    commit_view commit;
    std::uint64_t hash = 0;
  };

  result<void> add(const commit_view& commit, std::uint64_t hash);

  place_lists streams_;
  text_map<numbered_outcome> outcomes_;
  text_map<stream_note> notes_;
  text_map<bool> with_outcomes_;
  segment_postings postings_;
  std::uint64_t commits_ = 0;
  std::vector<hashed_commit> window_;
  std::string key_;
};

/// Keeps segments for good. `add`, `finish`, `clear`: one thread. Everything else: any thread,
/// meanwhile.
class index_store {
 public:
  index_store() = default;
  index_store(const index_store&) = delete;
  index_store& operator=(const index_store&) = delete;
  virtual ~index_store() = default;

  [[nodiscard]] virtual result<index_checkpoint> checkpoint() const = 0;
  /// What the last `add` was to reach, unless `finish` came after it: a part of its rows may be
  /// here.
  [[nodiscard]] virtual result<std::optional<index_checkpoint>> unfinished() const = 0;
  /// Adds a segment that ends at `reaching`, durably, in several steps if it is large. May be
  /// repeated, after a failure and when the process ended before `finish`.
  [[nodiscard]] virtual result<void> add(const index_segment& segment,
                                         const index_checkpoint& reaching) = 0;
  /// Moves the checkpoint to the end of what was added, durably.
  [[nodiscard]] virtual result<void> finish(const index_checkpoint& reached) = 0;
  /// Forgets everything.
  [[nodiscard]] virtual result<void> clear() = 0;

  /// Which command ids may be forgotten. Before the first `add`. `keeping` outlives the store.
  virtual void keep_outcomes(const outcome_keeping& keeping) = 0;
  /// Forgets ids that may be forgotten, of the aggregates that `finished` has ids of: at most two
  /// for each id that it has, so that the work stays in proportion. Durable. Half done after a
  /// failure, which does no harm. @pre `finish` has followed the `add` of this segment: what is
  /// forgotten must not be added once more
  [[nodiscard]] virtual result<void> forget_outcomes(const index_segment& finished) = 0;

  /// The version up to which the store knows the stream; 0 when it does not.
  [[nodiscard]] virtual result<std::uint64_t> head(std::string_view stream_key) const = 0;
  /// Appends the places of commits that end behind version `after`, in order.
  [[nodiscard]] virtual result<void> places(std::string_view stream_key,
                                            std::uint64_t after,
                                            std::vector<commit_place>& out) const = 0;
  [[nodiscard]] virtual result<std::optional<stored_outcome>> outcome(
      std::string_view outcome_key) const = 0;
  [[nodiscard]] virtual result<bool> has_outcomes(std::string_view stream_key) const = 0;
  [[nodiscard]] virtual result<std::optional<stream_note>> note(
      std::string_view stream_key) const = 0;
  /// Whether any stream has a note.
  [[nodiscard]] virtual result<bool> has_notes() const = 0;
  /// Appends the offsets of events that say this, in the order of the range's direction.
  [[nodiscard]] virtual result<void> postings(posting_key key,
                                              const posting_range& range,
                                              std::vector<std::uint64_t>& out) const = 0;
};

/// Finds streams, command ids and the events that say a word in one partition's log. Derived from
/// the log alone; runs behind the writer in a thread of its own.
///
/// New blocks are first taken into memory and from time to time moved to the store in sorted bulk:
/// an index kept in the writer's own transaction would cost more than everything else together.
/// Everything but start and stop: any thread.
class stream_index {
 public:
  struct options {
    /// Moves to the store when this many commits are in memory,
    std::uint64_t flush_commits = 262'144;
    /// or when the oldest of them has waited so long.
    std::chrono::milliseconds flush_after{2000};
    log_sink log = silent_log();
    /// How long command ids are remembered. In an index that stays in memory they are found no
    /// more, but keep their room.
    outcome_keeping outcomes = {};
  };

  /// @param store null: everything stays in memory
  stream_index(const block_log& log, std::unique_ptr<index_store> store, options settings);
  stream_index(const stream_index&) = delete;
  stream_index& operator=(const stream_index&) = delete;
  ~stream_index();

  /// Reads what the log has beyond the store's checkpoint; rebuilds when the store does not belong
  /// to this log. Blocks meanwhile: about 0.1 s for a million events.
  [[nodiscard]] result<void> start();
  /// Before start(), which then makes no thread: `wake` is called when there may be more in the
  /// log, and whoever is woken calls step() until it is false. One thread then does everything: who
  /// waits for the index takes the blocks in himself.
  void run_by(std::function<void()> wake) { wake_.tell(std::move(wake)); }
  /// Takes in some of what is new in the log; false: that was all for now. By the index's thread,
  /// or by whoever does its work.
  bool step() { return step(false); }
  /// Moves everything to the store and ends the thread.
  void stop();

  /// There may be more in the log. Does not block, and costs next to nothing while the index,
  /// having just taken in blocks, lets more come before it looks again (1 ms). Who waits for the
  /// index has it look at once.
  void hint() {
    if (!naps_.load()) wake_.set();
  }

  /// Number of blocks taken in: what is before this block number can be found.
  [[nodiscard]] std::uint64_t blocks_taken() const noexcept {
    return blocks_taken_.load(std::memory_order_acquire);
  }
  /// Of the newest event taken in.
  [[nodiscard]] std::uint64_t offset_taken() const noexcept {
    return offset_taken_.load(std::memory_order_acquire);
  }
  /// Commits in memory that are not yet in the store.
  [[nodiscard]] std::uint64_t commits_in_memory() const noexcept {
    return commits_in_memory_.load(std::memory_order_relaxed);
  }

  /// Blocks until blocks_taken() >= blocks. The error, if the index has stopped on one;
  /// shutting_down after stop(). timed_out: not before the deadline. @pre start() has returned
  [[nodiscard]] result<void> wait_for(std::uint64_t blocks,
                                      std::chrono::steady_clock::time_point deadline =
                                          std::chrono::steady_clock::time_point::max());
  /// The same for offset_taken() >= offset.
  [[nodiscard]] result<void> wait_for_offset(std::uint64_t offset,
                                             std::chrono::steady_clock::time_point deadline =
                                                 std::chrono::steady_clock::time_point::max());

  /// The stream's version, 0 when there is none.
  [[nodiscard]] result<version> head(stream_name stream) const;
  /// Where the stream's commits after version `after` stand, in order. corrupt: also when its
  /// versions have a gap, or one comes twice.
  [[nodiscard]] result<std::vector<commit_place>> places(stream_name stream, version after) const;
  /// The stream's newest note; nothing when it never had one. Costs nothing while no stream of the
  /// partition has one.
  [[nodiscard]] result<std::optional<stream_note>> note(stream_name stream) const;
  /// Whether any stream of the partition has a note.
  [[nodiscard]] bool has_notes() const noexcept {
    return has_notes_.load(std::memory_order_acquire);
  }
  /// What a command came to; nothing when its id is unknown or has been forgotten.
  [[nodiscard]] result<std::optional<stored_outcome>> outcome(stream_name stream,
                                                              std::string_view command_id) const;
  /// Whether any command of the stream had an id; if not, outcome() need not be asked.
  [[nodiscard]] result<bool> has_outcomes(stream_name stream) const;
  /// The offsets of events that say this, in the order of the range's direction, up to
  /// offset_taken() at least. @pre range.max > 0
  [[nodiscard]] result<std::vector<std::uint64_t>> postings(posting_key key,
                                                            const posting_range& range) const;

 private:
  void run();
  bool step(bool is_last);
  void let_more_come();
  [[nodiscard]] result<bool> take_blocks();
  [[nodiscard]] result<void> check_store();
  [[nodiscard]] result<std::optional<stored_outcome>> find_outcome(std::string_view key) const;
  [[nodiscard]] result<bool> is_in_log(const index_checkpoint& reached) const;
  [[nodiscard]] bool flush_or_try_later();
  [[nodiscard]] result<void> flush();
  [[nodiscard]] bool flush_is_due() const;
  void stop_on(const error& why);
  [[nodiscard]] result<void> wait_until(const std::atomic<std::uint64_t>& reached,
                                        std::uint64_t wanted,
                                        std::chrono::steady_clock::time_point deadline);

  const block_log& log_;
  std::unique_ptr<index_store> store_;
  options settings_;

  // `fresh_` takes in blocks; `moving_` is on its way to the store. Readers look at memory first
  // and at the store afterwards: what moves meanwhile is then seen twice, never not at all.
  mutable std::shared_mutex mutex_;
  std::shared_ptr<index_segment> fresh_ = std::make_shared<index_segment>();
  std::shared_ptr<const index_segment> moving_;
  std::optional<error> stopped_on_;
  std::chrono::steady_clock::time_point oldest_{};
  /// After a flush that failed.
  std::chrono::steady_clock::time_point not_before_{};

  index_checkpoint reached_;
  std::atomic<std::uint64_t> blocks_taken_{0};
  std::atomic<std::uint64_t> offset_taken_{0};
  std::atomic<std::uint64_t> commits_in_memory_{0};
  std::atomic<bool> has_notes_{false};
  std::mutex progress_mutex_;
  std::condition_variable progress_;
  detail::wake_signal wake_;
  /// Looks again soon without being told.
  std::atomic<bool> naps_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace cairn::persistence
