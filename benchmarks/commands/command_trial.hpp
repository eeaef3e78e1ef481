#pragma once

#include "support/measured.hpp"
#include "support/options.hpp"

#include <cstdint>
#include <string>

namespace bench {

struct trial_plan {
  std::uint32_t clients = 1;
  std::uint32_t aggregates = 1;
  /// "none", "memory" or "tables".
  std::string read_model = "none";
};

/// Measures commands through the whole of Cairn: see benchmarks/README.md. Wakes all aggregates and
/// warms up first; afterwards reads the whole journal and compares. Blocks.
/// @param durability set to what the runtime says of itself
[[nodiscard]] measured measure_commands(const options& chosen,
                                        const trial_plan& plan,
                                        std::string& durability);

}  // namespace bench
