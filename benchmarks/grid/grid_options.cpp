#include "grid/grid_options.hpp"

#include "grid/points.hpp"

#include <CLI/CLI.hpp>

namespace bench {

void add_grid_options(CLI::App& app, grid_options& into) {
  app.add_option("--axes", into.axes, "For grid: which axes, such as payload,partitions")
      ->delimiter(',')
      ->check(CLI::IsMember(grid_axes()));
  app.add_option("--out", into.out, "For grid: the result file; what it has is not repeated")
      ->capture_default_str();
  app.add_flag("--quick", into.quick, "For grid: one round of 0.3 s, some 5 min for all");
  app.add_flag("--anew", into.anew, "For grid: begin the result file anew");
}

void settle(const CLI::App& app,
            const grid_options& chosen,
            std::uint32_t& rounds,
            double& seconds) {
  constexpr std::uint32_t usual_rounds = 5;
  constexpr double quick_seconds = 0.3;
  if (app.count("--rounds") == 0) rounds = chosen.quick ? 1 : usual_rounds;
  if (app.count("--seconds") == 0 && chosen.quick) seconds = quick_seconds;
}

}  // namespace bench
