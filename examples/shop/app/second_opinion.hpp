#pragma once

#include "shop/app/exit_code.hpp"
#include "shop/app/report.hpp"

#include <chrono>
#include <filesystem>
#include <set>

namespace shop {

struct second_opinion_options {
  std::filesystem::path file;
  bool skip_malformed = false;
};

/// Prints what `report` prints, computed straight from the rows of a file, without a store.
[[nodiscard]] exit_code print_truth(const second_opinion_options& input,
                                    const report_options& options);

/// Writes what `export_tables` writes, computed in the same way.
[[nodiscard]] exit_code write_truth(const second_opinion_options& input,
                                    const std::filesystem::path& folder,
                                    const std::set<std::chrono::local_days>& as_of);

}  // namespace shop
