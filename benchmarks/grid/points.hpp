#pragma once

#include "commands/command_trial.hpp"
#include "support/options.hpp"

#include <string>
#include <vector>

namespace bench {

/// One place in the grid: everything that the trial is told.
struct grid_point {
  std::string axis;
  options chosen;
  trial_plan plan;
  /// With an open loop: of the rate of the family's first point, a closed loop, in the same round.
  double share = 0;

  /// All settings that make it this point, as text.
  [[nodiscard]] std::string key() const;
};

/// Points that are measured in turns with one and the same limit: as many clients, the same bytes,
/// the same promise.
using grid_family = std::vector<grid_point>;

/// "in_flight", "payload" and so on, in the order in which they are measured.
[[nodiscard]] const std::vector<std::string>& grid_axes();

/// All families of an axis, around what `base` says: its clients (64 and 4 096 when it names none),
/// payload, aggregates and settings. @pre grid_axes() has it
[[nodiscard]] std::vector<grid_family> families_of(const std::string& axis, const options& base);

}  // namespace bench
