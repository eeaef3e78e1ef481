#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace bench {

/// What the figures were measured on, for people: processor, cores, kernel, file system of `store`.
[[nodiscard]] std::string describe_machine(const std::filesystem::path& store);

/// "ext4 on /dev/vda"; "unknown" when the system does not say.
[[nodiscard]] std::string describe_file_system(const std::filesystem::path& where);

/// Whether syncs cost nothing there, because it lies in memory.
[[nodiscard]] bool is_in_memory(const std::filesystem::path& where);

/// How many cores others keep busy, measured for a moment in which this process sleeps; the
/// kernel's own threads count as others, since what they still write for the run before would
/// disturb the next. Blocks. 0 when the system does not say.
[[nodiscard]] double cores_in_use();

/// Says afterwards how many cores others kept busy while this process worked. Its own threads, and
/// the processes that it started and waited for meanwhile, are left out; the kernel's are not.
class others_meter {
 public:
  others_meter();

  /// Since this was made; 0 when the system does not say.
  [[nodiscard]] double cores() const;

 private:
  std::chrono::steady_clock::time_point begin_;
  std::uint64_t busy_ticks_;
  std::chrono::microseconds own_;
};

/// Above this, figures are not to be believed.
inline constexpr double quiet_cores_max = 0.10;

/// The same for what an others_meter says: the kernel's threads also work for this process.
inline constexpr double quiet_cores_meanwhile_max = 0.30;

}  // namespace bench
