#pragma once

#include "support/histogram.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// So much of all was not longer than this.
struct latency_step {
  /// From 0 to 100.
  double percentile = 0;
  std::chrono::nanoseconds value{};
  /// How many were not longer.
  std::uint64_t count = 0;
};

/// A histogram as HdrHistogram prints it: 0 %, 50 %, 75 %, 87.5 % and so on, each time half as far
/// from the end, while anything lies beyond; then 100 %. Empty when nothing was recorded.
[[nodiscard]] std::vector<latency_step> distribution_of(const histogram& from);

/// "[[50, 312.5, 1000], ...]": percentile, microseconds, count.
[[nodiscard]] std::string json_of(const std::vector<latency_step>& steps);

}  // namespace bench
