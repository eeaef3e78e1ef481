#pragma once

#include "cairn/testing/simulation.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace cairn::testing {

/// A client's rounds. One thread.
class simulated_client::body {
 public:
  body(simulation::body& world,
       std::uint64_t number,
       std::uint64_t seed,
       std::function<bool(simulated_client&)> round);
  body(const body&) = delete;
  body& operator=(const body&) = delete;

  /// Its first round comes soon. Once.
  void start();
  [[nodiscard]] bool is_done() const noexcept { return is_last_ && open_ == 0; }

  /// Something that the round waits for has begun, and is over.
  void begin() noexcept { ++open_; }
  void end();
  /// Runs what the user wrote; what it throws fails the run.
  void guard(const std::function<void()>& what);
  [[nodiscard]] std::string name() const { return "client " + std::to_string(number_); }

 private:
  friend simulated_client;

  void begin_round();

  simulation::body& world_;
  std::uint64_t number_;
  random_source random_;
  std::function<bool(simulated_client&)> round_;
  simulated_client face_{*this};
  std::uint64_t open_ = 0;
  bool is_started_ = false;
  bool is_last_ = false;
};

}  // namespace cairn::testing
