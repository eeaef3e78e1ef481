#include "commands/command_trial.hpp"
#include "limit/limit_trial.hpp"
#include "support/campaign.hpp"
#include "support/options.hpp"

#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace bench {
namespace {

const std::vector<column> columns{{"in_flight", "in flight"},
                                  {"read_models", "read model", 12},
                                  {"rate_per_s", "rate/s", 12},
                                  {"limit_per_s", "limit/s", 12},
                                  {"ratio", "ratio", 8, 3},
                                  {"p50_us", "p50 us"},
                                  {"p99_us", "p99 us"},
                                  {"p999_us", "p99.9 us"},
                                  {"limit_p50_us", "limit p50", 11},
                                  {"limit_p99_us", "limit p99", 11},
                                  {"groups_per_s", "groups/s"},
                                  {"limit_groups_per_s", "limit groups", 14},
                                  {"lag_events", "lag"},
                                  {"catch_up_ms", "catch up ms", 13},
                                  {"durability", "mode", 8},
                                  {"payload_bytes", "payload", 9},
                                  {"verified", "verified"}};

row line_of(campaign& run,
            const options& chosen,
            std::uint32_t clients,
            const std::string& read_model,
            const measured& cairn,
            const measured& limit) {
  row line = run.begin_row(clients);
  line.set("read_models", read_model);
  line.set("rate_per_s", cairn.rate_per_s).set("limit_per_s", limit.rate_per_s);
  line.set("ratio", cairn.rate_per_s / limit.rate_per_s);
  set_latencies(line, "", cairn);
  set_latencies(line, "limit_", limit);
  line.set("latency_ratio", cairn.p50_us / limit.p50_us);
  line.set("groups_per_s", cairn.groups_per_s).set("limit_groups_per_s", limit.groups_per_s);
  if (read_model != "none") {
    line.set("lag_events", cairn.lag_events).set("catch_up_ms", cairn.catch_up_ms);
  }
  line.set("aggregates", std::uint64_t{chosen.aggregates}).set("zipf", chosen.load.zipf);
  line.set("partitions", std::uint64_t{chosen.settings.partitions});
  if (read_model != "none") line.set("read_model_count", std::uint64_t{chosen.load.read_models});
  line.set("driver", chosen.driver == driver_kind::generator ? "generator" : "callback");
  return line;
}

}  // namespace

bool run_commands(const options& chosen) {
  campaign run{"commands", chosen};
  report out{std::cout, chosen.json, columns};
  for (const std::uint32_t clients : run.in_flight({1, 8, 64, 512, 4096})) {
    std::vector<measured> limits;
    std::map<std::string, std::vector<measured>> rounds;
    std::string durability;
    // Taking turns, so that a machine which becomes slower becomes so for all.
    for (std::uint32_t round = 0; round < chosen.rounds; ++round) {
      run.before_each("limit", clients, round);
      limits.push_back(measure_limit(chosen, clients));
      for (const std::string& read_model : chosen.read_models) {
        run.before_each("commands, read model: " + read_model, clients, round);
        rounds[read_model].push_back(measure_commands(
            chosen,
            {clients, chosen.aggregates, read_model, chosen.load.read_models, chosen.load.zipf},
            durability));
      }
    }
    const measured limit = run.judged(median_of(limits));
    for (const std::string& read_model : chosen.read_models) {
      const measured cairn = run.judged(median_of(rounds.at(read_model)));
      row line = line_of(run, chosen, clients, read_model, cairn, limit);
      line.set("durability", durability);
      run.finish_row(line, cairn.verified() && limit.verified());
      out.add(line);
    }
  }
  return run.good();
}

}  // namespace bench
