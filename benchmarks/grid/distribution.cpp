#include "grid/distribution.hpp"

#include <cmath>
#include <sstream>

namespace bench {

std::vector<latency_step> distribution_of(const histogram& from) {
  const std::uint64_t all = from.count();
  std::vector<latency_step> steps;
  double share = 0;
  std::uint64_t seen = 0;
  from.each_cell([&](std::chrono::nanoseconds value, std::uint64_t times) {
    seen += times;
    // One cell may be long enough for several steps; the last is the 100 %.
    while (seen < all && static_cast<double>(seen) >= share * static_cast<double>(all)) {
      steps.push_back({share * 100, value, seen});
      share += (1 - share) / 2;
    }
    if (seen == all) steps.push_back({100, value, seen});
  });
  return steps;
}

std::string json_of(const std::vector<latency_step>& steps) {
  std::ostringstream text;
  text << '[';
  for (const latency_step& one : steps) {
    text.precision(8);
    text << (&one == steps.data() ? "[" : ", [") << one.percentile << ", ";
    text.precision(5);
    text << std::chrono::duration<double, std::micro>(one.value).count() << ", " << one.count
         << ']';
  }
  text << ']';
  return text.str();
}

}  // namespace bench
