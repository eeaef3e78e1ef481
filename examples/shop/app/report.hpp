#pragma once

#include "shop/app/exit_code.hpp"

#include <cairn/config.hpp>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>

namespace shop {

struct report_options {
  /// The figures as they were known at the end of this day of the shop's calendar.
  std::optional<std::chrono::local_days> as_of;
  /// Rows of each table; 0: all.
  std::size_t limit = 10;
};

/// Prints the read models as tables.
[[nodiscard]] exit_code report(const cairn::config& settings, const report_options& options);

/// Writes the read models as nine CSV files into `folder`.
[[nodiscard]] exit_code export_tables(const cairn::config& settings,
                                      const std::filesystem::path& folder,
                                      const std::set<std::chrono::local_days>& as_of);

}  // namespace shop
