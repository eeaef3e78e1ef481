#pragma once

#include "scale/contents.hpp"
#include "scale/versions.hpp"
#include "support/options.hpp"

#include "cairn/config.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace bench {

/// A store that outlives the benchmark, so that it is prepared once: a folder `cairn_scale` in
/// --store, with a file that says what was prepared in it. One thread.
class kept_store {
 public:
  explicit kept_store(const options& chosen);

  /// What is asked for.
  [[nodiscard]] const contents& what() const noexcept { return what_; }
  /// Of a runtime on it.
  [[nodiscard]] const cairn::config& settings() const noexcept { return settings_; }
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

  /// Whether what is there is what is asked for, and perhaps more of it.
  [[nodiscard]] bool is_prepared() const;
  /// Removes what is there. What is wrong, when there is no room for what is to come. Throws
  /// std::filesystem::filesystem_error.
  [[nodiscard]] std::string make_room() const;
  /// Says that it has been prepared. Throws std::runtime_error.
  void describe() const;

  /// Bytes of all logs and all indexes.
  [[nodiscard]] std::uint64_t log_bytes() const { return bytes_of("log"); }
  [[nodiscard]] std::uint64_t index_bytes() const { return bytes_of("index"); }

 private:
  [[nodiscard]] std::uint64_t bytes_of(const char* part) const;

  contents what_;
  std::filesystem::path folder_;
  cairn::config settings_;
};

/// Sets every version to what the log says. What is wrong, if anything is: a version is missing or
/// there twice, an aggregate has fewer events than were prepared, or there is another one. Blocks
/// for as long as it takes to read all of it. @pre nobody else has the store open
[[nodiscard]] std::string read_versions(const kept_store& from, versions& into);

}  // namespace bench
