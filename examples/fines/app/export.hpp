#pragma once

#include "fines/app/store.hpp"
#include "fines/domain/money.hpp"

#include <filesystem>
#include <set>
#include <string>

namespace fines {

struct export_options {
  std::filesystem::path folder;
  /// Of table_names.
  std::set<std::string> tables;
  /// The days of fines_asof.
  std::set<calendar_day> as_of;
};

/// Writes what the read models say as CSV files.
[[nodiscard]] exit_code export_tables(const cairn::config& settings, const export_options& options);

}  // namespace fines
