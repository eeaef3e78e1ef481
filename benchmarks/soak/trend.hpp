#pragma once

#include <cstddef>
#include <span>

namespace bench {

/// Something that was looked at again and again.
struct moment {
  double seconds = 0;
  double value = 0;
};

/// By how much the value rises in a second, on the straight line that fits best (least squares); 0
/// for fewer than two moments, or when all are the same moment.
[[nodiscard]] inline double slope_of(std::span<const moment> seen) noexcept {
  if (seen.size() < 2) return 0;
  const auto count = static_cast<double>(seen.size());
  double mean_time = 0;
  double mean_value = 0;
  for (const moment& one : seen) {
    mean_time += one.seconds / count;
    mean_value += one.value / count;
  }
  double together = 0;
  double alone = 0;
  for (const moment& one : seen) {
    together += (one.seconds - mean_time) * (one.value - mean_value);
    alone += (one.seconds - mean_time) * (one.seconds - mean_time);
  }
  return alone == 0 ? 0 : together / alone;
}

/// What the second half of the time shows, when the beginning is past.
struct trend {
  double per_hour = 0;
  /// By how much the fitted line rises from the half to the end.
  double risen = 0;
  /// It rises by more than one in 50 of the mean: more than looks at different moments differ.
  bool grew = false;
};

[[nodiscard]] inline trend trend_of(std::span<const moment> seen) noexcept {
  const auto half = seen.subspan(seen.size() / 2);
  trend found;
  if (half.size() < 2) return found;
  double mean = 0;
  for (const moment& one : half)
    mean += one.value / static_cast<double>(half.size());
  const double slope = slope_of(half);
  found.per_hour = slope * 3600;
  found.risen = slope * (half.back().seconds - half.front().seconds);
  found.grew = found.risen > mean / 50;
  return found;
}

}  // namespace bench
