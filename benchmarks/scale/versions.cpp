#include "scale/versions.hpp"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <system_error>

namespace bench {

versions::versions(std::uint32_t aggregates)
    : count_(aggregates), bytes_(std::size_t{aggregates} * sizeof(std::uint32_t)) {
  void* made = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (made == MAP_FAILED) {
    throw std::system_error{errno, std::generic_category(), "shared memory for versions"};
  }
  // Touched here, so that it is not counted for whom it is limited later.
  std::memset(made, 0, bytes_);
  at_ = static_cast<std::uint32_t*>(made);
}

versions::~versions() {
  munmap(at_, bytes_);
}

std::vector<std::uint32_t> versions::copy() const {
  std::vector<std::uint32_t> all(count_);
  for (std::uint32_t i = 0; i < count_; ++i)
    all[i] = of(i);
  return all;
}

std::uint64_t versions::sum() const noexcept {
  std::uint64_t all = 0;
  for (std::uint32_t i = 0; i < count_; ++i)
    all += of(i);
  return all;
}

std::uint64_t versions::prints_since(std::span<const std::uint32_t> before) const noexcept {
  std::uint64_t all = 0;
  for (std::uint32_t i = 0; i < count_; ++i) {
    for (std::uint64_t version = before[i] + 1U; version <= of(i); ++version)
      all += version_print(i, version);
  }
  return all;
}

}  // namespace bench
