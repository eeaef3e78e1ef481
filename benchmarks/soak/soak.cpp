#include "commands/journal_check.hpp"
#include "commands/open_driver.hpp"
#include "commands/watched_models.hpp"
#include "memory/memory_row.hpp"
#include "memory/sampler.hpp"
#include "soak/trend.hpp"
#include "support/campaign.hpp"
#include "support/options.hpp"
#include "support/scratch_store.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

// The same load for a long time: does what is resident stay as it is?

namespace bench {
namespace {

using steady = std::chrono::steady_clock;

constexpr double usual_rate = 10'000;

/// The store, the load, and the rows. One thread.
class trial {
 public:
  trial(const options& chosen, campaign& run, report& out)
      : chosen_(chosen), run_(run), out_(out), store_(chosen) {
    store_.settings().awake_aggregates_max = chosen.awake;
    for (const std::string& kind : chosen.read_models) {
      if (auto models = watch_models(kind, chosen.load.read_models)) {
        models_.push_back(std::move(models));
      }
    }
  }

  /// What is wrong, if anything is.
  std::string measure() {
    cairn::builder parts{store_.settings()};
    parts.add<tally>().log(cairn::stderr_log(cairn::log_level::warning));
    for (const auto& models : models_)
      models->add_to(parts);
    auto started = parts.start();
    if (!started) return describe(started.error());
    std::unique_ptr<open_driver> clients;  // Outlives the runtime.
    std::string trouble;
    {
      cairn::runtime app = *std::move(started);
      const double rate = chosen_.load.open_loop.empty() ? usual_rate : chosen_.load.open_loop[0];
      clients =
          std::make_unique<open_driver>(app,
                                        chosen_,
                                        open_loop{rate, chosen_.load.kind},
                                        aggregate_choice{chosen_.aggregates, chosen_.load.zipf});
      {
        sampler watch{app};
        use(app, *clients, watch);
      }
      trouble = finish(app, *clients);
    }
    if (!trouble.empty()) return trouble;
    if (store_.settings().in_memory) return trouble;
    return check_journal(store_.settings(), clients->accounts());
  }

  /// Of anonymous memory, in MiB.
  [[nodiscard]] trend anonymous() const { return trend_of(seen_); }

 private:
  void use(cairn::runtime& app, open_driver& clients, sampler& watch) {
    const steady::time_point begin = steady::now();
    const auto interval = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::min(chosen_.interval, chosen_.duration));
    while (steady::now() - begin < chosen_.duration && clients.trouble().empty()) {
      clients.forget();
      const load::timed timed = clients.run(interval);
      measured result;
      clients.tell(result);
      const double rate = static_cast<double>(timed.commands) / seconds_of(timed.took);
      add_row(app.status(), watch.take(), seconds_of(steady::now() - begin), rate, result);
    }
  }

  void add_row(const cairn::runtime_status& status,
               const sampler::seen& most,
               double seconds,
               double rate,
               const measured& result) {
    row line = run_.begin_row();
    line.set("at_s", seconds);
    seen_.push_back({seconds, set_memory(line, status, most)});
    line.set("rate_per_s", rate).set("refusals", result.refusals);
    set_latencies(line, "", result);
    line.set("max_us", result.max_us);
    out_.add(line);
  }

  /// Everything that can be asked of what runs.
  std::string finish(cairn::runtime& app, const load& clients) const {
    std::string trouble = clients.trouble();
    const auto note = [&trouble](const std::string& what) {
      if (trouble.empty()) trouble = what;
    };
    for (const auto& models : models_)
      note(models->finish(app, clients.accounts().sum).trouble);
    if (const auto verified = app.verify(); !verified) note(describe(verified.error()));
    if (const auto stopped = app.stop(); !stopped) note(describe(stopped.error()));
    return trouble;
  }

  const options& chosen_;
  campaign& run_;
  report& out_;
  scratch_store store_;
  std::vector<std::unique_ptr<watched_models>> models_;
  std::vector<moment> seen_;
};

}  // namespace

bool run_soak(const options& chosen) {
  campaign run{"soak", chosen};
  report out{std::cout,
             chosen.json,
             {{"at_s", "second", 9},
              {"events", "events", 14},
              {"awake", "awake", 9},
              {"anonymous_mib", "anonymous MiB", 15, 1},
              {"anonymous_most_mib", "most", 9, 1},
              {"file_mib", "mapped MiB", 12, 1},
              {"rate_per_s", "rate/s", 10},
              {"p50_us", "p50 us", 9},
              {"p99_us", "p99 us", 10},
              {"max_us", "max us", 11},
              {"refusals", "refusals", 10}}};
  run.before_each("the same load until the time is up");
  trial all{chosen, run, out};
  const bool good = run.judged(all.measure());
  const trend anonymous = all.anonymous();
  row line = run.begin_row();
  line.set("anonymous_mib_per_hour", anonymous.per_hour)
      .set("anonymous_risen_mib", anonymous.risen);
  line.set("grew", anonymous.grew).set("aggregates", std::uint64_t{chosen.aggregates});
  run.finish_row(line, good);
  if (chosen.json) out.add(line);
  std::cerr << "soak: anonymous memory " << (anonymous.grew ? "GREW" : "did not grow")
            << " over the second half: " << grouped(anonymous.risen, 2) << " MiB, or "
            << grouped(anonymous.per_hour, 1) << " MiB an hour; "
            << (good ? "every command is in the journal as it was acknowledged" : "FAILED")
            << std::endl;
  return run.good();
}

}  // namespace bench
