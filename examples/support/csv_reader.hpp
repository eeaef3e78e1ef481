#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

struct csv_parser;

namespace support {

/// Reads the records of a CSV file as RFC 4180 has them: fields in quotes may hold commas, line
/// breaks and doubled quotes; lines end in LF or CRLF. Fields are taken byte for byte, blanks
/// included, but a line break in a field is LF, also where the file has CRLF; empty lines are left
/// out. One thread.
class csv_reader {
 public:
  enum class outcome : std::uint8_t { record, end, malformed };

  /// `is_open()` tells whether that worked.
  explicit csv_reader(const std::filesystem::path& file);
  ~csv_reader();
  csv_reader(const csv_reader&) = delete;
  csv_reader& operator=(const csv_reader&) = delete;

  [[nodiscard]] bool is_open() const { return in_.is_open(); }

  /// Whether `end` came because the file could not be read any further.
  [[nodiscard]] bool is_broken() const { return in_.bad(); }

  /// Goes on to the next record. After `malformed` the next call goes on with the line behind the
  /// one where the malformed record began.
  [[nodiscard]] outcome next();

  /// Of the record that `next` found, until it is called again.
  [[nodiscard]] const std::vector<std::string>& fields() const { return fields_; }

  /// The line in the file where the latest record began; the first line is 1.
  [[nodiscard]] std::uint64_t line() const { return line_; }

  /// How much of the file has been taken.
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

  /// Why `next` returned `malformed`.
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  struct physical_line {
    std::uint64_t number = 0;
    std::string text;
  };

  [[nodiscard]] bool take_line(physical_line& into);
  [[nodiscard]] bool parse(std::string_view bytes);
  [[nodiscard]] outcome refuse(std::string why, std::deque<physical_line>& taken);

  std::ifstream in_;
  std::unique_ptr<csv_parser> parser_;
  std::vector<std::string> fields_;
  bool record_ended_ = false;
  std::uint64_t line_ = 0;
  std::uint64_t lines_taken_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::string complaint_;
  // Lines to be read again, after a record over several lines turned out to be none.
  std::deque<physical_line> again_;
};

}  // namespace support
