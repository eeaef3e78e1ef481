#pragma once

#include "cairn/config.hpp"
#include "cairn/detail/builder_access.hpp"
#include "cairn/runtime.hpp"
#include "cairn/testing/live_states.hpp"
#include "cairn/testing/persisted_event.hpp"
#include "cairn/testing/random_source.hpp"
#include "cairn/testing/simulated_client.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::testing {

/// What may go wrong in a simulation, and how often: 0 is never, 1 is always.
struct simulation_options {
  /// Of all groups: so many are refused with store_full. Nothing of them is stored, and it goes on.
  double fail_writes = 0;
  /// Of all groups: so many are answered with `uncertain`, stored or not, as it happens. The node
  /// then takes no more writes, and is started again after a pause.
  double uncertain_writes = 0;
  /// Of all groups: during so many the node crashes, before or after they are stored.
  double crash_writes = 0;
  /// Of all steps: before so many the node crashes. What is durable stays, everything else is gone.
  double crashes = 0;
  /// Of all requests and of all answers: so many never arrive. The client hears timed_out once its
  /// timeout has passed, and cannot know more.
  double lose_messages = 0;

  /// A request, and an answer, takes up to so long.
  std::chrono::nanoseconds message_delay_max = std::chrono::milliseconds{2};
  /// A disk lets a group wait up to so long before it is written.
  std::chrono::nanoseconds disk_delay_max = std::chrono::milliseconds{1};
  /// A node that crashed is started again after up to so long.
  std::chrono::nanoseconds restart_delay_max = std::chrono::milliseconds{100};

  /// Of the node. Everything is in memory, whatever is said here; workers is 1, and hosts_per_type
  /// is 2 unless it is set.
  config settings = {};
  /// The invariants are looked at after so many steps each. At least 1.
  std::uint64_t check_every = 100;
  /// Takes the trace line by line: every step, request, answer, write and fault, with its time.
  std::function<void(std::string_view line)> trace = {};
};

/// What a simulation came to.
struct simulation_report {
  std::uint64_t seed = 0;
  /// Empty: nothing was wrong.
  std::string failure;
  /// Of the whole trace so far: equal for the same seed, options and program.
  std::uint64_t trace_hash = 0;
  std::uint64_t steps = 0;
  std::uint64_t crashes = 0;
  /// Groups that were refused, or of which the outcome is uncertain.
  std::uint64_t failed_writes = 0;
  std::uint64_t lost_messages = 0;
  /// How much time has gone by in the simulation.
  std::chrono::nanoseconds time{};

  [[nodiscard]] bool ok() const noexcept { return failure.empty(); }
};

/// "seed 17 fails at step 4711: ..." or "seed 17: nothing wrong in 9000 steps, 12 crashes, ...".
[[nodiscard]] std::string describe(const simulation_report& what);

/// A node with your aggregates and read models, its disk, its clients and the network between them,
/// in one thread. A seed decides the order of everything that runs, how long it takes, and what
/// goes wrong; so a run that fails can be run again, step by step the same.
///
///     simulation world{seed, {.fail_writes = 0.01, .crashes = 0.001, .lose_messages = 0.01}};
///     world.add<account>().add_read_model<total>();
///     world.client([left = 100](simulated_client& me) mutable {
///       me.aggregate<account>("ann").ask(deposit{5}, {}, [](const outcome<account>&) {});
///       return --left > 0;
///     });
///     const auto report = world.run();
///     ASSERT_TRUE(report.ok()) << describe(report);
///
/// What runs is the real runtime: hosts, commit writer, index, recovery, snapshots and read models,
/// each as a strand that the simulation runs when its turn has come. The log is in memory and
/// outlives each crash; what is derived is in memory and is built anew at each start, as after the
/// loss of a machine's index.
///
/// The program must come to the same by itself: no time but that of `context` and of here, no
/// chance but from here, no order that follows from addresses (std::unordered_map with pointers as
/// keys). One thread.
class simulation {
 public:
  class body;

  explicit simulation(std::uint64_t seed, simulation_options options = {});
  simulation(const simulation&) = delete;
  simulation& operator=(const simulation&) = delete;
  /// Whoever waits is not answered any more.
  ~simulation();

  // -- before the first run()

  /// As builder::add. At the end of a run, each aggregate that is awake must have the state that
  /// its stored events give, and that a reader is shown: evolve must not look at anything else, and
  /// a snapshot must not lose anything. (Where a state has neither `==` nor `serialize`, that is
  /// not looked at.)
  template <class A> simulation& add(aggregate_options options = {}) {
    if constexpr (detail::can_be_compared<typename A::state>) {
      auto live = std::make_shared<detail::live_states<A>>();
      at_the_end([live](runtime& app, const std::vector<persisted_event>& events) {
        return live->first_that_differs(app, events);
      });
      return build([options, live](builder& node) {
        cairn::detail::builder_access::add<A>(
            node, std::make_unique<detail::live_aggregate<A>>(options, live), options);
      });
    } else {
      return build([options](builder& node) { node.add<A>(options); });
    }
  }
  /// As builder::add_read_model.
  template <class M> simulation& add_read_model() {
    return build([](builder& node) { node.add_read_model<M>(); });
  }
  /// As builder::add_process_manager.
  template <class M> simulation& add_process_manager(process_manager_options options = {}) {
    return build([options](builder& node) { node.add_process_manager<M>(options); });
  }
  /// Whatever else is to be said to the builder, at each start of the node. Where time, the journal
  /// and what it runs on come from is the simulation's.
  simulation& build(std::function<void(builder&)> part);

  /// What must hold at any time; it says what is wrong, or nothing. It looks at states, events and
  /// read models, and sends no commands: a blocking ask in it would let the world go on.
  simulation& always(std::function<std::string(runtime&)> invariant);

  // -- at any time, but not from within a callback

  /// Adds a client. `round` is called again and again, each time once everything that was asked
  /// for in the round before is answered (also what its callbacks have asked for), until it returns
  /// false. It outlives crashes of the node, as a client elsewhere does. What it throws fails the
  /// run.
  void client(std::function<bool(simulated_client&)> round);

  /// Runs until all clients are done; then without faults, until everything has come to rest; then
  /// looks at the invariants once more, and at the states of aggregates (see add). Ends early when
  /// something is wrong, and when that many steps have been made and the clients are still not
  /// done, which is wrong, too.
  simulation_report run(std::uint64_t steps_max = 10'000'000);

  /// Ends the node as the loss of power does, and starts it again.
  void crash();

  /// The node, to look at between two runs: states, events, queries, status. A blocking ask is
  /// answered, too: the world runs meanwhile, without faults. Through here nothing is lost and
  /// nothing delayed. Starts the node if it is not running. Valid until the next run() or crash().
  /// @pre not called by what runs in the world, such as a client's round or a callback
  [[nodiscard]] cairn::runtime& app();

  /// Every event on the disk, by partition and offset. corrupt.
  [[nodiscard]] result<std::vector<persisted_event>> events() const;

  // -- at any time, also from callbacks and invariants

  /// Something is wrong: ends the run. The first one counts.
  void fail(std::string what);
  /// The same unless `holds`.
  void expect(bool holds, std::string_view what) {
    if (!holds) fail(std::string{what});
  }
  /// The simulation's time.
  [[nodiscard]] std::chrono::nanoseconds time() const noexcept;
  [[nodiscard]] simulation_report report() const;

 private:
  using last_look = std::function<std::string(runtime&, const std::vector<persisted_event>&)>;
  void at_the_end(last_look what);

  std::unique_ptr<body> body_;
};

}  // namespace cairn::testing
