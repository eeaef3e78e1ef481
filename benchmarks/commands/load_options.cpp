#include "commands/load_options.hpp"

#include "commands/read_models.hpp"

#include <CLI/CLI.hpp>
#include <map>
#include <string>

namespace bench {
namespace {

using mode = cairn::config::durability_mode;

const std::map<std::string, arrivals> kinds{{"constant", arrivals::constant},
                                            {"poisson", arrivals::poisson}};
const std::map<std::string, mode> modes{{"sync", mode::sync}, {"relaxed", mode::relaxed}};

}  // namespace

void add_load_options(CLI::App& app, load_options& into) {
  app.add_option("--zipf", into.zipf, "Aggregates are chosen by Zipf's law with this exponent")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 10.0));
  app.add_option("--read-model-count", into.read_models, "Read models of each kind asked for")
      ->capture_default_str()
      ->check(CLI::Range(1U, read_models_max));
  app.add_option("--open-loop",
                 into.open_loop,
                 "For open: commands a second; up to 4, shares of the closed loop's rate")
      ->delimiter(',')
      ->check(CLI::Range(0.01, 1e8));
  app.add_option("--arrivals", into.kind, "For open: constant, poisson")
      ->transform(CLI::CheckedTransformer(kinds));
  app.add_option("--partitions", into.partitions, "Instead of store.partitions")
      ->check(CLI::Range(1, 1024));
  app.add_option("--durability", into.durability, "Instead of durability.mode: sync, relaxed")
      ->transform(CLI::CheckedTransformer(modes));
}

void apply(const load_options& chosen, cairn::config& settings) {
  if (chosen.partitions) settings.partitions = *chosen.partitions;
  if (chosen.durability) settings.durability = *chosen.durability;
}

}  // namespace bench
