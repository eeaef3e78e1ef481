#include "support/text_table.hpp"

#include <algorithm>
#include <cstddef>

namespace support {

namespace {

/// Letters rather than bytes: in UTF-8 the bytes 10xxxxxx only continue a letter.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  }));
}

}  // namespace

void text_table::print(std::ostream& out) const {
  std::vector<std::size_t> widths;
  std::vector<std::string> titles;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = width_of(columns_[i].title);
    for (const auto& cells : rows_)
      width = std::max(width, width_of(cells[i]));
    widths.push_back(width);
    titles.push_back(columns_[i].title);
  }
  const auto print_row = [&](const std::vector<std::string>& cells) {
    std::string line = " ";
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string gap(widths[i] - width_of(cells[i]), ' ');
      line += ' ';
      line += columns_[i].side == align::left ? cells[i] + gap : gap + cells[i];
      line += ' ';
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  print_row(titles);
  for (const auto& cells : rows_)
    print_row(cells);
}

}  // namespace support
