#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace bench {

/// A control group of Linux, version 1 or 2, whose processes have no more memory than this, page
/// cache included. One thread. Removed with this, which must outlive its processes.
class memory_limit {
 public:
  /// Null when it cannot be had, and `why_not` says why.
  [[nodiscard]] static std::unique_ptr<memory_limit> make(std::uint64_t bytes,
                                                          std::string& why_not);
  memory_limit(const memory_limit&) = delete;
  memory_limit& operator=(const memory_limit&) = delete;
  ~memory_limit();

  /// Puts the calling process under it, with what it allocates from now on. Throws
  /// std::runtime_error.
  void enter() const;

  /// Processes that the kernel has ended because they needed more.
  [[nodiscard]] std::uint64_t kills() const;

 private:
  memory_limit(std::filesystem::path group, std::filesystem::path events);

  std::filesystem::path group_;
  /// The file that counts kills.
  std::filesystem::path events_;
};

}  // namespace bench
