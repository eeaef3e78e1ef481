#pragma once

#include "support/values.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace support {

/// A CSV file of rows: fields with a comma, a quote or a line break are quoted, lines end in "\n".
/// Trouble with the disk shows at the end, in `close`. One thread.
class table_file {
 public:
  /// `folder`/`name`.csv, with its header.
  table_file(const std::filesystem::path& folder, std::string_view name, std::string_view header)
      : path_(folder / (std::string{name} + ".csv")), out_(path_, std::ios::binary) {
    out_ << header << '\n';
  }

  /// @pre as many fields as the header, at least one
  template <class... Fields> void row(const Fields&... fields) {
    line_.clear();
    (field(fields), ...);
    line_.back() = '\n';
    out_ << line_;
  }

  /// Empty, or what went wrong.
  [[nodiscard]] std::string close() {
    out_.close();
    return out_ ? std::string{} : "cannot write " + path_.string();
  }

 private:
  void field(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
      line_ += text;
    } else {
      line_ += '"';
      for (const char letter : text)
        line_.append(letter == '"' ? 2 : 1, letter);
      line_ += '"';
    }
    line_ += ',';
  }
  void field(std::integral auto number) { field(std::to_string(number)); }
  /// Nothing is an empty field.
  void field(const std::optional<std::int64_t>& number) {
    if (number) return field(*number);
    line_ += ',';
  }
  void field(std::chrono::local_seconds time) { field(format_time(time)); }
  void field(std::chrono::local_days day) { field(format_day(day)); }

  std::filesystem::path path_;
  std::ofstream out_;
  std::string line_;
};

}  // namespace support
