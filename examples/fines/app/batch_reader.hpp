#pragma once

#include "fines/domain/fine_case.hpp"
#include "fines/log/row_reader.hpp"
#include "support/batches.hpp"

#include <cairn/cairn.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fines {

/// Some rows of a file, as commands.
struct batch : support::batch_end {
  std::vector<cairn::addressed<fine_case>> lines;
  /// Of the file, for each of `lines`.
  std::vector<std::uint64_t> file_lines;
};

/// Turns a log of fines into batches of commands, each with an id of its own that says which
/// row it is: sent again, it does nothing. One thread at a time.
class batch_reader {
 public:
  batch_reader(const std::filesystem::path& file, std::size_t size, support::if_malformed then)
      : rows_(file), size_(size), then_(then) {}

  [[nodiscard]] batch next();

  /// Of the rows that were skipped.
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  [[nodiscard]] std::uint64_t repeated() const { return rows_.repeated(); }
  /// The latest date of all rows so far.
  [[nodiscard]] std::optional<calendar_day> latest() const { return latest_; }

 private:
  row_reader rows_;
  std::size_t size_;
  support::if_malformed then_;
  std::vector<std::string> complaints_;
  std::optional<calendar_day> latest_;
};

}  // namespace fines
