#pragma once

#include "cairn/persistence/store.hpp"

namespace cairn::persistence {

/// Held as long as a process has the store open. The operating system lets go of it when the
/// process ends, however it ends: there is no stale lock.
class store::lock_file {
 public:
  /// store_locked: somebody holds it; the detail says who. io_failed.
  [[nodiscard]] static result<std::unique_ptr<lock_file>> take(const std::filesystem::path& file);

  lock_file(const lock_file&) = delete;
  lock_file& operator=(const lock_file&) = delete;
  ~lock_file();

 private:
  explicit lock_file(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace cairn::persistence
