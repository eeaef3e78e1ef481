#include "scale/kept_store.hpp"
#include "scale/memory_limit.hpp"
#include "scale/page_cache.hpp"
#include "scale/phases.hpp"
#include "scale/versions.hpp"
#include "support/campaign.hpp"
#include "support/options.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

// A store that is larger than memory: how it starts, wakes, takes commands and answers.

namespace bench {
namespace {

constexpr double mebibyte = cairn::mib;
constexpr double gibibyte = cairn::gib;

const std::vector<column> columns{{"phase", "phase", 18},
                                  {"in_flight", "clients", 8},
                                  {"started_s", "start s", 9, 3},
                                  {"first_answer_s", "answer s", 9, 3},
                                  {"rate_per_s", "rate/s", 11},
                                  {"p50_us", "p50 us", 9},
                                  {"p99_us", "p99 us", 10},
                                  {"max_us", "max us", 11},
                                  {"wakes_per_s", "wakes/s", 10},
                                  {"anonymous_most_mib", "anonymous", 10},
                                  {"mapped_mib", "mapped", 9},
                                  {"major_faults", "faults", 10},
                                  {"read_mib", "read MiB", 9},
                                  {"log_gib", "log GiB", 8, 2},
                                  {"index_gib", "index", 7, 2},
                                  {"complete", "complete", 9},
                                  {"verified", "verified"}};

/// One run over one store. One thread, and no other while there is a process of a phase.
class trial {
 public:
  trial(const options& chosen, campaign& run, report& out)
      : chosen_(chosen),
        run_(run),
        out_(out),
        store_(chosen),
        seen_(store_.what().known),
        even_(store_.what().known),
        zipf_(store_.what().known, zipf_exponent) {}

  void measure() {
    if (!find_or_prepare()) return;
    make_limit();
    std::cerr << "scale: " << grouped(static_cast<double>(all_bytes()) / gibibyte, 2)
              << " GiB of log and index; memory: "
              << (limit_ ? grouped(limit_bytes_mib(), 0) + " MiB, page cache included"
                         : std::string{"no limit"})
              << std::endl;
    drop_from_cache(store_.folder());
    std::cerr << "scale: of these, "
              << grouped(static_cast<double>(cached_bytes(store_.folder())) / mebibyte, 0)
              << " MiB are in memory before the first start" << std::endl;
    const bool all = start_and_wake() && use() && ask();
    (void)run_.judged(compare());
    if (!all) std::cerr << "scale: what comes after trouble was left out" << std::endl;
    std::cerr << "scale: the store is kept in " << store_.folder().string() << std::endl;
  }

 private:
  static constexpr double zipf_exponent = 1.0;

  bool find_or_prepare() {
    if (store_.is_prepared()) {
      run_.before_each("reading the store that was prepared before");
      std::string trouble;
      const told read = outside([&](told& found, const std::function<void()>& end) {
        found.note(read_versions(store_, seen_));
        end();
      });
      return run_.judged(read.wrong());
    }
    if (!run_.judged(store_.make_room())) return false;
    run_.before_each("preparing " + grouped(static_cast<double>(store_.what().events()), 0) +
                     " events of " + grouped(store_.what().known, 0) + " aggregates");
    const ground on = here();
    const told found =
        outside([&on](told& into, const std::function<void()>& end) { prepare(on, into, end); });
    const bool good = run_.judged(found.wrong());
    if (good) store_.describe();
    add_row("prepare", 0, found, good);
    return good;
  }

  void make_limit() {
    if (chosen_.scale.memory_limit_bytes == 0) return;
    std::string why_not;
    limit_ = memory_limit::make(chosen_.scale.memory_limit_bytes, why_not);
    if (limit_) return;
    std::cerr << "warning: measured WITHOUT a memory limit: " << why_not << std::endl;
  }

  bool start_and_wake() {
    const auto first = [this](std::uint32_t place) {
      return [this, place](told& found, const std::function<void()>& end) {
        answer_first(here(), place, found, end);
      };
    };
    const auto wake = [this](bool stores, std::uint32_t place) {
      return [this, stores, place](told& found, const std::function<void()>& end) {
        wake_one_by_one(here(), stores, place, found, end);
      };
    };
    const std::uint32_t quarter = store_.what().known / 4;
    return phase("start, cold", 1, first(1)) && phase("start, warm", 1, first(2)) &&
           phase("wake", 1, wake(false, quarter)) &&
           phase("wake and store", 1, wake(true, 2 * quarter));
  }

  bool use() {
    for (const std::uint32_t clients : run_.in_flight({64, 4096})) {
      for (const bool evenly : {true, false}) {
        const auto work = [&](told& found, const std::function<void()>& end) {
          send_commands(here(), clients, evenly ? even_ : zipf_, found, end);
        };
        if (!phase(evenly ? "commands, even" : "commands, Zipf 1", clients, work)) return false;
      }
    }
    return true;
  }

  bool ask() {
    if (chosen_.scale.feed.count() == 0) return true;
    const auto feed = [this](told& found, const std::function<void()>& end) {
      feed_read_model(here(), found, end);
    };
    if (!phase("feed read model", 0, feed)) return false;
    if (!complete_) {
      std::cerr << "scale: the read model has not caught up within --feed, and is not asked"
                << std::endl;
      return true;
    }
    for (const std::uint32_t clients : {1U, 64U}) {
      const auto work = [this, clients](told& found, const std::function<void()>& end) {
        ask_read_model(here(), clients, found, end);
      };
      if (!phase("query", clients, work)) return false;
    }
    return true;
  }

  bool phase(const std::string& name, std::uint32_t clients, const ended_work& work) {
    run_.before_each(clients == 0 ? name : name + ", clients: " + std::to_string(clients));
    const std::vector<std::uint32_t> before = seen_.copy();
    told found = in_ended_process(limit_.get(), work);
    if (found.prints != seen_.prints_since(before)) found.note("versions did not go on one by one");
    const bool good = run_.judged(found.wrong());
    complete_ = found.complete;
    add_row(name, clients, found, good);
    return good;
  }

  void add_row(const std::string& name, std::uint32_t clients, const told& found, bool good) {
    const auto per_second = [&found](std::uint64_t count) {
      return static_cast<double>(count) / found.took_s;
    };
    row line = run_.begin_row();
    line.set("phase", name);
    if (clients != 0) line.set("in_flight", std::uint64_t{clients});
    line.set("started_s", found.started_s);
    if (found.first_answer_s > 0) line.set("first_answer_s", found.first_answer_s);
    if (found.took_s > 0)
      line.set("rate_per_s", per_second(found.done)).set("took_s", found.took_s);
    line.set("done", found.done);
    if (found.max_us > 0) {
      line.set("p50_us", found.p50_us).set("p99_us", found.p99_us).set("max_us", found.max_us);
    }
    if (found.woken > 0) line.set("wakes_per_s", per_second(found.woken));
    line.set("anonymous_mib", static_cast<double>(found.anonymous_bytes) / mebibyte);
    line.set("anonymous_most_mib", static_cast<double>(found.anonymous_most_bytes) / mebibyte);
    line.set("mapped_mib", static_cast<double>(found.mapped_bytes) / mebibyte);
    line.set("major_faults", found.major_faults);
    line.set("read_mib", static_cast<double>(found.read_bytes) / mebibyte);
    line.set("log_gib", static_cast<double>(store_.log_bytes()) / gibibyte);
    line.set("index_gib", static_cast<double>(store_.index_bytes()) / gibibyte);
    if (name.starts_with("feed")) line.set("complete", found.complete);
    line.set("known", std::uint64_t{store_.what().known}).set("events", store_.what().events());
    line.set("events_per_command", std::uint64_t{store_.what().events_per_command});
    line.set("partitions", std::uint64_t{store_.what().partitions});
    line.set("awake_max", std::uint64_t{chosen_.awake});
    line.set("limit_mib", limit_ ? limit_bytes_mib() : 0.0);
    run_.finish_row(line, good);
    out_.add(line);
  }

  /// The whole log, read in order, against what was acknowledged.
  [[nodiscard]] std::string compare() {
    std::cerr << "scale: reading the whole log" << std::endl;
    const std::vector<std::uint32_t> acknowledged = seen_.copy();
    const told read = outside([&](told& found, const std::function<void()>& end) {
      found.note(read_versions(store_, seen_));
      end();
    });
    if (!read.wrong().empty()) return std::string{read.wrong()};
    if (seen_.copy() != acknowledged) return "the log says something else than the answers";
    return {};
  }

  [[nodiscard]] told outside(const ended_work& work) { return in_ended_process(nullptr, work); }
  [[nodiscard]] ground here() { return {chosen_, store_, seen_}; }
  [[nodiscard]] std::uint64_t all_bytes() const {
    return store_.log_bytes() + store_.index_bytes();
  }
  [[nodiscard]] double limit_bytes_mib() const {
    return static_cast<double>(chosen_.scale.memory_limit_bytes) / mebibyte;
  }

  const options& chosen_;
  campaign& run_;
  report& out_;
  kept_store store_;
  versions seen_;
  // Made here, so that the processes of the phases share them.
  aggregate_choice even_;
  aggregate_choice zipf_;
  std::unique_ptr<memory_limit> limit_;
  bool complete_ = true;
};

}  // namespace

bool run_scale(const options& chosen) {
  campaign run{"scale", chosen};
  report out{std::cout, chosen.json, columns};
  trial all{chosen, run, out};
  all.measure();
  return run.good();
}

}  // namespace bench
