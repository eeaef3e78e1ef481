#include "commands/command_trial.hpp"
#include "compare/peer_trial.hpp"
#include "compare/peers.hpp"
#include "compare/supervised.hpp"
#include "limit/limit_trial.hpp"
#include "support/campaign.hpp"
#include "support/machine.hpp"
#include "support/options.hpp"

#include <algorithm>
#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace bench {
namespace {

const std::vector<column> columns{{"in_flight", "in flight"},
                                  {"store", "store", 16},
                                  {"rate_per_s", "rate/s", 12},
                                  {"rate_low", "lowest", 12},
                                  {"rate_high", "highest", 12},
                                  {"ratio", "Cairn is", 10, 2},
                                  {"p50_us", "p50 us"},
                                  {"p99_us", "p99 us"},
                                  {"p999_us", "p99.9 us"},
                                  {"durable", "durable", 9},
                                  {"verified", "verified"},
                                  {"durability", "an answered command is", 66}};

/// One of those that are compared, with what its rounds gave.
struct contender {
  std::string name;
  std::string durability;
  bool durable = true;
  std::function<measured(std::uint32_t clients)> measure;
  std::vector<measured> rounds{};
};

/// The peers that are asked for and can be measured here. Says what is left out, and why.
std::vector<peer_kind> present_peers(const options& chosen) {
  std::vector<peer_kind> all = all_peers();
  std::erase_if(all, [&chosen](const peer_kind& one) {
    return std::find(chosen.peers.begin(), chosen.peers.end(), one.key) == chosen.peers.end();
  });
  for (const peer_kind& one : all) {
    if (one.absence.empty()) continue;
    std::cerr << "compare: " << one.name << " is left out: " << one.absence << std::endl;
  }
  std::erase_if(all, [](const peer_kind& one) { return !one.absence.empty(); });
  return all;
}

std::vector<contender> contenders(const options& chosen, const places& where) {
  std::vector<contender> all;
  all.push_back(
      {.name = "Cairn",
       .durability = "synced before the answer",
       .measure = [&chosen](std::uint32_t clients) {
         std::string mode;
         measured out = measure_commands(chosen, {clients, chosen.aggregates, "none"}, mode);
         if (mode != "sync" && out.trouble.empty()) {
           out.trouble = "Cairn's settings promise less than the others";
         }
         return out;
       }});
  all.push_back({.name = "limit",
                 .durability = "synced before the answer (LMDB alone, nothing checked)",
                 .measure = [&chosen](std::uint32_t clients) {
                   return measure_limit(chosen, clients);
                 }});
  for (const peer_kind& kind : present_peers(chosen)) {
    all.push_back({.name = kind.name,
                   .durability = kind.durability,
                   .durable = kind.durable,
                   .measure = [&chosen, &where, kind](std::uint32_t clients) {
                     return measure_peer(chosen, kind, where, clients);
                   }});
  }
  return all;
}

row line_of(campaign& run, std::uint32_t clients, const contender& one, const contender& cairn) {
  const measured all = run.judged(median_of(one.rounds));
  const auto [lowest, highest] = std::minmax_element(
      one.rounds.begin(), one.rounds.end(), [](const measured& left, const measured& right) {
        return left.rate_per_s < right.rate_per_s;
      });
  row line = run.begin_row(clients);
  line.set("store", one.name).set("rate_per_s", all.rate_per_s);
  line.set("rate_low", lowest->rate_per_s).set("rate_high", highest->rate_per_s);
  if (&one != &cairn) line.set("ratio", median_of(cairn.rounds).rate_per_s / all.rate_per_s);
  set_latencies(line, "", all);
  line.set("durable", one.durable).set("durability", one.durability);
  run.finish_row(line, all);
  return line;
}

measured measure_in_quiet(campaign& run,
                          const contender& one,
                          std::uint32_t clients,
                          std::uint32_t round) {
  for (;;) {
    run.before_each(one.name, clients, round);
    const others_meter others;
    measured out = one.measure(clients);
    // What was not verified is not done again: it must be told.
    if (run.was_quiet(others.cores()) || !out.verified()) return out;
  }
}

bool compare(const options& chosen, const places& where) {
  campaign run{"compare", chosen};
  report out{std::cout, chosen.json, columns};
  std::vector<contender> all = contenders(chosen, where);
  for (const std::uint32_t clients : run.in_flight({1, 64, 1024})) {
    // Taking turns, so that a machine which becomes slower becomes so for all.
    for (std::uint32_t round = 0; round < chosen.rounds; ++round) {
      for (contender& one : all) {
        one.rounds.push_back(measure_in_quiet(run, one, clients, round));
      }
    }
    for (const contender& one : all)
      out.add(line_of(run, clients, one, all.front()));
    for (contender& one : all)
      one.rounds.clear();
  }
  return run.good();
}

}  // namespace

bool run_compare(const options& chosen) {
  return supervised(chosen.store, [&chosen](const places& where) {
    options here = chosen;
    here.store = where.disk;
    return compare(here, where);
  });
}

}  // namespace bench
