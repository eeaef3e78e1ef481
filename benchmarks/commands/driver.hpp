#pragma once

#include "commands/ledger.hpp"
#include "commands/tally.hpp"
#include "support/dice.hpp"
#include "support/histogram.hpp"
#include "support/options.hpp"

#include "cairn/cairn.hpp"
#include "cairn/detail/mpsc_queue.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace bench {

/// Clients that ask, wait for the answer, and ask again, without a thread for each.
///
/// One thread calls it. Must outlive the runtime, whose threads bring the answers.
class driver {
 public:
  using steady = std::chrono::steady_clock;

  driver(cairn::runtime& app,
         const options& chosen,
         std::uint32_t clients,
         std::uint32_t aggregates);

  struct timed {
    /// From the first command sent to the last one answered.
    std::chrono::nanoseconds took{};
    std::uint64_t commands = 0;
  };

  /// All clients send until the time is up. Returns once all are answered.
  timed run(std::chrono::nanoseconds how_long);

  /// Forgets the latencies so far.
  void forget_latencies() { latencies_ = std::make_unique<histogram>(); }
  [[nodiscard]] const histogram& latencies() const noexcept { return *latencies_; }

  [[nodiscard]] ledger accounts() const;
  /// The first command that was not accepted, in words; empty when all were. Its client stops.
  [[nodiscard]] std::string trouble() const;

 private:
  // By itself in the processor's cache: clients are answered by one thread while others send.
  struct alignas(64) client {
    std::uint32_t number = 0;
    std::uint64_t sent = 0;
    std::uint64_t accepted = 0;
    std::uint64_t fingerprints = 0;
    dice choice{0};
    steady::time_point sent_at;
    std::optional<cairn::receipt> answer;
    client* next = nullptr;
  };

  void send(client& who, steady::time_point now);
  void answered(client& who, const cairn::outcome<tally>& what);
  void settle(client& who, steady::time_point now);
  void collect_answers();
  void note_trouble(const cairn::outcome<tally>& what);

  driver_kind kind_;
  std::size_t note_bytes_;
  std::vector<cairn::aggregate_handle<tally>> handles_;
  std::vector<client> clients_;
  std::unique_ptr<histogram> latencies_ = std::make_unique<histogram>();
  steady::time_point deadline_;

  /// Clients that wait for an answer.
  alignas(64) std::atomic<std::uint32_t> open_{0};
  cairn::detail::wake_signal all_answered_;
  /// For the generator: clients with answers.
  alignas(64) cairn::detail::mpsc_queue<client> answers_;
  alignas(64) std::atomic<std::uint32_t> news_{0};

  mutable std::mutex mutex_;
  std::string trouble_;
};

}  // namespace bench
