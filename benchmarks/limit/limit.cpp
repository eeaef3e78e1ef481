#include "limit/limit_trial.hpp"
#include "limit/plain_log.hpp"
#include "support/campaign.hpp"
#include "support/options.hpp"

#include <iostream>

namespace bench {

bool run_limit(const options& chosen) {
  campaign run{"limit", chosen};
  report out{std::cout,
             chosen.json,
             {{"in_flight", "in flight"},
              {"rate_per_s", "rate/s", 12},
              {"groups_per_s", "groups/s"},
              {"p50_us", "p50 us"},
              {"p99_us", "p99 us"},
              {"p999_us", "p99.9 us"},
              {"payload_bytes", "payload"},
              {"durability", "mode", 8},
              {"verified", "verified"}}};
  for (const std::uint32_t clients : run.in_flight({1, 8, 64, 512, 4096})) {
    std::vector<measured> runs;
    for (std::uint32_t round = 0; round < chosen.rounds; ++round) {
      run.before_each("limit", clients, round);
      runs.push_back(measure_limit(chosen, clients));
    }
    const measured all = run.judged(median_of(runs));
    row line = run.begin_row(clients);
    line.set("rate_per_s", all.rate_per_s);
    line.set("groups_per_s", all.groups_per_s);
    set_latencies(line, "", all);
    line.set("durability", "sync");
    run.finish_row(line, all);
    out.add(line);
  }
  return run.good();
}

}  // namespace bench
