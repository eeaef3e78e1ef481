#pragma once

#include "cairn/config.hpp"
#include "cairn/log.hpp"
#include "cairn/persistence/append_guard.hpp"
#include "cairn/persistence/commit_writer.hpp"
#include "cairn/persistence/journal_events.hpp"
#include "cairn/persistence/stream_index.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

namespace cairn::persistence {

/// A place in the log between two commits, for those who read on from there.
struct log_cursor {
  std::uint64_t next_offset = 1;
  /// 0 when only the offset is known.
  std::uint64_t next_block = 0;

  [[nodiscard]] std::uint64_t applied() const noexcept { return next_offset - 1; }
};

/// Sees commits in order; an error ends the reading and is returned.
using commit_visitor = std::function<result<void>(const commit_view&)>;

/// One partition: its log, the writer that fills it, the index that finds things in it.
///
/// Whatever must see everything that was durable at the call waits for the index, until a deadline
/// by the machine's clock: timed_out. Default: it waits as long as it takes.
///
/// Everything but start, stop and on_group: any thread.
class journal {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  struct options {
    partition_id partition;
    std::uint64_t group_bytes_max = std::uint64_t{4} << 20U;
    std::uint64_t block_bytes = std::uint64_t{60} << 10U;
    /// The writer waits for the index when it is so many events behind.
    std::uint64_t unindexed_events_max = 8'000'000;
    /// See commit_writer::options.
    const std::atomic<std::uint64_t>* in_flight = nullptr;
    /// Asked before each group: an error refuses it.
    std::function<result<void>()> room;
    stream_index::options index;
  };

  /// Claims the log and reads its end.
  /// @param index null: the index stays in memory
  /// @pre `names` outlives the journal and does not change after start()
  [[nodiscard]] static result<std::unique_ptr<journal>> open(std::unique_ptr<block_log> log,
                                                             std::unique_ptr<index_store> index,
                                                             const name_list& names,
                                                             options settings);
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;
  ~journal();

  /// To be called after each durable group, by the thread that has answered it. Must not block.
  /// Before start().
  void on_group(std::function<void()> listener) { listeners_.push_back(std::move(listener)); }

  /// Takes the snapshots that hosts send along with their commits, once those are durable. Must not
  /// block. Before start().
  void on_snapshots(std::function<void(std::vector<snapshot_store::item>&&)> taker) {
    snapshot_taker_ = std::move(taker);
  }

  /// Before start(), which then starts no threads; see commit_writer::run_by and
  /// stream_index::run_by. What is to be done after each wake: writer().step() and step_index().
  void run_by(std::function<void()> wake_writer, std::function<void()> wake_index) {
    has_threads_ = false;
    writer_->run_by(std::move(wake_writer));
    index_->run_by(std::move(wake_index));
  }
  bool step_index() { return index_->step(); }

  /// Catches the index up with the log and starts the threads. Blocks meanwhile.
  [[nodiscard]] result<void> start();
  /// Writes what is queued, moves the index to disk, joins the threads. @pre nobody submits any
  /// more
  void stop();

  [[nodiscard]] partition_id partition() const noexcept { return settings_.partition; }
  [[nodiscard]] commit_writer& writer() noexcept { return *writer_; }
  [[nodiscard]] const commit_writer& writer() const noexcept { return *writer_; }
  [[nodiscard]] const stream_index& index() const noexcept { return *index_; }
  [[nodiscard]] const block_log& log() const noexcept { return *log_; }
  /// Of the newest event that can be read.
  [[nodiscard]] std::uint64_t durable_offset() const noexcept { return writer_->durable_offset(); }

  /// Visits what is durable from `at` on and moves `at` behind it: whole blocks, until at least
  /// `events_min` events are visited or the end is reached. Returns the number of events visited.
  /// Rejections and commands without events are visited too. A commit that `at` points into is
  /// visited as a whole. corrupt: a block cannot be read, or is missing. Or the error of `visit`.
  /// `at` is then behind the last block of which every commit was visited.
  /// @pre at.next_offset > 0
  [[nodiscard]] result<std::uint64_t> read(log_cursor& at,
                                           std::uint64_t events_min,
                                           const commit_visitor& visit) const;

  /// The version of the stream with everything that was durable at the call; 0: there is none.
  /// timed_out.
  [[nodiscard]] result<version> head(stream_name stream, time_point deadline = time_point::max());

  /// Blocks until index() has taken in everything that was durable at the call, notes included.
  /// timed_out.
  [[nodiscard]] result<void> wait_for_index(time_point deadline = time_point::max()) {
    return index_->wait_for(writer_->durable_blocks(), deadline);
  }

  /// The stream's version and newest note, as they were together, with everything that was durable
  /// at the call. timed_out.
  [[nodiscard]] result<stream_facts> facts(stream_name stream,
                                           time_point deadline = time_point::max());

  /// The version up to which the stream's events are hidden from readers: by its note, and where
  /// that says nothing, by what holds for its type. At most facts.head, which is the answer for a
  /// tombstoned stream. Reads about log2(commits) commits when there is a bound on age. corrupt.
  ///
  /// Hiding changes nothing but what readers are shown: head() counts every event, read_stream()
  /// visits every one, and states are folded from all behind note.reset_at.
  [[nodiscard]] result<version> hidden_before(stream_name stream,
                                              const stream_facts& facts,
                                              const retention& of_type,
                                              timestamp now);

  /// Visits the stream's commits that end behind version `after`, in order, with everything that
  /// was durable at the call; stops after the one that reaches `up_to`. corrupt. timed_out: the
  /// index has not come so far; the visits are not bounded by the deadline. Or the error of
  /// `visit`.
  [[nodiscard]] result<void> read_stream(stream_name stream,
                                         version after,
                                         version up_to,
                                         const commit_visitor& visit,
                                         time_point deadline = time_point::max());

  /// Visits events of the range that were durable at the call, in their order or against it. What
  /// `up_to` leaves out was not there. timed_out: the index has not come so far in time. corrupt:
  /// also when the log does not have what the index says. Or the error of `visit`.
  [[nodiscard]] result<event_progress> read_events(const event_range& range,
                                                   const event_visitor& visit);

  /// Visits the stream's events of the range, with everything that was durable at the call.
  /// timed_out: the index has not come so far in time. corrupt. Or the error of `visit`.
  [[nodiscard]] result<void> read_stream_events(stream_name stream,
                                                const stream_range& range,
                                                const event_visitor& visit);

  /// When the event at this offset was recorded. corrupt. @pre 0 < offset <= durable_offset()
  [[nodiscard]] result<timestamp> time_of(std::uint64_t offset) const;
  /// The first of the events up to `up_to` that were recorded later than `when`; the offset behind
  /// them when there is none. corrupt. @pre up_to <= durable_offset()
  [[nodiscard]] result<std::uint64_t> offset_after(timestamp when, std::uint64_t up_to) const;

  /// Looks for what a guard does not allow, as far as the index has come; waits for nothing.
  /// Returns the offset up to which there is nothing of the kind: a guard from there on demands the
  /// same. conflict: there is something. too_large: more than `looks_left` events would have to be
  /// looked at. bad_input: the guard begins behind what is durable. corrupt.
  /// @param looks_left goes down by the events that were looked at, unless there was something
  [[nodiscard]] result<std::uint64_t> look_for(const append_guard& what, std::uint64_t& looks_left);

  /// What the command with this id came to, if it is durable and known. Does not wait for the
  /// index: what is newer than index().blocks_taken() is not found.
  [[nodiscard]] result<std::optional<stored_outcome>> outcome(stream_name stream,
                                                              std::string_view command_id) const {
    return index_->outcome(stream, command_id);
  }

  /// The reply that was stored with this command, which was accepted and covers `offset` as its
  /// newest one (as outcome() says); empty: none was stored. Blocks for reading. corrupt: also when
  /// the log does not have what the index says.
  [[nodiscard]] result<std::vector<std::byte>> stored_reply(stream_name stream,
                                                            std::string_view command_id,
                                                            std::uint64_t offset) const;

  /// The hashes of the streams that this command, which was accepted and covers `offset` as its
  /// newest event in `stream` (as outcome() says), was recorded in by one commit: `stream` alone,
  /// or with those of the same atomic commit. Ascending, each once. Blocks for reading. corrupt:
  /// also when the log does not have what the index says.
  [[nodiscard]] result<std::vector<std::uint64_t>> linked_streams(stream_name stream,
                                                                  std::string_view command_id,
                                                                  std::uint64_t offset) const;

 private:
  journal(std::unique_ptr<block_log> log, options settings);
  [[nodiscard]] static result<std::uint64_t> read_block(byte_view bytes,
                                                        log_cursor& at,
                                                        const commit_visitor& visit);
  [[nodiscard]] result<log_cursor> block_of(std::uint64_t offset) const;
  [[nodiscard]] result<void> before_group();
  // Of the writer's thread: everything that is durable.
  [[nodiscard]] result<void> check_guard(const append_guard& what, guard_effort& of_group);
  [[nodiscard]] result<void> check_blocks(const append_guard& what, std::uint64_t behind);
  [[nodiscard]] error came_too_much(const append_guard& what) const;
  void after_group();

  std::unique_ptr<block_log> log_;
  options settings_;
  bool has_threads_ = true;
  std::vector<std::function<void()>> listeners_;
  std::function<void(std::vector<snapshot_store::item>&&)> snapshot_taker_;
  std::unique_ptr<stream_index> index_;
  std::unique_ptr<commit_writer> writer_;
};

}  // namespace cairn::persistence
