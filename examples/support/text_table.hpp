#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace support {

/// A table for people: columns as wide as their widest cell.
class text_table {
 public:
  enum class align : std::uint8_t { left, right };
  struct column {
    std::string title;
    align side = align::right;
  };

  explicit text_table(std::vector<column> columns) : columns_(std::move(columns)) {}

  /// @pre as many cells as columns
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  void print(std::ostream& out) const;

 private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace support
