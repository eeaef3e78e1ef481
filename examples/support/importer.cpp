#include "support/importer.hpp"

#include "support/values.hpp"

#include <iostream>

namespace support {

namespace {

std::string count_of(std::uint64_t number) {
  return format_count(static_cast<std::int64_t>(number));
}

}  // namespace

exit_code conclude_import(std::string_view program,
                          const batch_end& last,
                          const std::vector<std::string>& complaints,
                          std::uint64_t rows_repeated,
                          const import_tally& count,
                          const std::string& whose,
                          std::chrono::milliseconds elapsed) {
  for (const auto& complaint : complaints)
    std::cerr << program << ": " << complaint << '\n';
  // Not by a row, but by the file.
  if (!last.stopped_because.empty() &&
      (complaints.empty() || complaints.back() != last.stopped_because)) {
    std::cerr << program << ": " << last.stopped_because << '\n';
    return exit_code::failed;
  }
  std::cout << "imported " << count_of(count.rows) << " rows ("
            << count_of(count.rows - count.rows_known_before) << " new, "
            << count_of(count.rows_known_before) << " known before) " << whose << " in "
            << format_duration(elapsed) << ", " << format_rate(count.rows, elapsed) << " rows/s\n";
  if (rows_repeated > 0) {
    std::cout << "left out " << count_of(rows_repeated) << " rows that the file has twice\n";
  }
  if (!complaints.empty() && last.stopped_because.empty()) {
    std::cout << "skipped " << count_of(complaints.size()) << " malformed rows\n";
  }
  if (!last.stopped_because.empty()) {
    std::cout << "stopped there; all rows before it are imported\n";
  }
  if (!last.is_last) {
    std::cerr << program << ": interrupted; run it again to go on\n";
    return static_cast<exit_code>(static_cast<int>(exit_code::interrupted) + stop_signal());
  }
  return complaints.empty() ? exit_code::done : exit_code::malformed;
}

}  // namespace support
