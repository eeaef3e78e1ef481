#pragma once

#include "cairn/persistence/block_log.hpp"
#include "cairn/testing/journal_probe.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace cairn::testing {

/// What a probe and the logs that it gave out share. Any thread.
class journal_probe::body {
 public:
  body(persistence::log_source wrapped, std::uint16_t partitions);

  /// One partition's log, and who may write to it: two runtimes on one probe are two writers.
  struct partition {
    std::mutex writing;
    std::unique_ptr<persistence::block_log> wrapped;
  };
  struct fault {
    predicate strikes;
    error why;
    fate what = fate::lost;
    bool once = true;
  };

  /// The error of the source that was wrapped. bad_input: there is no such partition.
  [[nodiscard]] result<partition*> open(partition_id which);
  [[nodiscard]] std::uint16_t partitions() const noexcept {
    return static_cast<std::uint16_t>(partitions_.size());
  }

  // Called by the writers, with the partition's `writing` held.
  void wait_at_gate();
  [[nodiscard]] std::optional<fault> strike(std::span<const persisted_event> events);
  void note(std::vector<persisted_event> stored);

  void add(fault one);
  void heal();
  void fail_reads(error why);
  void fail_nth_read(std::uint64_t n, error why);
  /// Counts one more reader: why it is not opened.
  [[nodiscard]] std::optional<error> strike_reader();

  void hold(bool all);
  void release();
  [[nodiscard]] bool wait_until_held();

  [[nodiscard]] result<persisted_event> next_persisted();
  [[nodiscard]] std::vector<persisted_event> unseen() const;

  /// When persist_for_recovery records. One thread.
  timestamp record_at;

 private:
  persistence::log_source source_;
  std::mutex opening_;
  std::vector<partition> partitions_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<const fault>> faults_;
  /// Of all readers.
  std::optional<error> read_fault_;
  /// Of single ones: how many readers are opened before.
  std::vector<std::pair<std::uint64_t, error>> coming_read_faults_;
  bool held_ = false;
  bool hold_one_ = false;
  unsigned waiting_ = 0;
  std::deque<persisted_event> unseen_;
};

/// What the blocks of one append hold. Blocks that cannot be read hold nothing.
[[nodiscard]] std::vector<persisted_event> events_in(partition_id partition,
                                                     std::span<const byte_view> blocks);

}  // namespace cairn::testing
