#include "support/machine.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace bench {
namespace {

struct mount {
  std::string type = "unknown";
  std::string device;
};

/// Of the mounts that `where` lies under, the deepest.
mount mount_of(const std::filesystem::path& where) {
  std::error_code ignored;
  const std::string path = std::filesystem::weakly_canonical(where, ignored).string();
  mount best;
  std::size_t best_length = 0;
  std::ifstream mounts{"/proc/self/mounts"};
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words{line};
    std::string device;
    std::string point;
    std::string type;
    words >> device >> point >> type;
    const bool above = point == "/" || path == point || path.starts_with(point + "/");
    if (above && point.size() >= best_length) {
      best = {type, device};
      best_length = point.size();
    }
  }
  return best;
}

std::string processor() {
  std::ifstream info{"/proc/cpuinfo"};
  for (std::string line; std::getline(info, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

/// Time that all cores together were not idle, in clock ticks.
std::uint64_t busy_ticks() {
  std::ifstream stat{"/proc/stat"};
  std::string label;
  std::uint64_t user = 0;
  std::uint64_t nice = 0;
  std::uint64_t system = 0;
  std::uint64_t idle = 0;
  std::uint64_t waiting = 0;
  std::uint64_t irq = 0;
  std::uint64_t soft_irq = 0;
  std::uint64_t stolen = 0;
  stat >> label >> user >> nice >> system >> idle >> waiting >> irq >> soft_irq >> stolen;
  return user + nice + system + irq + soft_irq + stolen;
}

std::chrono::microseconds own_time() {
  std::chrono::microseconds sum{0};
  for (const int whose : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage used{};
    getrusage(whose, &used);
    for (const timeval& one : {used.ru_utime, used.ru_stime}) {
      sum += std::chrono::seconds{one.tv_sec} + std::chrono::microseconds{one.tv_usec};
    }
  }
  return sum;
}

}  // namespace

std::string describe_file_system(const std::filesystem::path& where) {
  const mount found = mount_of(where);
  return found.device.empty() ? found.type : found.type + " on " + found.device;
}

bool is_in_memory(const std::filesystem::path& where) {
  const std::string type = mount_of(where).type;
  return type == "tmpfs" || type == "ramfs";
}

std::string describe_machine(const std::filesystem::path& store) {
  utsname system{};
  const bool known = uname(&system) == 0;
  std::ostringstream text;
  text << std::thread::hardware_concurrency() << " cores, " << processor() << "; "
       << (known ? std::string{system.sysname} + " " + system.release : "unknown kernel") << "; "
       << describe_file_system(store);
  return text.str();
}

double cores_in_use() {
  constexpr std::chrono::milliseconds moment{300};
  const long ticks_per_second = sysconf(_SC_CLK_TCK);
  if (ticks_per_second <= 0) return 0;
  const auto begin = std::chrono::steady_clock::now();
  const std::uint64_t before = busy_ticks();
  std::this_thread::sleep_for(moment);
  const auto ticks = static_cast<double>(busy_ticks() - before);
  // On a busy machine the moment is longer than it was asked to be.
  const std::chrono::duration<double> length = std::chrono::steady_clock::now() - begin;
  return ticks / static_cast<double>(ticks_per_second) / length.count();
}

others_meter::others_meter()
    : begin_(std::chrono::steady_clock::now()), busy_ticks_(busy_ticks()), own_(own_time()) {}

double others_meter::cores() const {
  const long ticks_per_second = sysconf(_SC_CLK_TCK);
  if (ticks_per_second <= 0) return 0;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin_;
  const std::chrono::duration<double> own = own_time() - own_;
  const double all =
      static_cast<double>(busy_ticks() - busy_ticks_) / static_cast<double>(ticks_per_second);
  return std::max(all - own.count(), 0.0) / took.count();
}

}  // namespace bench
