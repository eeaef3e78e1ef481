#pragma once

#include "support/histogram.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bench {

/// What one timed run gave.
struct measured {
  double rate_per_s = 0;
  double p50_us = 0;
  double p99_us = 0;
  double p999_us = 0;
  double max_us = 0;
  double groups_per_s = 0;
  std::uint64_t commands = 0;
  /// With a read model: events it had yet to apply at the last answer, and how long that took.
  double lag_events = 0;
  double catch_up_ms = 0;
  /// With an open loop: commands that became due in a second; how late they were sent; how often
  /// one was refused as overloaded and sent again; those that never were; the most on their way.
  double offered_per_s = 0;
  double late_p99_us = 0;
  double refusals = 0;
  double unsent = 0;
  double waiting_most = 0;
  /// All of them; null when none were taken.
  std::shared_ptr<const histogram> latencies;
  /// Empty when the result was found to be what it should be; otherwise the first thing that was
  /// not.
  std::string trouble;

  [[nodiscard]] bool verified() const noexcept { return trouble.empty(); }

  /// @pre nobody records there any more
  void take_latencies(std::shared_ptr<const histogram> from);
};

/// Each figure's median over the runs; the latencies of all of them together, and so the longest;
/// the first trouble of any.
/// @pre !runs.empty()
[[nodiscard]] measured median_of(const std::vector<measured>& runs);

/// @pre !values.empty()
[[nodiscard]] double median_of(std::vector<double> values);

[[nodiscard]] inline double seconds_of(std::chrono::nanoseconds time) noexcept {
  return std::chrono::duration<double>(time).count();
}

}  // namespace bench
