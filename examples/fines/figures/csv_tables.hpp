#pragma once

#include "fines/figures/figures.hpp"

#include <array>
#include <filesystem>
#include <set>
#include <string>

namespace fines {

inline constexpr const char* as_of_table = "fines_asof";

/// The tables' names, in the order in which they are written.
inline constexpr std::array<const char*, 8> table_names{"fines_case",
                                                        "fines_activity",
                                                        "fines_month",
                                                        "fines_article",
                                                        "fines_payment_anomaly",
                                                        "fines_variant",
                                                        "fines_penalty",
                                                        as_of_table};

/// Writes each of these tables as a CSV file into `folder`, which is made if need be. Money is in
/// cents; what is not known is empty. Returns an empty text, or what went wrong.
/// @pre all of `tables` are in table_names
[[nodiscard]] std::string write_csv_tables(const figures& all,
                                           const std::set<std::string>& tables,
                                           const std::filesystem::path& folder);

}  // namespace fines
