#include "power/recorder.hpp"

#include "power/recording.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <optional>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

namespace cairn::tests::power {
namespace {

template <class Function> Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

/// What an open descriptor stands for.
struct opened_node {
  std::uint32_t node = 0;
  std::string path;
  bool syncs_itself = false;
};

/// The one of the program. Its lock is held while names change, so that names and their order in
/// the recording agree; not while bytes are written or synced.
class recorder {
 public:
  void start(const std::filesystem::path& directory) {
    const std::lock_guard lock{mutex_};
    root_ = std::filesystem::canonical(directory).string();
    nodes_[""] = 0;
    is_on_ = true;
  }
  recording finish() {
    const std::lock_guard lock{mutex_};
    is_on_ = false;
    return std::move(all_);
  }

  /// Relative to the root; nothing when it is elsewhere.
  std::optional<std::string> inside(const char* path) const {
    if (!is_on_ || path == nullptr) return std::nullopt;
    const std::string text = std::filesystem::absolute(path).lexically_normal().string();
    if (text == root_ || text == root_ + "/") return std::string{};
    if (!text.starts_with(root_ + "/")) return std::nullopt;
    return text.substr(root_.size() + 1);
  }

  std::uint64_t add(operation what) {
    what.time_ns = std::chrono::steady_clock::now().time_since_epoch().count();
    all_.push_back(std::move(what));
    return all_.size() - 1;
  }

  /// Of something that exists.
  std::uint32_t node_of(const std::string& path) {
    const auto [found, is_new] = nodes_.try_emplace(path, next_node_);
    if (is_new) {
      ++next_node_;
      add({.kind = operation_kind::known, .node = found->second, .path = path});
    }
    return found->second;
  }
  void made(operation_kind kind, const std::string& path) {
    nodes_[path] = next_node_;
    add({.kind = kind, .node = next_node_++, .path = path});
  }
  void removed(const std::string& path) {
    add({.kind = operation_kind::remove, .node = node_of(path), .path = path});
    nodes_.erase(path);
  }
  void renamed(const std::string& from, const std::string& to) {
    const std::uint32_t node = node_of(from);
    add({.kind = operation_kind::rename, .node = node, .path = from, .to = to});
    nodes_.erase(from);
    nodes_[to] = node;
  }

  void opened(int descriptor, const std::string& path, bool existed, int flags) {
    if (!existed) made(operation_kind::make_file, path);
    const std::uint32_t node = node_of(path);
    if (existed && (flags & O_TRUNC) != 0) add({.kind = operation_kind::truncate, .node = node});
    // O_SYNC has the bits of O_DSYNC.
    open_[descriptor] = {node, path, (flags & O_DSYNC) != 0};
  }
  std::optional<opened_node> at(int descriptor) const {
    if (!is_on_) return std::nullopt;
    const auto found = open_.find(descriptor);
    return found == open_.end() ? std::nullopt : std::optional{found->second};
  }
  void closed(int descriptor) { open_.erase(descriptor); }

  std::mutex& mutex() { return mutex_; }
  std::condition_variable& moved() { return moved_; }
  std::map<std::string, std::uint64_t>& durable_writes() { return durable_writes_; }

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  bool is_on_ = false;
  std::string root_;
  recording all_;
  std::map<std::string, std::uint32_t> nodes_;
  std::uint32_t next_node_ = 1;
  std::map<int, opened_node> open_;
  std::map<std::string, std::uint64_t> durable_writes_;
};

recorder& the() {
  // Never destroyed: threads and destructors of others still close files at the end.
  static recorder* const one = new recorder;  // NOLINT(cppcoreguidelines-owning-memory)
  return *one;
}

bool exists(const char* path) {
  struct stat about {};
  return ::lstat(path, &about) == 0;
}

template <class Call> int record_open(const char* path, int flags, Call call) {
  const std::lock_guard lock{the().mutex()};
  const auto inside = the().inside(path);
  if (!inside) return call();
  const bool existed = exists(path);
  const int descriptor = call();
  if (descriptor >= 0) the().opened(descriptor, *inside, existed, flags);
  return descriptor;
}

template <class Call>
ssize_t record_write(int descriptor, std::vector<std::byte> bytes, off_t at, Call call) {
  std::uint64_t number = 0;
  std::optional<opened_node> node;
  const std::size_t size = bytes.size();
  {
    const std::lock_guard lock{the().mutex()};
    node = the().at(descriptor);
    if (node) {
      number = the().add({.kind = operation_kind::write,
                          .node = node->node,
                          .at = static_cast<std::uint64_t>(at),
                          .bytes = std::move(bytes)});
    }
  }
  const ssize_t written = call();
  if (!node) return written;
  if (written != static_cast<ssize_t>(size))
    std::abort();  // what was recorded is not what happened
  if (!node->syncs_itself) return written;
  const std::lock_guard lock{the().mutex()};
  the().add({.kind = operation_kind::write_ended, .node = node->node, .at = number});
  ++the().durable_writes()[node->path];
  the().moved().notify_all();
  return written;
}

template <class Call> int record_sync(int descriptor, Call call) {
  std::uint64_t number = 0;
  std::optional<opened_node> node;
  {
    const std::lock_guard lock{the().mutex()};
    node = the().at(descriptor);
    if (node) number = the().add({.kind = operation_kind::sync_began, .node = node->node});
  }
  const int failed = call();
  if (!node || failed != 0) return failed;
  const std::lock_guard lock{the().mutex()};
  the().add({.kind = operation_kind::sync_ended, .node = node->node, .at = number});
  return failed;
}

template <class Call> int record_removal(const char* path, Call call) {
  const std::lock_guard lock{the().mutex()};
  const auto inside = the().inside(path);
  const int failed = call();
  if (inside && failed == 0) the().removed(*inside);
  return failed;
}

std::vector<std::byte> copy_of(const void* from, std::size_t size) {
  const auto* const first = static_cast<const std::byte*>(from);
  return {first, first + size};
}

std::string path_at(int directory, const char* name) {
  if (name[0] == '/' || directory == AT_FDCWD) return name;
  std::array<char, 4096> target{};
  const std::string link = "/proc/self/fd/" + std::to_string(directory);
  if (readlink(link.c_str(), target.data(), target.size() - 1) < 0) return name;
  return std::string{target.data()} + "/" + name;
}

mode_t mode_in(int flags, va_list more) {
  return (flags & O_CREAT) != 0 ? static_cast<mode_t>(va_arg(more, int)) : mode_t{0};
}

FILE* record_fopen(const char* name, const char* path, const char* how) {
  const auto next = real<FILE* (*)(const char*, const char*)>(name);
  FILE* stream = nullptr;
  const int flags = how[0] == 'w' ? O_TRUNC : 0;
  record_open(path, flags, [&] {
    stream = next(path, how);
    return stream == nullptr ? -1 : fileno(stream);
  });
  return stream;
}

}  // namespace

void start_recording(const std::filesystem::path& directory) {
  the().start(directory);
}

void mark(std::string what) {
  const std::lock_guard lock{the().mutex()};
  the().add({.kind = operation_kind::mark, .path = std::move(what)});
}

void wait_for_durable_writes(const std::string& file, std::uint64_t count) {
  std::unique_lock lock{the().mutex()};
  the().moved().wait(lock, [&] { return the().durable_writes()[file] >= count; });
}

std::uint64_t durable_writes(const std::string& file) {
  const std::lock_guard lock{the().mutex()};
  return the().durable_writes()[file];
}

bool finish_recording(const std::filesystem::path& file) {
  return save(the().finish(), file);
}

}  // namespace cairn::tests::power

using namespace cairn::tests::power;  // NOLINT(google-build-using-namespace)

// Names with 64 are those that libstdc++ and programs with large files are linked to.
extern "C" {

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = mode_in(flags, more);
  va_end(more);
  static const auto next = real<int (*)(const char*, int, ...)>("open");
  return record_open(path, flags, [&] { return next(path, flags, mode); });
}

int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = mode_in(flags, more);
  va_end(more);
  static const auto next = real<int (*)(const char*, int, ...)>("open64");
  return record_open(path, flags, [&] { return next(path, flags, mode); });
}

int openat(int directory, const char* name, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = mode_in(flags, more);
  va_end(more);
  static const auto next = real<int (*)(int, const char*, int, ...)>("openat");
  const std::string path = path_at(directory, name);
  return record_open(path.c_str(), flags, [&] { return next(directory, name, flags, mode); });
}

FILE* fopen(const char* path, const char* how) {
  return record_fopen("fopen", path, how);
}

FILE* fopen64(const char* path, const char* how) {
  return record_fopen("fopen64", path, how);
}

int fclose(FILE* stream) {
  static const auto next = real<int (*)(FILE*)>("fclose");
  const std::lock_guard lock{the().mutex()};
  the().closed(fileno(stream));
  return next(stream);
}

int close(int descriptor) {
  static const auto next = real<int (*)(int)>("close");
  const std::lock_guard lock{the().mutex()};
  the().closed(descriptor);
  return next(descriptor);
}

ssize_t write(int file, const void* from, size_t size) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t)>("write");
  return record_write(
      file, copy_of(from, size), lseek(file, 0, SEEK_CUR), [&] { return next(file, from, size); });
}

ssize_t pwrite(int file, const void* from, size_t size, off_t at) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return record_write(file, copy_of(from, size), at, [&] { return next(file, from, size, at); });
}

ssize_t pwrite64(int file, const void* from, size_t size, off64_t at) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  return record_write(file, copy_of(from, size), at, [&] { return next(file, from, size, at); });
}

ssize_t writev(int file, const struct iovec* parts, int count) {
  static const auto next = real<ssize_t (*)(int, const struct iovec*, int)>("writev");
  std::vector<std::byte> bytes;
  for (int i = 0; i < count; ++i) {
    const auto* const first = static_cast<const std::byte*>(parts[i].iov_base);
    bytes.insert(bytes.end(), first, first + parts[i].iov_len);
  }
  return record_write(
      file, std::move(bytes), lseek(file, 0, SEEK_CUR), [&] { return next(file, parts, count); });
}

int ftruncate(int file, off_t size) noexcept {
  static const auto next = real<int (*)(int, off_t)>("ftruncate");
  {
    const std::lock_guard lock{the().mutex()};
    if (const auto node = the().at(file)) {
      the().add({.kind = operation_kind::truncate,
                 .node = node->node,
                 .at = static_cast<std::uint64_t>(size)});
    }
  }
  return next(file, size);
}

int fsync(int file) {
  static const auto next = real<int (*)(int)>("fsync");
  return record_sync(file, [&] { return next(file); });
}

int fdatasync(int file) {
  static const auto next = real<int (*)(int)>("fdatasync");
  return record_sync(file, [&] { return next(file); });
}

int rename(const char* from, const char* to) noexcept {
  static const auto next = real<int (*)(const char*, const char*)>("rename");
  const std::lock_guard lock{the().mutex()};
  const auto inside = the().inside(from);
  const int failed = next(from, to);
  if (inside && failed == 0) the().renamed(*inside, the().inside(to).value());
  return failed;
}

int mkdir(const char* path, mode_t mode) noexcept {
  static const auto next = real<int (*)(const char*, mode_t)>("mkdir");
  const std::lock_guard lock{the().mutex()};
  const auto inside = the().inside(path);
  const int failed = next(path, mode);
  if (inside && failed == 0) the().made(operation_kind::make_directory, *inside);
  return failed;
}

int unlink(const char* path) noexcept {
  static const auto next = real<int (*)(const char*)>("unlink");
  return record_removal(path, [&] { return next(path); });
}

int rmdir(const char* path) noexcept {
  static const auto next = real<int (*)(const char*)>("rmdir");
  return record_removal(path, [&] { return next(path); });
}

int remove(const char* path) noexcept {
  static const auto next = real<int (*)(const char*)>("remove");
  return record_removal(path, [&] { return next(path); });
}

int unlinkat(int directory, const char* name, int flags) noexcept {
  static const auto next = real<int (*)(int, const char*, int)>("unlinkat");
  const std::string path = path_at(directory, name);
  return record_removal(path.c_str(), [&] { return next(directory, name, flags); });
}

}  // extern "C"
