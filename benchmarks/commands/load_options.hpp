#pragma once

#include "commands/schedule.hpp"

#include "cairn/config.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace CLI {
class App;
}

namespace bench {

/// What the command line asks for beside the number of clients and of aggregates.
struct load_options {
  /// How unevenly aggregates are chosen: see aggregate_choice.
  double zipf = 0;
  /// Of each kind that is asked for.
  std::uint32_t read_models = 1;
  /// Of an open loop: commands a second, or, up to open_share_max, shares of the closed loop's
  /// rate.
  std::vector<double> open_loop;
  arrivals kind = arrivals::constant;
  /// Instead of what the settings say.
  std::optional<std::uint16_t> partitions;
  std::optional<cairn::config::durability_mode> durability;
};

inline constexpr double open_share_max = 4;

/// `into` must live until the command line has been read.
void add_load_options(CLI::App& app, load_options& into);

/// Sets what was asked for.
void apply(const load_options& chosen, cairn::config& settings);

}  // namespace bench
