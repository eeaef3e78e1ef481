#include "support/awake_set.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>

// How many commands meet their aggregate awake: each policy on each load, and what a use costs with
// the stand-in for a host around it.

namespace {

using cairn::actors::replacement_options;
using cairn::actors::replacement_policy;
using cairn::tests::awake_set;

constexpr std::size_t awake_max = 2'000;
constexpr std::size_t uses = awake_max * 500;

struct named_policy {
  const char* name;
  replacement_options options;
};

const named_policy policies[] = {
    {"lru", {.policy = replacement_policy::lru}},
    {"mru", {.policy = replacement_policy::mru}},
    {"lfu", {.policy = replacement_policy::lfu}},
    {"segmented_lru", {.policy = replacement_policy::segmented_lru}},
    {"w_tiny_lfu", {.policy = replacement_policy::w_tiny_lfu}},
    {"w_tiny_lfu_fixed", {.policy = replacement_policy::w_tiny_lfu, .window_adapts = false}},
};

struct named_load {
  const char* name;
  cairn::tests::load (*make)(std::size_t);
};

const named_load loads[] = {
    {"zipf", cairn::tests::steady_load},
    {"scan", cairn::tests::scanned_load},
    {"loop", cairn::tests::round_load},
    {"shift", cairn::tests::shifting_load},
    {"passing", cairn::tests::passing_load},
};

void awake_rate(benchmark::State& state, const replacement_options& options, const named_load& of) {
  std::size_t hits = 0;
  std::size_t all = 0;
  for ([[maybe_unused]] auto turn : state) {
    awake_set set{options, awake_max};
    cairn::tests::load next = of.make(awake_max);
    for (std::size_t i = 0; i < uses; ++i)
      hits += set.use(next()) ? 1 : 0;
    all += uses;
    if (set.size() > awake_max) return state.SkipWithError("more are awake than may be");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(all));
  state.counters["awake_rate"] = static_cast<double>(hits) / static_cast<double>(all);
}

const bool offered = [] {
  for (const named_load& of : loads) {
    for (const named_policy& by : policies) {
      const std::string name = std::string{"awake_rate/"} + of.name + "/" + by.name;
      benchmark::RegisterBenchmark(
          name.c_str(), [&](benchmark::State& state) { awake_rate(state, by.options, of); })
          ->Iterations(1)
          ->Unit(benchmark::kMillisecond);
    }
  }
  return true;
}();

}  // namespace
