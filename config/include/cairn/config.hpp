#pragma once

#include "cairn/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace cairn {

inline constexpr std::uint64_t kib = 1024;
inline constexpr std::uint64_t mib = 1024 * kib;
inline constexpr std::uint64_t gib = 1024 * mib;
inline constexpr std::uint64_t tib = 1024 * gib;

/// Every setting of a node, with its default. Fill it in code, or `load` it from a TOML file.
///
/// A plain value: copies are independent, and changing one after start() changes nothing. The unit
/// stands in a setting's name or type; config/README.md lists the ranges.
struct config {
  /// What an accepted command has survived.
  enum class durability_mode : std::uint8_t {
    sync,     ///< It is on disk: it survives the loss of power.
    relaxed,  ///< It survives the end of the process; power loss may take the last relaxed_window.
  };

  /// Which awake aggregate sleeps first when there are too many.
  enum class replacement_policy : std::uint8_t {
    lru,            ///< The one used longest ago.
    mru,            ///< The one used last, but for the very last one: for work in rounds.
    lfu,            ///< The one used least often; old uses count less and less.
    segmented_lru,  ///< The one used longest ago of those that were used once.
    w_tiny_lfu,     ///< One that is new, unless it was used more often than one that is not.
  };

  // [store]
  /// The directory of the store. Required unless in_memory. A relative path starts at the working
  /// directory of the process.
  std::filesystem::path store = {};
  /// Nothing is written to disk, and `store` is ignored. For tests.
  bool in_memory = false;
  /// Fixed once the store exists.
  std::uint16_t partitions = 1;
  /// Address space for a partition's log: its largest size, not its first.
  std::uint64_t log_map_bytes = 1 * tib;
  /// Address space for a partition's index.
  std::uint64_t index_map_bytes = 256 * gib;
  /// Address space for each read model, and (up to 64 GiB) for the snapshots.
  std::uint64_t view_map_bytes = 64 * gib;
  /// Below this much free disk, writes are refused with error::code::store_full.
  std::uint64_t reserve_bytes = 256 * mib;
  /// How far ahead the log's file is filled with zeros. 0: not at all.
  std::uint64_t prefill_bytes = 2 * mib;
  /// A group is closed when it has this size; a larger commit is a group of its own.
  std::uint64_t group_bytes_max = 4 * mib;
  /// A group larger than this is cut into blocks between two commits.
  std::uint64_t block_bytes = 60 * kib;

  // [durability]
  durability_mode durability = durability_mode::sync;
  /// With `relaxed`: the longest time between a commit and its disk sync.
  std::chrono::milliseconds relaxed_window{100};

  // [actors]
  /// Threads that run hosts. 0: one for each core.
  std::uint32_t workers = 0;
  /// Hosts for each aggregate type and partition. 0: half as many as workers, at least one: the
  /// other cores write and follow the log. More are of use where decide takes longer than some
  /// microseconds.
  std::uint32_t hosts_per_type = 0;
  /// On this node; beyond, some are put to sleep.
  std::uint32_t awake_aggregates_max = 100'000;
  /// Memory of the awake aggregates of this node, about: their states are weighed when they wake
  /// and now and then. Beyond, some are put to sleep. 0: not bounded by bytes.
  std::uint64_t awake_bytes_max = 0;
  /// Who is put to sleep then. actors/README.md tells how each chooses.
  replacement_policy awake_replacement = replacement_policy::lru;
  /// With `segmented_lru` and `w_tiny_lfu`: levels that an aggregate climbs, one with each use.
  std::uint32_t awake_levels = 2;
  /// The share of all levels above the lowest one together, of the number awake.
  std::uint32_t awake_protected_percent = 80;
  /// With `w_tiny_lfu`: the share of the window that new ones enter, of the number awake.
  std::uint32_t awake_window_percent = 1;
  /// With `w_tiny_lfu`: the share of the window follows the load; awake_window_percent is the
  /// first.
  bool awake_window_adapts = true;
  /// An aggregate without commands for this long is put to sleep.
  std::chrono::seconds sleep_after{120};
  /// Aggregates that are woken at the same time, at most; others wait for their turn. Each takes
  /// one of recovery_threads, so beyond their number this changes nothing.
  std::uint32_t recoveries_max = 50;
  /// Threads that read events for those that wake.
  std::uint32_t recovery_threads = 2;
  /// The commands of an aggregate that takes longer to wake are answered with `timed_out`.
  std::chrono::seconds recovery_timeout{30};
  /// How long stop() waits for commands in flight.
  std::chrono::milliseconds stop_timeout{30'000};

  // [limits]
  /// For each runtime; beyond, commands are refused with error::code::overloaded.
  std::uint32_t commands_in_flight_max = 65'536;
  /// For each aggregate; beyond, commands are refused with error::code::overloaded.
  std::uint32_t commands_per_aggregate_max = 4'096;
  /// Of one encoded event; beyond, the command fails with error::code::too_large.
  std::uint64_t event_bytes_max = 1 * mib;
  /// Events of one command; beyond, it fails with error::code::too_large.
  std::uint32_t commit_events_max = 4'096;
  /// Of all events of one command together; beyond, it fails with error::code::too_large.
  std::uint64_t commit_bytes_max = 16 * mib;
  /// Entries of the metadata of one command, and of a stream; beyond, it fails with
  /// error::code::too_large.
  std::uint32_t metadata_entries_max = 32;
  /// Of all keys and values of such metadata; beyond, it fails with error::code::too_large.
  std::uint64_t metadata_bytes_max = 4 * kib;
  /// That are looked at for one guard before it sets out; beyond, error::code::too_large.
  std::uint32_t guard_events_max = 1'000'000;

  // [index]
  /// The index is written when this many events wait for it, ...
  std::uint32_t index_flush_events = 262'144;
  /// ... or when the oldest of them has waited this long.
  std::chrono::milliseconds index_flush_after{2'000};
  /// At most this many events wait for the index; beyond, writes wait for it too.
  std::uint64_t unindexed_events_max = 8'000'000;

  // [snapshots]
  /// For aggregates without a setting of their own: events between two snapshots. 0: none.
  std::uint32_t snapshot_every = 0;

  // [read_models]
  /// How long a read model gathers events before it applies them in one transaction.
  std::chrono::milliseconds read_model_linger{20};
  /// At most this many events in one transaction.
  std::uint32_t read_model_batch = 10'000;
  /// For read models held in memory: events between two snapshots. 0: none.
  std::uint32_t read_model_snapshot_every = 100'000;
  /// While a read model is rebuilt and its old copy serves: the part of one thread's time that the
  /// new one takes, in hundredths, 10 to 100; the rest is for those who write.
  std::uint32_t rebuild_percent = 25;

  bool operator==(const config&) const = default;

  /// What `file` says, overridden by the environment: CAIRN_STORE_PATH is `path` in `[store]`.
  ///
  /// On success the settings have passed `check`. error::code::bad_config otherwise, also when the
  /// file cannot be read; the detail has one line for each fault, with its file and line, or with
  /// the name of the environment variable. Any thread, while none changes the environment.
  [[nodiscard]] static result<config> load(const std::filesystem::path& file);

  /// Like `load`, for a text and without the environment. Faults name `source_name` as the file.
  [[nodiscard]] static result<config> parse(std::string_view toml, std::string_view source_name);
};

/// Whether these settings can be used. error::code::bad_config if not; the detail has one line for
/// each fault, not only for the first.
[[nodiscard]] result<void> check(const config& settings);

/// A complete file: each setting with its meaning, range and environment variable. Settings that
/// pass `check` are the same when the text is parsed again.
[[nodiscard]] std::string to_toml(const config& settings);

}  // namespace cairn
