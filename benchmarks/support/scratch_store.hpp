#pragma once

#include "support/options.hpp"
#include "support/scratch_directory.hpp"

#include "cairn/config.hpp"

namespace bench {

/// Where a benchmark's own store is made, and the settings that were asked for, which a benchmark
/// may change before it opens the store. Removed with this.
class scratch_store {
 public:
  /// Throws std::filesystem::filesystem_error.
  explicit scratch_store(const options& chosen)
      : directory_(chosen.store), settings_(chosen.settings) {
    settings_.store = directory_.path() / "store";
  }

  [[nodiscard]] cairn::config& settings() noexcept { return settings_; }
  [[nodiscard]] const cairn::config& settings() const noexcept { return settings_; }

 private:
  scratch_directory directory_;
  cairn::config settings_;
};

}  // namespace bench
