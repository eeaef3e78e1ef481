#include "support/progress.hpp"

#include "support/values.hpp"

#include <algorithm>
#include <iostream>
#include <system_error>
#include <unistd.h>

namespace support {

namespace {

constexpr std::chrono::milliseconds terminal_every{100};
constexpr std::uint64_t bar_width = 30;

}  // namespace

progress::progress(std::uint64_t bytes_total, std::chrono::milliseconds every)
    : bytes_total_(std::max<std::uint64_t>(bytes_total, 1)),
      is_terminal_(isatty(STDERR_FILENO) != 0),
      every_(is_terminal_ ? terminal_every : every) {}

void progress::show(std::uint64_t rows, std::uint64_t bytes) {
  if (clock::now() - shown_ < every_) return;
  shown_ = clock::now();
  print(rows, bytes);
}

void progress::show_left(std::uint64_t count, std::string_view things) {
  if (clock::now() - shown_ < every_) return;
  shown_ = clock::now();
  std::cerr << (is_terminal_ ? "\r" : "") << format_count(static_cast<std::int64_t>(count)) << ' '
            << things << " to go" << (is_terminal_ ? "\x1b[K" : "\n") << std::flush;
}

void progress::finish(std::uint64_t rows, std::uint64_t bytes) {
  if (!is_terminal_) return;
  print(rows, bytes);
  std::cerr << '\n';
}

std::chrono::milliseconds progress::elapsed() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - begin_);
}

void progress::print(std::uint64_t rows, std::uint64_t bytes) const {
  bytes = std::min(bytes, bytes_total_);
  const auto ms = static_cast<std::uint64_t>(elapsed().count());
  const std::uint64_t left_ms = bytes == 0 ? 0 : ms * (bytes_total_ - bytes) / bytes;
  std::string text;
  if (is_terminal_) {
    const std::uint64_t full = bar_width * bytes / bytes_total_;
    text = "\r[" + std::string(full, '#') + std::string(bar_width - full, '.') + "] ";
  }
  text += std::to_string(100 * bytes / bytes_total_) + " %  ";
  text += format_count(static_cast<std::int64_t>(rows)) + " rows  ";
  text += format_rate(rows, elapsed()) + " rows/s  ";
  text += format_duration(std::chrono::milliseconds{left_ms}) + " left";
  text += is_terminal_ ? "\x1b[K" : "\n";
  std::cerr << text << std::flush;
}

std::uint64_t bytes_of(const std::filesystem::path& file) {
  std::error_code trouble;
  const auto size = std::filesystem::file_size(file, trouble);
  return trouble ? 0 : size;
}

std::string format_rate(std::uint64_t count, std::chrono::milliseconds elapsed) {
  if (elapsed.count() <= 0) return "0";
  return format_count(static_cast<std::int64_t>(count) * 1000 / elapsed.count());
}

std::string format_duration(std::chrono::milliseconds time) {
  const auto tenths = time.count() / 100;
  if (tenths < 600) {
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " s";
  }
  const auto seconds = std::to_string(100 + tenths / 10 % 60).substr(1);
  return std::to_string(tenths / 600) + " min " + seconds + " s";
}

}  // namespace support
