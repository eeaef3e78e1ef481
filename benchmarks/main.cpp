#include "commands/tally.hpp"
#include "support/options.hpp"

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <map>
#include <string>

namespace {

constexpr int not_verified = 1;
constexpr int wrong_usage = 2;

const std::map<std::string, bench::driver_kind> drivers{
    {"generator", bench::driver_kind::generator},
    {"callback", bench::driver_kind::callback},
};

void add_options(CLI::App& app, bench::options& chosen, double& seconds, std::string& config_file) {
  app.add_flag("--json", chosen.json, "One JSON object per line on stdout, and nothing else");
  app.add_option("--seconds", seconds, "Length of each timed run")
      ->capture_default_str()
      ->check(CLI::Range(0.05, 604'800.0));
  app.add_option("--rounds", chosen.rounds, "Timed runs of each kind; their median counts")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_option_function<double>(
         "--wait-for-quiet",
         [&chosen](double wait) { chosen.quiet_wait = std::chrono::duration<double>{wait}; },
         "Seconds that a timed run waits for others to leave the processor alone")
      ->check(CLI::Range(0.0, 3600.0));
  app.add_option("--in-flight", chosen.in_flight, "Numbers of clients, such as 1,64,4096")
      ->delimiter(',')
      ->check(CLI::Range(1, 65'536));
  app.add_option("--payload", chosen.payload_bytes, "Bytes of one encoded event")
      ->capture_default_str()
      ->check(CLI::Range(bench::smallest_payload, std::size_t{65'536}));
  app.add_option("--aggregates", chosen.aggregates, "Aggregates that the commands go to")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--events",
                 chosen.events,
                 "Events in the log of replay, rebuild, apply, wake, disk, scale")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
  app.add_option("--known", chosen.known, "Aggregates that memory and scale create")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  app.add_option("--awake", chosen.awake, "Of these, awake at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  app.add_option("--read-models", chosen.read_models, "Of none, memory, tables")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::IsMember({"none", "memory", "tables"}));
  app.add_option("--peers", chosen.peers, "Of postgres, redis, sqlite, rocksdb, nats")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::IsMember({"postgres", "redis", "sqlite", "rocksdb", "nats"}));
  app.add_option("--driver", chosen.driver, "Who sends a client's next command")
      ->transform(CLI::CheckedTransformer(drivers));
  bench::add_load_options(app, chosen.load);
  bench::add_grid_options(app, chosen.grid);
  bench::add_scale_options(app, chosen.scale);
  app.add_option_function<double>(
         "--interval",
         [&chosen](double apart) { chosen.interval = std::chrono::duration<double>{apart}; },
         "Seconds from one row of soak to the next")
      ->check(CLI::Range(0.05, 3600.0));
  app.add_option("--slices", chosen.slices, "Parts of each read model of apply: 1, 2, 4, ... 64")
      ->capture_default_str()
      ->check(CLI::IsMember({1, 2, 4, 8, 16, 32, 64}));
  app.add_option("--postgres", chosen.postgres, "A server for apply, as libpq takes it");
  app.add_option("--store",
                 chosen.store,
                 "Where the stores are made, and removed again but for that of scale")
      ->capture_default_str();
  app.add_option("--config",
                 config_file,
                 "Cairn's settings (TOML); must name a store.path, which is not used")
      ->check(CLI::ExistingFile);
}

int run(int argc, char** argv) {
  CLI::App app{"Measures Cairn against what its disk can do at all."};
  bench::options chosen;
  double seconds = chosen.duration.count();
  std::string config_file;
  add_options(app, chosen, seconds, config_file);
  app.fallthrough();
  app.require_subcommand(1);
  bool (*chosen_run)(const bench::options&) = nullptr;
  const auto offer =
      [&](const char* name, const char* what, bool (*run_it)(const bench::options&)) {
        app.add_subcommand(name, what)->callback([&chosen_run, run_it] { chosen_run = run_it; });
      };
  offer("limit", "LMDB alone: N waiting clients, groups as they form", bench::run_limit);
  offer("commands", "The same through the whole of Cairn, beside the limit", bench::run_commands);
  offer("open", "Commands by the clock, beside the closed loop", bench::run_open);
  offer("grid", "One axis after the other, beside the limit, into a file", bench::run_grid);
  offer("hot", "One aggregate, beside many", bench::run_hot);
  offer("compare", "Cairn beside other stores of events", bench::run_compare);
  offer("replay", "Events per second into evolve", bench::run_replay);
  offer("apply", "Events per second into read models, wherever they are stored", bench::run_apply);
  offer("rebuild", "A read model built anew while clients write and ask", bench::run_rebuild);
  offer("wake", "How long a sleeping aggregate takes to answer", bench::run_wake);
  offer("disk", "Bytes on the disk for each event", bench::run_disk);
  offer("memory", "Many aggregates known, few awake: resident memory", bench::run_memory);
  offer("soak", "Resident memory over a long time under load", bench::run_soak);
  offer("scale", "A store larger than memory: start, wake, commands, queries", bench::run_scale);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    const int code = app.exit(stop, std::cerr, std::cerr);
    return code == 0 ? 0 : wrong_usage;
  }
  if (chosen_run == bench::run_grid) bench::settle(app, chosen.grid, chosen.rounds, seconds);
  chosen.duration = std::chrono::duration<double>{seconds};
  if (!config_file.empty()) {
    auto loaded = cairn::config::load(config_file);
    if (!loaded) {
      std::cerr << cairn::describe(loaded.error()) << '\n';
      return wrong_usage;
    }
    chosen.settings = *std::move(loaded);
  }
  bench::apply(chosen.load, chosen.settings);
  return chosen_run(chosen) ? 0 : not_verified;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& thrown) {
    std::cerr << "benchmarks: " << thrown.what() << '\n';
    return not_verified;
  }
}
