#pragma once

#include "bank/app/store.hpp"
#include "bank/domain/money.hpp"

#include <filesystem>
#include <set>

namespace bank {

/// Writes the read models as six CSV files into `folder`; the accounts as of each of the days.
[[nodiscard]] exit_code export_tables(const cairn::config& settings,
                                      const std::filesystem::path& folder,
                                      const std::set<business_day>& as_of);

}  // namespace bank
