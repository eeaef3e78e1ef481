#pragma once

#include <filesystem>

namespace bench {

/// A new, empty directory, which is removed with all that is in it. The removal is waited for down
/// to the disk, so that it does not slow down what is measured next.
class scratch_directory {
 public:
  /// Throws std::filesystem::filesystem_error.
  explicit scratch_directory(const std::filesystem::path& parent);
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  ~scratch_directory();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace bench
