#include "support/memory_use.hpp"

#include <fstream>
#include <limits>
#include <string>

namespace bench {

memory_use memory_in_use() {
  memory_use now;
  std::ifstream status{"/proc/self/status"};
  for (std::string label; status >> label;) {
    std::uint64_t kib = 0;
    if (label == "RssAnon:" && status >> kib) now.anonymous = kib * 1024;
    if ((label == "RssFile:" || label == "RssShmem:") && status >> kib) {
      now.file_mapped += kib * 1024;
    }
    status.clear();
    status.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return now;
}

}  // namespace bench
