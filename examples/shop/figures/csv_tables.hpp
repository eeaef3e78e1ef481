#pragma once

#include "shop/figures/figures.hpp"

#include <filesystem>
#include <string>

namespace shop {

/// Writes each table of `all` as a file of its own into `folder`, which is made if need be.
///
/// retail_invoice.csv and so on: a header, then a row a line, each ended by "\n"; a field with a
/// comma, a quote or a line break is quoted. Returns an empty text, or what went wrong.
[[nodiscard]] std::string write_csv_tables(const figures& all, const std::filesystem::path& folder);

}  // namespace shop
