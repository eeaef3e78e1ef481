#pragma once

#include "shop/domain/order.hpp"
#include "shop/retail/row_reader.hpp"
#include "support/batches.hpp"

#include <cairn/cairn.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

namespace shop {

/// Some rows of a file, as commands.
struct batch : support::batch_end {
  std::vector<cairn::addressed<order>> lines;
  /// Of the file, for each of `lines`.
  std::vector<std::uint64_t> file_lines;
  /// Those of this batch's customers that no earlier batch has named.
  std::vector<std::string> new_accounts;
  /// Invoices of which this batch has no row any more, though the one before it had; and at the end
  /// of the file all that are left.
  std::vector<std::string> ended_invoices;
};

/// Turns a file of retail rows into batches of commands, each with an id of its own that says which
/// row of which invoice it is: sent again, it does nothing. One thread at a time.
class batch_reader {
 public:
  using if_malformed = support::if_malformed;

  batch_reader(const std::filesystem::path& file, std::size_t size, if_malformed then)
      : rows_(file), size_(size), then_(then) {}

  [[nodiscard]] batch next();

  /// Of the rows that were skipped.
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  [[nodiscard]] std::uint64_t repeated() const { return rows_.repeated(); }

 private:
  void take(const retail_row& row, batch& into);

  row_reader rows_;
  std::size_t size_;
  if_malformed then_;
  void end_invoices(batch& of);

  std::unordered_set<std::string> accounts_;
  /// Of which the batch before has a row, and of which this one has.
  std::set<std::string> earlier_invoices_;
  std::set<std::string> present_invoices_;
  std::vector<std::string> complaints_;
};

}  // namespace shop
