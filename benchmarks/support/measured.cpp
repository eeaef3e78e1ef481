#include "support/measured.hpp"

#include <algorithm>

namespace bench {

void measured::take_latencies(const histogram& from) {
  const auto microseconds = [&from](double share) {
    return std::chrono::duration<double, std::micro>(from.quantile(share)).count();
  };
  p50_us = microseconds(0.5);
  p99_us = microseconds(0.99);
  p999_us = microseconds(0.999);
}

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

measured median_of(const std::vector<measured>& runs) {
  const auto median = [&runs](double measured::*figure) {
    std::vector<double> values;
    for (const measured& run : runs)
      values.push_back(run.*figure);
    return median_of(std::move(values));
  };
  measured all;
  for (double measured::*figure : {&measured::rate_per_s,
                                   &measured::p50_us,
                                   &measured::p99_us,
                                   &measured::p999_us,
                                   &measured::groups_per_s,
                                   &measured::lag_events,
                                   &measured::catch_up_ms}) {
    all.*figure = median(figure);
  }
  for (const measured& run : runs) {
    all.commands += run.commands;
    if (all.trouble.empty()) all.trouble = run.trouble;
  }
  return all;
}

}  // namespace bench
