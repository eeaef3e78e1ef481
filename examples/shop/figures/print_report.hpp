#pragma once

#include "shop/figures/figures.hpp"

#include <cstddef>
#include <ostream>

namespace shop {

/// Prints the figures as tables for people, `limit` rows of each; 0: all.
void print_report(const report_figures& all, std::size_t limit, std::ostream& out);

}  // namespace shop
