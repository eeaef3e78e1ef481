#pragma once

#include "support/report.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace bench {

/// Results as JSON lines, which a later run goes on with. A line `"kind": "session"` says on what
/// the points behind it were measured. One thread.
class result_file {
 public:
  /// Throws std::runtime_error when the file cannot be written, or is no such file.
  result_file(const std::filesystem::path& file, bool anew);

  /// Whether the file had the point, and it was verified.
  [[nodiscard]] bool has(const std::string& key) const { return keys_.contains(key); }

  /// A row that begins with its key; see begin_point().
  void add(const row& what);

  /// The row of a point, to be filled.
  [[nodiscard]] static row begin_point(const std::string& key);

 private:
  void read(const std::filesystem::path& file);

  std::set<std::string> keys_;
  std::ofstream out_;
};

}  // namespace bench
