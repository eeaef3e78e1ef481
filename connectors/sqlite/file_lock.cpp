#include "file_lock.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace cairn::sqlite {

result<std::unique_ptr<file_lock>> file_lock::take(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) {
    return error{error::code::io_failed, file.string() + ": " + std::strerror(errno)};
  }
  std::unique_ptr<file_lock> made{new file_lock{descriptor}};
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return made;
  if (errno != EWOULDBLOCK) {
    return error{error::code::io_failed, file.string() + ": " + std::strerror(errno)};
  }
  return error{error::code::store_locked,
               file.string() + " is held: another runtime feeds this read model there"};
}

file_lock::~file_lock() {
  // Closing lets go of the lock. The file stays: removing it would race with the next opener.
  close(descriptor_);
}

}  // namespace cairn::sqlite
