#pragma once

#include "bank/figures/figures.hpp"

#include <filesystem>
#include <string>

namespace bank {

/// Writes bank_account.csv, bank_month.csv, bank_type.csv, bank_asof.csv, bank_negative.csv and
/// bank_rounding.csv into `folder`, which is made if need be. Money is in cents. Returns an empty
/// text, or what went wrong.
[[nodiscard]] std::string write_csv_tables(const figures& all, const std::filesystem::path& folder);

}  // namespace bank
