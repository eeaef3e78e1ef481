#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace support {

/// Shows on stderr how far a file has been read: a bar that moves on a terminal, and otherwise a
/// line now and then. One thread.
class progress {
 public:
  using clock = std::chrono::steady_clock;

  /// `every`: between two lines when stderr is no terminal.
  progress(std::uint64_t bytes_total, std::chrono::milliseconds every);

  /// Shows something only when it is time to.
  void show(std::uint64_t rows, std::uint64_t bytes);

  /// Shows how many `things` are left once all rows are in. Only when it is time to.
  void show_left(std::uint64_t count, std::string_view things);

  /// Ends the bar's line, with its last state.
  void finish(std::uint64_t rows, std::uint64_t bytes);

  [[nodiscard]] std::chrono::milliseconds elapsed() const;

 private:
  void print(std::uint64_t rows, std::uint64_t bytes) const;

  std::uint64_t bytes_total_;
  bool is_terminal_;
  std::chrono::milliseconds every_;
  clock::time_point begin_ = clock::now();
  clock::time_point shown_ = begin_;
};

/// The size of a file, for `progress`; 0 when it cannot be told.
[[nodiscard]] std::uint64_t bytes_of(const std::filesystem::path& file);

/// "66,104", or "0" when no time has passed.
[[nodiscard]] std::string format_rate(std::uint64_t count, std::chrono::milliseconds elapsed);

/// "4.1 s", or "2 min 05 s"
[[nodiscard]] std::string format_duration(std::chrono::milliseconds time);

}  // namespace support
