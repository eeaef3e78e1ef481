#pragma once

#include "simulation/trace.hpp"

#include "cairn/actors/executor.hpp"
#include "cairn/clock.hpp"
#include "cairn/testing/random_source.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace cairn::testing {

/// Decides what runs next, and when it is: strands of the node that are due, in an order by chance,
/// and events, each at its time. Time goes by when nothing is due, and now and then earlier. One
/// thread.
class scheduler {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  /// What an executor's run_until comes to: the world knows what else goes on.
  using runner = std::function<void(const std::function<bool()>& holds, nanoseconds longest)>;

  /// @param disk_delay_max how long a strand called "writer ..." is put off when it is woken
  scheduler(std::uint64_t seed, trace& to, nanoseconds disk_delay_max);
  scheduler(const scheduler&) = delete;
  scheduler& operator=(const scheduler&) = delete;
  ~scheduler();

  [[nodiscard]] nanoseconds now() const noexcept { return now_; }
  [[nodiscard]] random_source& random() noexcept { return random_; }

  /// For one start of the node.
  [[nodiscard]] std::unique_ptr<actors::executor> make_executor(runner by);

  /// Calls `what` once so much time has passed.
  void after(nanoseconds delay, std::function<void()> what);

  /// Runs one thing. False: there is nothing, and never will be by itself.
  bool step();
  /// No strand is due.
  [[nodiscard]] bool is_idle() const noexcept { return due_.empty(); }

 private:
  class stepped_strand;
  class stepped_executor;
  struct event {
    stepped_strand* strand = nullptr;
    std::function<void()> what;
  };

  void wake(stepped_strand& one);
  void wake_after(stepped_strand& one, nanoseconds delay);
  void forget(stepped_strand& one);
  [[nodiscard]] bool strand_goes_first();
  void run_strand();
  /// True: something was run.
  bool run_event();

  trace& trace_;
  random_source random_;
  nanoseconds disk_delay_max_;
  nanoseconds now_{0};
  std::uint64_t strands_made_ = 0;
  std::uint64_t events_made_ = 0;
  /// By the number of the strand: the order in which they were woken says nothing.
  std::map<std::uint64_t, stepped_strand*> due_;
  /// By time, then in the order in which they were asked for.
  std::map<std::pair<nanoseconds, std::uint64_t>, event> events_;
};

/// The time of a scheduler. One thread.
class simulated_clock final : public clock {
 public:
  explicit simulated_clock(const scheduler& of) : of_(of) {}
  [[nodiscard]] timestamp now() const noexcept override { return start + of_.now(); }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const noexcept override {
    return std::chrono::steady_clock::time_point{std::chrono::hours{24}} + of_.now();
  }

 private:
  static constexpr timestamp start = std::chrono::sys_days{std::chrono::year{2020} / 1 / 1};
  const scheduler& of_;
};

}  // namespace cairn::testing
