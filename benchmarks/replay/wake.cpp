#include "replay/filled_store.hpp"
#include "support/campaign.hpp"
#include "support/histogram.hpp"
#include "support/options.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>

namespace bench {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::uint64_t events_each = 1'000;
constexpr std::uint32_t samples_wanted = 200;
constexpr std::uint32_t warm_up = 20;

/// Wakes one aggregate after the other by a command that stores nothing, so that no disk sync is in
/// the time of its answer. Returns what is wrong, if anything is.
std::string wake_some(const filled_store& filled, std::uint32_t samples, histogram& times) {
  auto app = cairn::builder{filled.settings()}.add<tally>().start();
  if (!app) return describe(app.error());
  for (std::uint32_t i = 0; i < warm_up + samples; ++i) {
    const auto sleeping = app->aggregate<tally>(tally_id(i));
    const steady::time_point begin = steady::now();
    const auto answer = sleeping.ask(look{});
    if (i >= warm_up) times.record(steady::now() - begin);
    if (answer.accepted() == nullptr) return "an aggregate did not wake";
    if (answer.accepted()->version.value != events_each) return "an aggregate woke too young";
    const auto state = sleeping.state();
    if (!state || state->state != filled.state_of(i)) return "a state is wrong";
  }
  if (app->status().woken < warm_up + samples) return "they were awake already";
  return {};
}

double milliseconds(std::chrono::nanoseconds time) {
  return seconds_of(time) * 1e3;
}

}  // namespace

bool run_wake(const options& chosen) {
  campaign run{"wake", chosen};
  report out{std::cout,
             chosen.json,
             {{"events_each", "events", 8},
              {"p50_ms", "p50 ms", 10, 3},
              {"p99_ms", "p99 ms", 10, 3},
              {"samples", "samples", 9},
              {"streams", "streams", 9},
              {"payload_bytes", "payload", 9},
              {"verified", "verified"}}};
  run.before_each("filling a store");
  const auto streams =
      static_cast<std::uint32_t>(std::max<std::uint64_t>(chosen.events / events_each, warm_up + 1));
  const filled_store filled{chosen, streams, events_each};
  const std::uint32_t samples = std::min(samples_wanted, streams - warm_up);
  const auto times = std::make_unique<histogram>();
  run.before_each("waking");
  const bool good = run.judged(wake_some(filled, samples, *times));
  row line = run.begin_row();
  line.set("events_each", events_each);
  line.set("p50_ms", milliseconds(times->quantile(0.5)));
  line.set("p99_ms", milliseconds(times->quantile(0.99)));
  line.set("samples", std::uint64_t{samples}).set("streams", std::uint64_t{streams});
  run.finish_row(line, good);
  out.add(line);
  return run.good();
}

}  // namespace bench
