#include "store/directory.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace cairn::persistence {
namespace {

error io_error(const char* doing, const std::filesystem::path& directory) {
  return {error::code::io_failed,
          std::string{doing} + " " + directory.string() + ": " + std::strerror(errno)};
}

}  // namespace

result<void> make_directory(const std::filesystem::path& directory) {
  std::error_code ignored;
  if (std::filesystem::is_directory(directory, ignored)) return {};
  const std::filesystem::path above = std::filesystem::absolute(directory).parent_path();
  if (above != directory) {
    if (auto made = make_directory(above); !made) return made;
  }
  constexpr mode_t owner_and_group = 0770;
  if (::mkdir(directory.c_str(), owner_and_group) != 0 && errno != EEXIST) {
    return io_error("creating", directory);
  }
  // EEXIST: another process was faster, or something else has the name.
  if (!std::filesystem::is_directory(directory, ignored)) {
    errno = ENOTDIR;
    return io_error("creating", directory);
  }
  return sync_directory(above);
}

result<void> sync_directory(const std::filesystem::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return io_error("opening", directory);
  const bool synced = fsync(descriptor) == 0;
  const error why = synced ? error{} : io_error("syncing", directory);
  close(descriptor);
  return synced ? result<void>{} : why;
}

}  // namespace cairn::persistence
