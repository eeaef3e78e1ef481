#pragma once

#include <cstdint>
#include <ostream>

namespace shop {

/// What a made-up log of a shop is like.
struct generate_options {
  std::uint64_t rows = 100'000;
  std::uint64_t seed = 1;
};

/// Writes a log with a header and exactly `rows` rows, of the shape that row_reader reads: invoices
/// over many days in the order of time, few customers and products with most of the sales, rows
/// without a customer, cancellations, adjustments, and corrections of the stock at price 0.
///
/// The same options give the same bytes on every machine. Whether writing worked, `out` knows.
void generate(const generate_options& options, std::ostream& out);

}  // namespace shop
