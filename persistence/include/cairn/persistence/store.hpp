#pragma once

#include "cairn/config.hpp"
#include "cairn/persistence/journal.hpp"
#include "cairn/persistence/snapshots.hpp"
#include "cairn/persistence/views.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::persistence {

/// Everything that a node keeps: one journal per partition, snapshots, and views of read models; on
/// disk in one directory, or in memory.
///
///   <store>/cairn.store        what this directory is: format, identity, number of partitions
///   <store>/relaxed            there while the store is open in relaxed mode
///   <store>/lock               held by the process that has it open, with its name in it
///   <store>/p0000/log          the truth of partition 0; p0001 and so on for further ones
///   <store>/p0000/index        derived: may be deleted while nobody has the store open
///   <store>/snapshots          derived
///   <store>/views              derived: a folder per read model, version and copy
class store {
 public:
  /// Opens the directory, creating it when it is not there.
  ///
  /// store_locked: another process has it open; the detail names it. newer_format. corrupt.
  /// bad_config: the number of partitions is not that of the store. io_failed.
  /// @param in_flight of each partition, see commit_writer::options; empty: not known
  /// @param outcomes how long command ids are remembered; for ever where nothing is said
  /// @param logs where the logs come from instead; then settings.in_memory must be set, since what
  /// is derived could not be told from that of another log (bad_config). Its errors are returned
  /// @pre `names` outlives the store and does not change after start(); so does what is in
  /// `in_flight`
  [[nodiscard]] static result<std::unique_ptr<store>> open(
      const config& settings,
      const name_list& names,
      log_sink log,
      std::vector<const std::atomic<std::uint64_t>*> in_flight = {},
      outcome_keeping outcomes = {},
      const log_source& logs = {});
  store(const store&) = delete;
  store& operator=(const store&) = delete;
  ~store();

  /// Starts the journals' threads. Listeners must be in place before.
  [[nodiscard]] result<void> start();
  /// Writes everything that is queued, syncs and joins. @pre nobody submits any more
  void stop();

  [[nodiscard]] std::vector<journal*> journals() const;
  /// Of this store alone, and for ever; of one in memory, as long as it is open. 32 letters and
  /// digits.
  [[nodiscard]] const std::string& identity() const noexcept { return identity_; }
  /// How the partition of a stream is found; see partition_of().
  [[nodiscard]] placement_rule placement() const noexcept { return placement_; }
  [[nodiscard]] snapshot_store& snapshots() const noexcept { return *snapshots_; }
  /// Where the read model's tables, saved state and checkpoints are kept. Once per read model.
  /// @param table_names empty for a model in memory
  [[nodiscard]] result<std::unique_ptr<view>> open_view(std::string_view read_model,
                                                        std::uint32_t version,
                                                        std::vector<std::string> table_names);
  /// What a view of this store is opened for, wherever it is.
  [[nodiscard]] view_options view_settings(std::string_view read_model,
                                           std::uint32_t version,
                                           std::vector<std::string> table_names) const;
  /// All views of a read model, of which several may be open; the store outlives it.
  [[nodiscard]] std::unique_ptr<view_shelf> views_of(std::string read_model);

 private:
  class shelf;

  class lock_file;

  store(const config& settings, log_sink log);
  [[nodiscard]] result<void> open_directory();
  [[nodiscard]] result<void> open_partition(partition_id partition,
                                            const name_list& names,
                                            const log_source& logs);
  [[nodiscard]] result<void> check_room();
  [[nodiscard]] result<std::unique_ptr<view>> open_view(std::string_view read_model,
                                                        view_place place,
                                                        std::vector<std::string> table_names);
  [[nodiscard]] bool is_relaxed() const noexcept;

  config settings_;
  std::vector<const std::atomic<std::uint64_t>*> in_flight_;
  outcome_keeping outcomes_;
  log_sink log_;
  std::string identity_;
  placement_rule placement_ = newest_placement;
  std::unique_ptr<lock_file> lock_;
  std::vector<std::unique_ptr<journal>> journals_;
  std::unique_ptr<snapshot_store> snapshots_;
  /// By the steady clock: before, writes need not look for free disk.
  std::atomic<std::int64_t> room_until_ = 0;
};

}  // namespace cairn::persistence
