#pragma once

#include "commands/load_options.hpp"
#include "grid/grid_options.hpp"
#include "scale/scale_options.hpp"

#include "cairn/config.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace bench {

/// Who sends a client's next command.
enum class driver_kind : std::uint8_t {
  generator,  ///< One thread, which collects answers in bulk, for all clients.
  callback,   ///< Whoever brings the answer to the one before.
};

/// What the command line asks for.
struct options {
  bool json = false;
  std::chrono::duration<double> duration{2.0};
  std::uint32_t rounds = 3;
  /// How long a timed run waits for others to leave the processor alone.
  std::chrono::duration<double> quiet_wait{0};
  /// Each a number of clients; empty: as the benchmark likes.
  std::vector<std::uint32_t> in_flight;
  std::uint32_t payload_bytes = 100;
  std::uint32_t aggregates = 10'000;
  std::uint64_t events = 1'000'000;
  /// Of the benchmarks memory and scale: aggregates created, and how many may be awake.
  std::uint32_t known = 1'000'000;
  std::uint32_t awake = 10'000;
  /// "none", "memory", "tables".
  std::vector<std::string> read_models{"none", "memory"};
  driver_kind driver = driver_kind::callback;
  /// Of apply: in how many parts each read model is kept.
  std::uint32_t slices = 1;
  load_options load;
  grid_options grid;
  scale_options scale;
  /// Of soak: from one row to the next.
  std::chrono::duration<double> interval{10.0};
  /// How a server of PostgreSQL is reached; empty: it is left out.
  std::string postgres;
  /// Of the benchmark compare: "postgres", "redis", "sqlite", "rocksdb", "nats".
  std::vector<std::string> peers{"postgres", "redis", "sqlite", "rocksdb", "nats"};
  /// Where stores are made, each in a directory of its own that is removed afterwards; but that of
  /// scale stays.
  std::filesystem::path store = "/var/tmp";
  /// Of Cairn, without a store's path. The limit uses what concerns the log.
  cairn::config settings;
};

// Each prints its rows to stdout and says whether every result was what it should be.

[[nodiscard]] bool run_limit(const options& chosen);
[[nodiscard]] bool run_commands(const options& chosen);
[[nodiscard]] bool run_open(const options& chosen);
[[nodiscard]] bool run_grid(const options& chosen);
[[nodiscard]] bool run_hot(const options& chosen);
[[nodiscard]] bool run_compare(const options& chosen);
[[nodiscard]] bool run_replay(const options& chosen);
[[nodiscard]] bool run_apply(const options& chosen);
[[nodiscard]] bool run_rebuild(const options& chosen);
[[nodiscard]] bool run_wake(const options& chosen);
[[nodiscard]] bool run_disk(const options& chosen);
[[nodiscard]] bool run_memory(const options& chosen);
[[nodiscard]] bool run_soak(const options& chosen);
[[nodiscard]] bool run_scale(const options& chosen);

}  // namespace bench
