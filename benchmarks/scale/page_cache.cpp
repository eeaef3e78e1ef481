#include "scale/page_cache.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace bench {
namespace {

/// An open file. Closed with this.
class file {
 public:
  explicit file(const std::filesystem::path& path)
      : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) throw std::system_error{errno, std::generic_category(), path.string()};
  }
  file(const file&) = delete;
  file& operator=(const file&) = delete;
  ~file() { close(descriptor_); }

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

template <class Visit> void each_file(const std::filesystem::path& directory, const Visit& visit) {
  for (const auto& one : std::filesystem::recursive_directory_iterator{directory}) {
    if (one.is_regular_file() && one.file_size() > 0) visit(file{one.path()}, one.file_size());
  }
}

std::uint64_t cached_bytes_of(const file& of, std::uint64_t size) {
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  void* map = mmap(nullptr, size, PROT_READ, MAP_SHARED, of.descriptor(), 0);
  if (map == MAP_FAILED) throw std::system_error{errno, std::generic_category(), "mmap"};
  std::vector<unsigned char> pages((size + page - 1) / page);
  const bool known = mincore(map, size, pages.data()) == 0;
  munmap(map, size);
  if (!known) throw std::system_error{errno, std::generic_category(), "mincore"};
  const auto there =
      std::count_if(pages.begin(), pages.end(), [](unsigned char one) { return (one & 1U) != 0; });
  return static_cast<std::uint64_t>(there) * page;
}

}  // namespace

std::uint64_t cached_bytes(const std::filesystem::path& directory) {
  std::uint64_t all = 0;
  each_file(directory,
            [&](const file& one, std::uint64_t size) { all += cached_bytes_of(one, size); });
  return all;
}

void drop_from_cache(const std::filesystem::path& directory) {
  each_file(directory, [](const file& one, std::uint64_t /*size*/) {
    fsync(one.descriptor());
    posix_fadvise(one.descriptor(), 0, 0, POSIX_FADV_DONTNEED);
  });
  if (cached_bytes(directory) == 0) return;
  std::ofstream{"/proc/sys/vm/drop_caches"} << "1" << std::flush;
}

}  // namespace bench
