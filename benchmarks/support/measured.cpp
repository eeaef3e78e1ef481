#include "support/measured.hpp"

#include <algorithm>
#include <utility>

namespace bench {

void measured::take_latencies(std::shared_ptr<const histogram> from) {
  latencies = std::move(from);
  const auto microseconds = [this](double share) {
    return std::chrono::duration<double, std::micro>(latencies->quantile(share)).count();
  };
  p50_us = microseconds(0.5);
  p99_us = microseconds(0.99);
  p999_us = microseconds(0.999);
  max_us = microseconds(1);
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
                                   &measured::catch_up_ms,
                                   &measured::offered_per_s,
                                   &measured::late_p99_us,
                                   &measured::refusals,
                                   &measured::unsent,
                                   &measured::waiting_most}) {
    all.*figure = median(figure);
  }
  const auto latencies = std::make_shared<histogram>();
  for (const measured& run : runs) {
    if (run.latencies) latencies->add(*run.latencies);
    all.max_us = std::max(all.max_us, run.max_us);
    all.commands += run.commands;
    if (all.trouble.empty()) all.trouble = run.trouble;
  }
  all.latencies = latencies;
  return all;
}

}  // namespace bench
