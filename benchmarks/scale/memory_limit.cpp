#include "scale/memory_limit.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace bench {
namespace {

namespace fs = std::filesystem;

/// How a version of control groups calls things.
struct hierarchy {
  const char* root;
  /// Is there when groups can be limited.
  const char* sign;
  const char* limit;
  const char* events;
};

constexpr std::array hierarchies{
    hierarchy{"/sys/fs/cgroup/memory",
              "memory.limit_in_bytes",
              "memory.limit_in_bytes",
              "memory.oom_control"},
    hierarchy{"/sys/fs/cgroup", "cgroup.controllers", "memory.max", "memory.events"},
};

bool write_to(const fs::path& file, const std::string& text) {
  std::ofstream out{file};
  return out && (out << text << std::flush);
}

}  // namespace

memory_limit::memory_limit(fs::path group, fs::path events)
    : group_(std::move(group)), events_(std::move(events)) {}

std::unique_ptr<memory_limit> memory_limit::make(std::uint64_t bytes, std::string& why_not) {
  why_not = "there are no control groups for memory under /sys/fs/cgroup";
  for (const hierarchy& one : hierarchies) {
    const fs::path root{one.root};
    std::error_code failed;
    if (!fs::exists(root / one.sign, failed)) continue;
    const fs::path group = root / ("cairn_scale_" + std::to_string(getpid()));
    if (!fs::create_directory(group, failed)) {
      why_not = group.string() + ": " + failed.message();
      continue;
    }
    std::unique_ptr<memory_limit> made{new memory_limit{group, group / one.events}};
    if (fs::exists(group / one.limit, failed) &&
        write_to(group / one.limit, std::to_string(bytes))) {
      // What is swapped out is no page cache. Not there where there is no swapping.
      write_to(group / "memory.swap.max", "0");
      write_to(group / "memory.swappiness", "0");
      return made;
    }
    why_not = (group / one.limit).string() + " cannot be written";
  }
  return nullptr;
}

memory_limit::~memory_limit() {
  // A process that has just ended may still be in it for a moment.
  for (int tries = 0; tries < 100 && rmdir(group_.c_str()) != 0 && errno == EBUSY; ++tries)
    usleep(10'000);
}

void memory_limit::enter() const {
  if (write_to(group_ / "cgroup.procs", std::to_string(getpid()))) return;
  throw std::runtime_error{"this process cannot be put into " + group_.string()};
}

std::uint64_t memory_limit::kills() const {
  std::ifstream in{events_};
  std::uint64_t count = 0;
  for (std::string word; in >> word;) {
    if (word == "oom_kill") in >> count;
  }
  return count;
}

}  // namespace bench
