#include "simulation/world.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace cairn::testing {
namespace {

// After the clients are done: timers, retries and read models have come to rest by then.
constexpr std::chrono::seconds rest{5};

simulation_options completed(simulation_options given) {
  given.settings.in_memory = true;
  // The number of processors must not tell.
  given.settings.workers = 1;
  if (given.settings.hosts_per_type == 0) given.settings.hosts_per_type = 2;
  given.check_every = std::max<std::uint64_t>(given.check_every, 1);
  return given;
}

}  // namespace

simulation::body::body(std::uint64_t seed, simulation_options options)
    : options_(completed(std::move(options))),
      seed_(seed),
      trace_(options_.trace),
      scheduler_(seed, trace_, options_.disk_delay_max),
      disk_(options_.settings.partitions,
            options_,
            scheduler_.random(),
            {.tell = [this](const std::string& text) { tell(text); },
             .died = [this] { node_died("in a write"); },
             .broke =
                 [this] {
                   start_soon();
                 }}),
      clock_(std::make_shared<simulated_clock>(scheduler_)) {
  sum_.seed = seed;
}

simulation::body::~body() {
  visitors_.clear();
  bury();
}

void simulation::body::add_client(std::function<bool(simulated_client&)> round) {
  const std::uint64_t number = clients_.size();
  // By its number, not by what the world's chance has come to: clients keep to themselves.
  const std::uint64_t own_seed = random_source{seed_ ^ (number + 1)}.next();
  clients_.push_back(
      std::make_unique<simulated_client::body>(*this, number, own_seed, std::move(round)));
}

void simulation::body::after(std::chrono::nanoseconds delay, std::function<void()> what) {
  scheduler_.after(delay, std::move(what));
}

void simulation::body::start_node() {
  builder node{options_.settings};
  for (const auto& part : parts)
    part(node);
  node.time_from(clock_).journal_from(disk_.open());
  node.log([this](log_level level, std::string_view line) {
    tell(std::string{to_string(level)} + ": " + std::string{line});
  });
  node.run_on([this] {
    return scheduler_.make_executor(
        [this](const std::function<bool()>& holds, std::chrono::nanoseconds longest) {
          drive(holds, longest);
        });
  });
  tell("the node starts");
  auto started = std::move(node).start();
  if (!started) return fail("the node does not start: " + cairn::describe(started.error()));
  app_.emplace(*std::move(started));
}

/// At once, wherever it was: nothing is written and nothing is answered any more.
void simulation::body::node_died(std::string_view how) {
  if (!app_ || dead_) return;
  tell("the node crashes " + std::string{how});
  ++sum_.crashes;
  dead_ = true;
  disk_.cut_off();
  for (auto& [number, one] : std::exchange(visitors_, {}))
    give_up_later(std::move(one), travel(), {error::code::uncertain, "the node has crashed"});
}

/// Frees what is left of a node; its parts do what they do when they end, and nobody hears of it.
void simulation::body::bury() {
  burying_ = true;
  disk_.cut_off();
  app_.reset();
  burying_ = false;
  dead_ = false;
}

void simulation::body::start_soon() {
  if (std::exchange(start_is_planned_, true)) return;
  after(scheduler_.random().up_to(options_.restart_delay_max), [this] {
    start_is_planned_ = false;
    // A log that failed is opened again by a new process.
    node_died("since it is to be started again");
    bury();
    start_node();
  });
}

bool simulation::body::step() {
  if (faulty_ && app_ && scheduler_.random().chance(options_.crashes))
    node_died("between two steps");
  if (!dead_) {
    in_step_ = true;
    const bool ran = scheduler_.step();
    in_step_ = false;
    if (!ran) return false;
    ++sum_.steps;
  }
  if (dead_) {
    bury();
    start_soon();
  }
  if (sum_.steps % options_.check_every == 0) check_invariants();
  return true;
}

void simulation::body::check_invariants() {
  if (!app_) return;
  for (const auto& invariant : invariants) {
    if (auto complaint = invariant(*app_); !complaint.empty()) fail(std::move(complaint));
  }
}

/// For a blocking call: the world goes on until it is answered.
void simulation::body::drive(const std::function<bool()>& holds, std::chrono::nanoseconds longest) {
  // A node that ends has nobody who would wait for anything.
  if (burying_) return;
  if (holds()) return;
  if (in_step_) return fail("a blocking call within the simulation would wait for itself");
  const bool was_faulty = std::exchange(faulty_, false);
  disk_.set_faulty(false);
  const auto most = std::chrono::nanoseconds::max() - scheduler_.now();
  const auto deadline =
      longest < most ? scheduler_.now() + longest : std::chrono::nanoseconds::max();
  while (!holds() && scheduler_.now() < deadline && step()) {
  }
  faulty_ = was_faulty;
  disk_.set_faulty(faulty_);
}

simulation_report simulation::body::run(std::uint64_t steps_max) {
  CAIRN_ASSERT(!in_step_);
  if (!app_ && !start_is_planned_) start_node();
  for (const auto& one : clients_)
    one->start();
  faulty_ = true;
  disk_.set_faulty(true);
  const auto all_done = [this] {
    return std::all_of(
        clients_.begin(), clients_.end(), [](const auto& one) { return one->is_done(); });
  };
  const std::uint64_t before = sum_.steps;
  while (sum_.failure.empty() && !all_done()) {
    if (sum_.steps - before >= steps_max) {
      fail("the clients are not done after " + std::to_string(steps_max) + " steps");
    } else if (!step()) {
      fail("the clients are not done, and nothing is left to run");
    }
  }
  faulty_ = false;
  disk_.set_faulty(false);
  if (sum_.failure.empty()) settle();
  return report();
}

void simulation::body::settle() {
  // Lets time go by also when nobody else waits for it.
  const auto is_over = std::make_shared<bool>(false);
  after(rest, [is_over] { *is_over = true; });
  while (sum_.failure.empty() && (!*is_over || !scheduler_.is_idle() || !app_) && step()) {
  }
  if (sum_.failure.empty()) check_invariants();
  if (sum_.failure.empty()) take_last_looks();
}

void simulation::body::take_last_looks() {
  if (!app_) return;
  const auto events = disk_.events();
  if (!events) return fail("the disk cannot be read: " + cairn::describe(events.error()));
  for (const auto& look : last_looks) {
    if (auto complaint = look(*app_, *events); !complaint.empty()) fail(std::move(complaint));
  }
}

void simulation::body::crash_as_told() {
  CAIRN_ASSERT(!in_step_);
  node_died("as it was told to");
  bury();
  if (!start_is_planned_) start_node();
}

runtime& simulation::body::app() {
  CAIRN_ASSERT(!in_step_);
  while (start_is_planned_ && step()) {
  }
  if (!app_) start_node();
  CAIRN_ASSERT(app_.has_value());
  return *app_;
}

void simulation::body::fail(std::string what) {
  if (!sum_.failure.empty()) return;
  tell("WRONG: " + what);
  sum_.failure = std::move(what);
}

simulation_report simulation::body::report() const {
  simulation_report now = sum_;
  now.trace_hash = trace_.hash();
  now.failed_writes = disk_.failed_writes();
  now.time = scheduler_.now();
  return now;
}

}  // namespace cairn::testing
