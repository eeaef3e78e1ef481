#pragma once

#include "cairn/result.hpp"

#include <filesystem>
#include <memory>

namespace cairn::sqlite {

/// Says that nobody else may write into a database, for as long as it exists: two processes that
/// feed one file would undo each other's work, and SQLite alone would let them take turns.
class file_lock {
 public:
  /// store_locked: somebody has it, in this process or in another one. io_failed.
  [[nodiscard]] static result<std::unique_ptr<file_lock>> take(const std::filesystem::path& file);
  file_lock(const file_lock&) = delete;
  file_lock& operator=(const file_lock&) = delete;
  ~file_lock();

 private:
  explicit file_lock(int descriptor) noexcept : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace cairn::sqlite
