#include "commands/read_models.hpp"
#include "replay/filled_store.hpp"
#include "support/campaign.hpp"
#include "support/options.hpp"

#include "cairn/detail/typed_aggregate.hpp"
#include "cairn/persistence/store.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace bench {
namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;
namespace store = cairn::persistence;

struct timed {
  double events_per_s = 0;
  std::string trouble;
};

timed failed(const cairn::error& why) {
  return {0, describe(why)};
}

timed rate(const filled_store& filled, steady::time_point begin) {
  return {static_cast<double>(filled.events()) / seconds_of(steady::now() - begin), {}};
}

/// Every event in the order of the log, into the state of its aggregate.
timed in_order_of_the_log(const filled_store& filled) {
  using instance = cairn::detail::typed_instance<tally>;
  const store::name_list no_names;
  const auto opened = store::store::open(filled.settings(), no_names, cairn::silent_log());
  if (!opened) return failed(opened.error());
  const cairn::detail::event_rules rules;
  std::unordered_map<std::string, instance> awake;
  std::string id;
  const auto visit = [&](const store::commit_view& commit) {
    id = commit.aggregate_id();
    instance& one = awake.try_emplace(id, rules).first->second;
    return commit.each_event([&one](const store::event_view& fact) { return one.replay(fact); });
  };
  const steady::time_point begin = steady::now();
  for (const store::journal* journal : (*opened)->journals()) {
    store::log_cursor at;
    for (std::uint64_t news = 1; news != 0;) {
      constexpr std::uint64_t piece = 10'000;
      const auto read = journal->read(at, piece, visit);
      if (!read) return failed(read.error());
      news = *read;
    }
  }
  timed out = rate(filled, begin);
  for (std::uint32_t i = 0; i < filled.streams(); ++i) {
    const instance& one = awake.try_emplace(tally_id(i), rules).first->second;
    if (one.state() != filled.state_of(i)) out.trouble = "a state is wrong";
  }
  return out;
}

/// One aggregate after the other, through the index.
timed by_aggregate(const filled_store& filled) {
  auto app = cairn::builder{filled.settings()}.add<tally>().start();
  if (!app) return failed(app.error());
  std::vector<tally::state> found;
  found.reserve(filled.streams());
  const steady::time_point begin = steady::now();
  for (std::uint32_t i = 0; i < filled.streams(); ++i) {
    const auto one = app->aggregate<tally>(tally_id(i)).state();
    if (!one) return failed(one.error());
    found.push_back(one->state);
  }
  timed out = rate(filled, begin);
  for (std::uint32_t i = 0; i < filled.streams(); ++i) {
    if (found[i] != filled.state_of(i)) out.trouble = "a state is wrong";
  }
  return out;
}

/// A new read model, from the start of the runtime until it has everything.
template <class Model> timed into_read_model(const filled_store& filled) {
  cairn::config settings = filled.settings();
  settings.read_model_snapshot_every = 0;
  // What an earlier round left would not be rebuilt.
  std::filesystem::remove_all(settings.store / "views");
  cairn::builder parts{settings};
  parts.add<tally>().add_read_model<Model>();
  const steady::time_point begin = steady::now();
  auto app = parts.start();
  if (!app) return failed(app.error());
  const auto reader = app->template read<Model>({.caught_up = true, .timeout = 10min});
  if (auto ready = reader.wait(); !ready) return failed(ready.error());
  timed out = rate(filled, begin);
  const auto all = reader.ask(everything{});
  if (!all) return failed(all.error());
  if (*all != filled.sum()) out.trouble = "the read model is wrong";
  return out;
}

struct way {
  const char* name;
  timed (*measure)(const filled_store&);
};

constexpr way ways[] = {
    {"log, in order", in_order_of_the_log},
    {"by aggregate", by_aggregate},
    {"read model, memory", into_read_model<memory_sums>},
    {"read model, tables", into_read_model<table_sums>},
};

}  // namespace

bool run_replay(const options& chosen) {
  campaign run{"replay", chosen};
  report out{std::cout,
             chosen.json,
             {{"way", "into evolve by", 20},
              {"events_per_s", "events/s", 14},
              {"events", "events", 12},
              {"streams", "streams", 10},
              {"payload_bytes", "payload", 9},
              {"verified", "verified"}}};
  run.before_each("filling a store");
  const std::uint64_t each = std::max<std::uint64_t>(chosen.events / chosen.aggregates, 1);
  const filled_store filled{chosen, chosen.aggregates, each};
  for (const way& one : ways) {
    run.before_each(one.name);
    std::vector<double> rates;
    bool good = true;
    for (std::uint32_t round = 0; round < chosen.rounds; ++round) {
      const timed result = one.measure(filled);
      good = run.judged(result.trouble) && good;
      rates.push_back(result.events_per_s);
    }
    row line = run.begin_row();
    line.set("way", one.name).set("events_per_s", median_of(rates));
    line.set("events", filled.events()).set("streams", std::uint64_t{filled.streams()});
    run.finish_row(line, good);
    out.add(line);
  }
  return run.good();
}

}  // namespace bench
