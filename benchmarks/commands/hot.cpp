#include "commands/command_trial.hpp"
#include "support/campaign.hpp"
#include "support/options.hpp"

#include <iostream>
#include <string>
#include <vector>

namespace bench {

bool run_hot(const options& chosen) {
  campaign run{"hot", chosen};
  report out{std::cout,
             chosen.json,
             {{"in_flight", "in flight"},
              {"rate_per_s", "one: rate/s", 13},
              {"many_per_s", "many: rate/s", 14},
              {"ratio", "ratio", 8, 3},
              {"p50_us", "one: p50 us", 13},
              {"p99_us", "one: p99 us", 13},
              {"many_p50_us", "many: p50 us", 14},
              {"durability", "mode", 8},
              {"verified", "verified"}}};
  for (const std::uint32_t clients : run.in_flight({64, 4096})) {
    std::vector<measured> one_rounds;
    std::vector<measured> many_rounds;
    std::string durability;
    for (std::uint32_t round = 0; round < chosen.rounds; ++round) {
      run.before_each("one aggregate", clients, round);
      one_rounds.push_back(measure_commands(chosen, {clients, 1, "none"}, durability));
      run.before_each(std::to_string(chosen.aggregates) + " aggregates", clients, round);
      many_rounds.push_back(
          measure_commands(chosen, {clients, chosen.aggregates, "none"}, durability));
    }
    const measured one = run.judged(median_of(one_rounds));
    const measured many = run.judged(median_of(many_rounds));
    row line = run.begin_row(clients);
    line.set("rate_per_s", one.rate_per_s).set("many_per_s", many.rate_per_s);
    line.set("ratio", one.rate_per_s / many.rate_per_s);
    set_latencies(line, "", one);
    set_latencies(line, "many_", many);
    line.set("many_aggregates", std::uint64_t{chosen.aggregates});
    line.set("durability", durability);
    run.finish_row(line, one.verified() && many.verified());
    out.add(line);
  }
  return run.good();
}

}  // namespace bench
