#include "cairn/testing/simulation.hpp"

#include "simulation/world.hpp"

#include <utility>

namespace cairn::testing {

std::string describe(const simulation_report& what) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(what.time);
  const std::string figures =
      std::to_string(what.steps) + " steps, " + std::to_string(milliseconds.count()) + " ms, " +
      std::to_string(what.crashes) + " crashes, " + std::to_string(what.failed_writes) +
      " failed writes, " + std::to_string(what.lost_messages) + " lost messages";
  const std::string seed = "seed " + std::to_string(what.seed);
  if (what.ok()) return seed + ": nothing wrong in " + figures;
  return seed + " fails: " + what.failure + " (after " + figures + ")";
}

simulation::simulation(std::uint64_t seed, simulation_options options)
    : body_(std::make_unique<body>(seed, std::move(options))) {}

simulation::~simulation() = default;

simulation& simulation::build(std::function<void(builder&)> part) {
  body_->parts.push_back(std::move(part));
  return *this;
}

simulation& simulation::always(std::function<std::string(runtime&)> invariant) {
  body_->invariants.push_back(std::move(invariant));
  return *this;
}

void simulation::at_the_end(last_look what) {
  body_->last_looks.push_back(std::move(what));
}

void simulation::client(std::function<bool(simulated_client&)> round) {
  body_->add_client(std::move(round));
}

simulation_report simulation::run(std::uint64_t steps_max) {
  return body_->run(steps_max);
}

void simulation::crash() {
  body_->crash_as_told();
}

runtime& simulation::app() {
  return body_->app();
}

result<std::vector<persisted_event>> simulation::events() const {
  return body_->disk().events();
}

void simulation::fail(std::string what) {
  body_->fail(std::move(what));
}

std::chrono::nanoseconds simulation::time() const noexcept {
  return body_->now();
}

simulation_report simulation::report() const {
  return body_->report();
}

}  // namespace cairn::testing
