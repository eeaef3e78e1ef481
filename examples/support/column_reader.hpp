#pragma once

#include "support/csv_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace support {

/// Reads a CSV file whose header names its columns, in any order; columns that nobody asked for are
/// ignored. The base of programs that turn rows into commands. One thread.
class column_reader {
 public:
  enum class outcome : std::uint8_t {
    row,
    end,
    malformed,   ///< This row cannot be read; the next call goes on behind it.
    unreadable,  ///< The file cannot be read at all, or is no such file.
  };

  /// @param columns the names that the header must have, each exactly once; they must outlive this
  column_reader(const std::filesystem::path& file, std::vector<std::string_view> columns);

  /// Goes on to the next record with as many fields as the header.
  [[nodiscard]] outcome next();

  /// The field of `columns[which]`, until `next` is called again. @pre `next` returned `row`
  [[nodiscard]] const std::string& field(std::size_t which) const {
    return csv_.fields()[places_.at(which)];
  }

  /// Says what is wrong with the present row: "FILE, line 17: WHY". Returns `malformed`.
  outcome refuse(const std::string& why);

  enum class sighting : std::uint8_t {
    first,
    repeated,   ///< An earlier row with this identity said the same.
    different,  ///< It said something else; it stands on line `first_line`.
  };

  /// Whether a row of this identity has been seen before. Repeated ones are counted.
  [[nodiscard]] sighting look_for_repeat(const std::string& identity);
  [[nodiscard]] std::uint64_t first_line() const { return first_line_; }

  [[nodiscard]] const std::string& complaint() const { return complaint_; }
  /// The line in the file where the present row begins.
  [[nodiscard]] std::uint64_t line() const { return csv_.line(); }
  [[nodiscard]] std::uint64_t bytes_read() const { return csv_.bytes_read(); }
  /// Rows that `look_for_repeat` has found to be repeated.
  [[nodiscard]] std::uint64_t repeated() const { return repeated_; }

 private:
  struct seen_row {
    std::size_t contents_hash = 0;
    std::uint64_t line = 0;
  };

  [[nodiscard]] std::string read_header();
  outcome give_up(const std::string& why);

  std::filesystem::path file_;
  csv_reader csv_;
  std::vector<std::string_view> columns_;
  bool header_read_ = false;
  std::size_t header_size_ = 0;
  std::vector<std::size_t> places_;
  std::string complaint_;
  std::uint64_t repeated_ = 0;
  std::uint64_t first_line_ = 0;
  std::unordered_map<std::string, seen_row> seen_;
};

/// "the quantity "x" is no whole number", with a text that is not too long to be shown.
[[nodiscard]] std::string wrong_field(std::string_view what,
                                      const std::string& text,
                                      std::string_view why);

/// Whether a text may become the name of an aggregate or a part of a table's key.
[[nodiscard]] bool is_name(const std::string& text);

}  // namespace support
