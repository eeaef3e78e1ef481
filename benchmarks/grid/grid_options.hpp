#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bench {

/// What the command line asks the grid for.
struct grid_options {
  /// Empty: all.
  std::vector<std::string> axes;
  /// The result file. Points that it has already are not measured again.
  std::filesystem::path out = "grid.jsonl";
  /// The result file is begun anew.
  bool anew = false;
  /// One short round of each.
  bool quick = false;
};

/// `into` must live until the command line has been read.
void add_grid_options(CLI::App& app, grid_options& into);

/// Where the command line says nothing about rounds or seconds, what the grid likes.
void settle(const CLI::App& app,
            const grid_options& chosen,
            std::uint32_t& rounds,
            double& seconds);

}  // namespace bench
