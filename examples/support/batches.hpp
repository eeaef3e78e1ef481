#pragma once

#include "support/column_reader.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace support {

enum class if_malformed : std::uint8_t { stop, skip };

struct import_options {
  std::filesystem::path file;
  /// Rows sent at once. One aggregate may have them all, so not more than one aggregate may have in
  /// flight.
  std::size_t batch = 4'000;
  if_malformed malformed = if_malformed::stop;
  /// Between two lines of progress, when stderr is no terminal.
  std::chrono::milliseconds progress_every{2'000};
};

/// Where a batch of rows ended. Base of what a program makes of some rows of a file: commands in
/// `lines`, and for each of them the line of the file in `file_lines`.
struct batch_end {
  std::uint64_t bytes_read = 0;
  bool is_last = false;
  /// Set when the file could not be read any further.
  std::string stopped_because;
};

/// Reads rows until `some` has `size` lines or the file ends, and gives each to `take`, which adds
/// to `some`. What is malformed is added to `complaints`. One thread.
template <class Rows, class Batch, class Take>
void fill_batch(Rows& rows,
                std::size_t size,
                if_malformed then,
                std::vector<std::string>& complaints,
                Batch& some,
                Take take) {
  using outcome = column_reader::outcome;
  some.lines.reserve(size);
  while (some.lines.size() < size && !some.is_last) {
    switch (rows.next()) {
      case outcome::row: take(rows.row()); break;
      case outcome::end: some.is_last = true; break;
      case outcome::unreadable:
        some.is_last = true;
        some.stopped_because = rows.complaint();
        break;
      case outcome::malformed:
        complaints.push_back(rows.complaint());
        if (then == if_malformed::skip) break;
        some.is_last = true;
        some.stopped_because = rows.complaint();
        break;
    }
  }
  some.bytes_read = rows.bytes_read();
}

}  // namespace support
