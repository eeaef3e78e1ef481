#pragma once

#include "simulation/client.hpp"
#include "simulation/disk.hpp"
#include "simulation/scheduler.hpp"
#include "simulation/trace.hpp"

#include "cairn/testing/simulation.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cairn::testing {

/// Everything that there is in a simulation. One thread.
class simulation::body {
 public:
  body(std::uint64_t seed, simulation_options options);
  body(const body&) = delete;
  body& operator=(const body&) = delete;
  ~body();

  std::vector<std::function<void(builder&)>> parts;
  std::vector<std::function<std::string(runtime&)>> invariants;
  std::vector<last_look> last_looks;

  void add_client(std::function<bool(simulated_client&)> round);
  simulation_report run(std::uint64_t steps_max);
  void crash_as_told();
  [[nodiscard]] runtime& app();
  [[nodiscard]] const simulated_disk& disk() const noexcept { return disk_; }
  void fail(std::string what);
  [[nodiscard]] simulation_report report() const;

  // For clients.
  [[nodiscard]] std::chrono::nanoseconds now() const noexcept { return scheduler_.now(); }
  void after(std::chrono::nanoseconds delay, std::function<void()> what);
  /// Takes a request to the node and its answer back. `over` is called once that has reached the
  /// client.
  void carry(detail::simulated_request what, const std::string& from, std::function<void()> over);
  void tell(std::string_view text) { trace_.add(scheduler_.now(), text); }

 private:
  /// A request that has reached the node and is not answered.
  struct visitor {
    std::function<void(error)> fail;
    std::function<void()> over;
    std::chrono::nanoseconds timeout{};
    std::string name;
  };

  // world.cpp
  void start_node();
  void node_died(std::string_view how);
  void bury();
  void start_soon();
  [[nodiscard]] bool step();
  void check_invariants();
  void take_last_looks();
  void drive(const std::function<bool()>& holds, std::chrono::nanoseconds longest);
  void settle();

  // world_messages.cpp
  void arrive(const std::shared_ptr<detail::simulated_request>& what, visitor from);
  void answer(std::uint64_t number, std::string text, std::function<void()> deliver);
  void give_up_later(visitor&& from, std::chrono::nanoseconds delay, error why);
  [[nodiscard]] bool is_lost();
  [[nodiscard]] std::chrono::nanoseconds travel();

  simulation_options options_;
  std::uint64_t seed_;
  trace trace_;
  scheduler scheduler_;
  simulated_disk disk_;
  std::shared_ptr<simulated_clock> clock_;
  std::vector<std::unique_ptr<simulated_client::body>> clients_;
  std::map<std::uint64_t, visitor> visitors_;
  std::uint64_t requests_ = 0;
  std::uint64_t visits_ = 0;

  simulation_report sum_;
  bool faulty_ = false;
  bool in_step_ = false;
  /// The power is gone; what is left of the node is buried once the step is over.
  bool dead_ = false;
  bool burying_ = false;
  bool start_is_planned_ = false;
  std::optional<runtime> app_;
};

}  // namespace cairn::testing
