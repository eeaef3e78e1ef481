#pragma once

#include <filesystem>
#include <string>

namespace bench {

/// What the figures were measured on, for people: processor, cores, kernel, file system of `store`.
[[nodiscard]] std::string describe_machine(const std::filesystem::path& store);

/// "ext4 on /dev/vda"; "unknown" when the system does not say.
[[nodiscard]] std::string describe_file_system(const std::filesystem::path& where);

/// Whether syncs cost nothing there, because it lies in memory.
[[nodiscard]] bool is_in_memory(const std::filesystem::path& where);

/// How many cores others keep busy, measured for a moment in which this process sleeps. Blocks.
/// 0 when the system does not say.
[[nodiscard]] double cores_in_use();

/// Above this, figures are not to be believed.
inline constexpr double quiet_cores_max = 0.10;

}  // namespace bench
