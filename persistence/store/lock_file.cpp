#include "store/lock_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <unistd.h>

namespace cairn::persistence {
namespace {

error io_error(const std::filesystem::path& file) {
  return {error::code::io_failed, "opening " + file.string() + ": " + std::strerror(errno)};
}

std::string holder_in(int descriptor) {
  std::array<char, 200> text{};
  const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
  if (size <= 0) return "another process";
  std::string holder{text.data(), static_cast<std::size_t>(size)};
  while (!holder.empty() && holder.back() == '\n')
    holder.pop_back();
  return holder;
}

std::string this_process() {
  std::array<char, 65> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host = {'?'};
  return "process " + std::to_string(getpid()) + " on " + host.data() + "\n";
}

}  // namespace

result<std::unique_ptr<store::lock_file>> store::lock_file::take(
    const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) return io_error(file);
  std::unique_ptr<lock_file> made{new lock_file{descriptor}};
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return io_error(file);
    const std::string holder = holder_in(descriptor);
    return error{error::code::store_locked,
                 file.parent_path().string() + " is in use by " + holder +
                     (holder + "\n" == this_process() ? ", which is this one" : "")};
  }
  const std::string holder = this_process();
  if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, holder.data(), holder.size(), 0) < 0) {
    return io_error(file);
  }
  return made;
}

store::lock_file::~lock_file() {
  // Closing lets go of the lock. The file stays: removing it would race with the next opener.
  close(descriptor_);
}

}  // namespace cairn::persistence
