#include "commands/command_trial.hpp"
#include "support/campaign.hpp"
#include "support/options.hpp"

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

namespace bench {
namespace {

const std::vector<column> columns{{"offered_per_s", "offered/s", 12},
                                  {"rate_per_s", "rate/s", 12},
                                  {"closed_per_s", "closed/s", 12},
                                  {"p50_us", "p50 us", 11},
                                  {"p99_us", "p99 us", 11},
                                  {"p999_us", "p99.9 us", 11},
                                  {"max_us", "max us", 11},
                                  {"late_p99_us", "late p99", 10},
                                  {"waiting_most", "most waiting", 14},
                                  {"refusals", "refusals", 10},
                                  {"unsent", "unsent", 9},
                                  {"durability", "mode", 8},
                                  {"verified", "verified"}};

/// Closed loops and open ones in turns.
void measure(campaign& run, report& out, const options& chosen, std::uint32_t clients) {
  std::vector<double> wanted = chosen.load.open_loop;
  if (wanted.empty()) wanted = {0.25, 0.5, 0.7, 0.8, 0.9, 0.95};
  const trial_plan base{
      .clients = clients, .aggregates = chosen.aggregates, .zipf = chosen.load.zipf};
  std::vector<measured> closed;
  std::vector<std::vector<measured>> opened(wanted.size());
  std::string durability;
  for (std::uint32_t round = 0; round < chosen.rounds; ++round) {
    run.before_each("closed loop", clients, round);
    closed.push_back(measure_commands(chosen, base, durability));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      trial_plan plan = base;
      const bool is_share = wanted[i] <= open_share_max;
      // Not 0 either when the closed loop has failed, which is told.
      const double rate = std::max(wanted[i] * (is_share ? closed.back().rate_per_s : 1.0), 1.0);
      plan.open = open_loop{rate, chosen.load.kind};
      run.before_each("open loop, " + grouped(rate, 0) + " a second", clients, round);
      opened[i].push_back(measure_commands(chosen, plan, durability));
    }
  }
  const measured reference = run.judged(median_of(closed));
  for (const auto& rounds : opened) {
    const measured result = run.judged(median_of(rounds));
    row line = run.begin_row(clients);
    line.set("offered_per_s", result.offered_per_s).set("rate_per_s", result.rate_per_s);
    line.set("closed_per_s", reference.rate_per_s);
    set_latencies(line, "", result);
    line.set("max_us", result.max_us).set("late_p99_us", result.late_p99_us);
    line.set("waiting_most", result.waiting_most).set("refusals", result.refusals);
    line.set("unsent", result.unsent).set("aggregates", std::uint64_t{chosen.aggregates});
    line.set("arrivals", chosen.load.kind == arrivals::poisson ? "poisson" : "constant");
    line.set("zipf", chosen.load.zipf).set("durability", durability);
    run.finish_row(line, result.verified() && reference.verified());
    out.add(line);
  }
}

}  // namespace

bool run_open(const options& chosen) {
  campaign run{"open", chosen};
  report out{std::cout, chosen.json, columns};
  for (const std::uint32_t clients : run.in_flight({4096}))
    measure(run, out, chosen, clients);
  return run.good();
}

}  // namespace bench
