#include "store/relaxed_marker.hpp"

#include "store/directory.hpp"

#include <fstream>
#include <string>
#include <system_error>

namespace cairn::persistence {
namespace {

std::filesystem::path marker_of(const std::filesystem::path& store) {
  return store / "relaxed";
}

std::string first_line_of(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::string line;
  std::getline(in, line);
  return line;
}

/// Another one after each start of the machine; "unknown" on a machine that does not tell.
std::string boot_of_this_machine() {
  const std::string boot = first_line_of("/proc/sys/kernel/random/boot_id");
  return boot.empty() ? "unknown" : boot;
}

/// Durable, so that it cannot come back once the marker is gone.
result<void> remove_everything_in(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::remove_all(folder, failed);
  if (!failed) return sync_directory(folder.parent_path());
  return error{error::code::io_failed, "removing " + folder.string() + ": " + failed.message()};
}

}  // namespace

result<void> heed_relaxed_marker(const std::filesystem::path& store, const log_sink& log) {
  const auto marker = marker_of(store);
  if (!std::filesystem::exists(marker)) return {};
  const std::string boot = boot_of_this_machine();
  // On the same boot the process was killed, and the operating system has kept everything.
  if (boot != "unknown" && first_line_of(marker) == boot) return {};
  log(log_level::warning,
      "the machine went down while " + store.string() +
          " was open in relaxed mode: snapshots, views and index are built anew");
  for (const char* derived : {"snapshots", "views"}) {
    if (auto gone = remove_everything_in(store / derived); !gone) return gone;
  }
  for (const auto& entry : std::filesystem::directory_iterator{store}) {
    if (!std::filesystem::exists(entry.path() / "log")) continue;
    if (auto gone = remove_everything_in(entry.path() / "index"); !gone) return gone;
  }
  clear_relaxed_marker(store);
  return {};
}

result<void> set_relaxed_marker(const std::filesystem::path& store) {
  const auto marker = marker_of(store);
  std::ofstream out{marker, std::ios::trunc};
  out << boot_of_this_machine() << "\n";
  out.close();
  if (!out) return error{error::code::io_failed, "writing " + marker.string()};
  return sync_directory(store);
}

void clear_relaxed_marker(const std::filesystem::path& store) noexcept {
  std::error_code ignored;
  std::filesystem::remove(marker_of(store), ignored);
}

}  // namespace cairn::persistence
