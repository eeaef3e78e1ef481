#pragma once

#include "commands/schedule.hpp"
#include "support/measured.hpp"
#include "support/options.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bench {

struct trial_plan {
  /// With an open loop they are as many as Cairn lets in, and some more.
  std::uint32_t clients = 1;
  std::uint32_t aggregates = 1;
  /// "none", "memory" or "tables".
  std::string read_model = "none";
  /// Of that kind, from 1 to read_models_max.
  std::uint32_t read_models = 1;
  /// How unevenly aggregates are chosen: see aggregate_choice.
  double zipf = 0;
  /// Empty: a closed loop.
  std::optional<open_loop> open = {};
};

/// Measures commands through the whole of Cairn: see benchmarks/README.md. Wakes all aggregates and
/// warms up first; afterwards reads the whole journal and compares. Blocks.
/// @param durability set to what the runtime says of itself
[[nodiscard]] measured measure_commands(const options& chosen,
                                        const trial_plan& plan,
                                        std::string& durability);

}  // namespace bench
