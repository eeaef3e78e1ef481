#pragma once

#include "commands/load.hpp"
#include "support/options.hpp"

#include "cairn/detail/mpsc_queue.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace bench {

/// The closed loop: clients that ask, wait for the answer, and ask again, without a thread for
/// each.
class driver : public load {
 public:
  driver(cairn::runtime& app,
         const options& chosen,
         std::uint32_t clients,
         const aggregate_choice& choice)
      : load(app, chosen.payload_bytes, clients, choice), kind_(chosen.driver) {}
  driver(cairn::runtime& app,
         const options& chosen,
         std::uint32_t clients,
         std::uint32_t aggregates)
      : driver(app, chosen, clients, aggregate_choice{aggregates}) {}

  timed run(std::chrono::nanoseconds how_long) override;

 private:
  void send(client& who, steady::time_point now);
  void answered(client& who, const cairn::outcome<tally>& what);
  void settle(client& who, steady::time_point now);
  void collect_answers();
  [[nodiscard]] std::uint64_t all_sent();

  driver_kind kind_;
  steady::time_point deadline_;

  /// Clients that wait for an answer.
  alignas(64) std::atomic<std::uint32_t> open_{0};
  cairn::detail::wake_signal all_answered_;
  /// For the generator: clients with answers.
  alignas(64) cairn::detail::mpsc_queue<client> answers_;
  alignas(64) std::atomic<std::uint32_t> news_{0};
};

}  // namespace bench
