#include "commands/command_trial.hpp"
#include "grid/distribution.hpp"
#include "grid/points.hpp"
#include "grid/result_file.hpp"
#include "limit/limit_trial.hpp"
#include "limit/plain_log.hpp"
#include "support/campaign.hpp"
#include "support/machine.hpp"
#include "support/options.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>
#include <vector>

// One axis after the other around a base point, each point in turns with the limit, into one file.

namespace bench {
namespace {

using steady = std::chrono::steady_clock;

/// What all rounds gave for one point, or for the limit.
using rounds = std::vector<measured>;

struct span {
  double least = 0;
  double most = 0;
};

span span_of(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return {*least, *most};
}

std::vector<double> rates_of(const rounds& all) {
  std::vector<double> rates;
  for (const measured& one : all)
    rates.push_back(one.rate_per_s);
  return rates;
}

/// Round by round.
std::vector<double> ratios_of(const rounds& all, const rounds& limits) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < all.size(); ++i)
    ratios.push_back(all[i].rate_per_s / limits[i].rate_per_s);
  return ratios;
}

std::string now_in_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::string text(32, '\0');
  text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts));
  return text;
}

row session_of(const options& chosen) {
  const char* commit = std::getenv("CAIRN_BENCHMARK_COMMIT");  // NOLINT(concurrency-mt-unsafe)
  row line;
  line.set("kind", "session").set("begun", now_in_utc());
  line.set("machine", describe_machine(chosen.store));
  line.set("cairn", CAIRN_VERSION).set("commit", commit == nullptr ? "unknown" : commit);
  line.set("compiler", "GCC " __VERSION__).set("lmdb", lmdb_version());
  return line;
}

const char* loop_of(const grid_point& point) {
  if (!point.plan.open) return "closed";
  return point.plan.open->kind == arrivals::poisson ? "poisson" : "constant";
}

void set_place(row& line, const grid_point& point, const std::string& durability) {
  const cairn::config& settings = point.chosen.settings;
  line.set("axis", point.axis).set("in_flight", std::uint64_t{point.plan.clients});
  line.set("payload_bytes", std::uint64_t{point.chosen.payload_bytes});
  line.set("aggregates", std::uint64_t{point.plan.aggregates}).set("zipf", point.plan.zipf);
  line.set("awake_max", std::uint64_t{settings.awake_aggregates_max});
  line.set("durability", durability).set("read_model", point.plan.read_model);
  line.set("read_models",
           std::uint64_t{point.plan.read_model == "none" ? 0 : point.plan.read_models});
  line.set("partitions", std::uint64_t{settings.partitions}).set("loop", loop_of(point));
  if (point.plan.open) line.set("share", point.share);
}

void set_figures(row& line, const std::string& prefix, const rounds& all, const measured& median) {
  const span rates = span_of(rates_of(all));
  line.set(prefix + "per_s", median.rate_per_s);
  line.set(prefix + "per_s_min", rates.least).set(prefix + "per_s_max", rates.most);
  const std::string before = prefix == "rate_" ? "" : prefix;
  set_latencies(line, before, median);
  line.set(before + "max_us", median.max_us);
  line.set(before + "groups_per_s", median.groups_per_s);
}

void set_distribution(row& line, const std::string& prefix, const measured& from) {
  line.set(prefix + "latencies", raw_json{json_of(distribution_of(*from.latencies))});
}

class grid {
 public:
  explicit grid(const options& chosen)
      : chosen_(chosen),
        run_("grid", chosen),
        file_(chosen.grid.out, chosen.grid.anew),
        out_(std::cout,
             chosen.json,
             {{"axis", "axis", 12},
              {"in_flight", "in flight"},
              {"payload_bytes", "payload", 9},
              {"aggregates", "aggregates", 12},
              {"zipf", "zipf", 6, 2},
              {"awake_max", "awake", 11},
              {"durability", "mode", 17},
              {"read_model", "model", 8},
              {"read_models", "n", 3},
              {"partitions", "parts", 7},
              {"loop", "loop", 10},
              {"share", "share", 7, 2},
              {"rate_per_s", "rate/s", 12},
              {"ratio", "ratio", 8, 3},
              {"p50_us", "p50 us", 11},
              {"p99_us", "p99 us", 11},
              {"p999_us", "p99.9 us", 11},
              {"max_us", "max us", 12},
              {"verified", "verified"}}) {}

  bool measure() {
    std::vector<grid_family> pending;
    const auto& axes = chosen_.grid.axes.empty() ? grid_axes() : chosen_.grid.axes;
    for (const std::string& axis : axes) {
      for (grid_family& one : families_of(axis, chosen_)) {
        if (is_done(one)) continue;
        trials_ += chosen_.rounds * trials_of(one);
        pending.push_back(std::move(one));
      }
    }
    if (pending.empty()) std::cerr << "grid: the file has all these points" << std::endl;
    if (!pending.empty()) file_.add(session_of(chosen_));
    for (const grid_family& one : pending)
      measure(one);
    return run_.good();
  }

 private:
  [[nodiscard]] bool is_done(const grid_family& one) const {
    return std::all_of(
        one.begin(), one.end(), [this](const grid_point& point) { return file_.has(point.key()); });
  }

  [[nodiscard]] static std::uint64_t trials_of(const grid_family& all) {
    const auto by_the_clock = std::count_if(
        all.begin(), all.end(), [](const grid_point& one) { return one.plan.open.has_value(); });
    return 1 + all.size() + static_cast<std::uint64_t>(by_the_clock);
  }

  void measure(const grid_family& all) {
    rounds limits;
    std::vector<rounds> results(all.size());
    // By the same clock, where there is one.
    std::vector<rounds> open_limits(all.size());
    std::vector<std::string> durabilities(all.size());
    const grid_point& first = all.front();
    for (std::uint32_t round = 0; round < chosen_.rounds; ++round) {
      announce("the limit of " + first.key(), round);
      limits.push_back(measure_limit(first.chosen, first.plan.clients));
      for (std::size_t i = 0; i < all.size(); ++i) {
        announce(all[i].key(), round);
        trial_plan plan = all[i].plan;
        // Not 0 either when the closed loop has failed, which is told.
        if (plan.open)
          plan.open->rate_per_s = std::max(all[i].share * results[0].back().rate_per_s, 1.0);
        results[i].push_back(measure_commands(all[i].chosen, plan, durabilities[i]));
        if (!plan.open) continue;
        announce("the limit of " + all[i].key(), round);
        const std::uint32_t on_their_way = all[i].chosen.settings.commands_in_flight_max;
        open_limits[i].push_back(measure_limit(all[i].chosen, on_their_way, plan.open));
      }
    }
    const row begun = run_.begin_row();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (file_.has(all[i].key())) continue;
      const rounds& beside = all[i].plan.open ? open_limits[i] : limits;
      row line = row_of(all[i], results[i], beside, durabilities[i]);
      // Once for all that share it.
      if (i == 0 || all[i].plan.open) set_distribution(line, "limit_", median_of(beside));
      file_.add(line);
      out_.add(line);
    }
  }

  row row_of(const grid_point& point,
             const rounds& results,
             const rounds& limits,
             const std::string& durability) {
    const measured cairn = run_.judged(median_of(results));
    const measured limit = run_.judged(median_of(limits));
    const span ratios = span_of(ratios_of(results, limits));
    row line = result_file::begin_point(point.key());
    set_place(line, point, durability);
    set_figures(line, "rate_", results, cairn);
    set_distribution(line, "", cairn);
    set_figures(line, "limit_", limits, limit);
    if (point.plan.read_model != "none") {
      line.set("lag_events", cairn.lag_events).set("catch_up_ms", cairn.catch_up_ms);
    }
    if (point.plan.open) {
      line.set("offered_per_s", cairn.offered_per_s).set("late_p99_us", cairn.late_p99_us);
      line.set("refusals", cairn.refusals).set("unsent", cairn.unsent);
      line.set("waiting_most", cairn.waiting_most);
    } else {
      // An open loop asks for no more than its rate.
      line.set("ratio", cairn.rate_per_s / limit.rate_per_s);
      line.set("ratio_min", ratios.least).set("ratio_max", ratios.most);
    }
    line.set("commands", cairn.commands);
    line.set("seconds", chosen_.duration.count()).set("rounds", std::uint64_t{chosen_.rounds});
    line.set("others_cores", run_.others_cores());
    line.set("verified", cairn.verified() && limit.verified());
    return line;
  }

  /// Says what is measured now, and how long the rest may take.
  void announce(const std::string& what, std::uint32_t round) {
    std::string text = std::to_string(done_ + 1) + " of " + std::to_string(trials_) + ", ";
    if (done_ > 0) {
      const double each = seconds_of(steady::now() - begin_) / static_cast<double>(done_);
      text += grouped(each * static_cast<double>(trials_ - done_) / 60, 0) + " min to go: ";
    }
    run_.before_each(text + what + ", round " + std::to_string(round + 1));
    ++done_;
  }

  const options& chosen_;
  campaign run_;
  result_file file_;
  report out_;
  std::uint64_t trials_ = 0;
  std::uint64_t done_ = 0;
  steady::time_point begin_ = steady::now();
};

}  // namespace

bool run_grid(const options& chosen) {
  return grid{chosen}.measure();
}

}  // namespace bench
