#pragma once

#include "commands/ledger.hpp"
#include "compare/peer.hpp"
#include "support/dice.hpp"
#include "support/histogram.hpp"
#include "support/options.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bench {

/// Clients that append to a peer, wait for the answer, and append again; one thread acts for all.
///
/// It knows each stream's version, as an aggregate in memory does, and so every append expects the
/// right one: nothing is read, and nothing need be sent twice. The peer checks it all the same.
class closed_loop {
 public:
  using steady = std::chrono::steady_clock;

  /// `store` outlives this.
  closed_loop(peer& store, const options& chosen, std::uint32_t clients);

  struct timed {
    /// From the first append sent to the last one answered.
    std::chrono::nanoseconds took{};
    std::uint64_t commands = 0;
  };

  /// All clients append until the time is up. Returns once all are answered.
  timed run(std::chrono::nanoseconds how_long);

  /// Whether the peer refuses a version that is there already. @pre something was stored
  [[nodiscard]] bool refuses_what_is_there();

  void forget_latencies() { latencies_ = std::make_shared<histogram>(); }
  [[nodiscard]] std::shared_ptr<const histogram> latencies() const noexcept { return latencies_; }

  /// Something was refused that was expected to be stored.
  [[nodiscard]] bool was_refused() const noexcept { return refused_ > 0; }

  /// Reads everything that is stored and says what is wrong with it; empty when nothing is: every
  /// acknowledged append is there once, as the version that it was to be, and nothing else is.
  [[nodiscard]] std::string check() const;

 private:
  struct client {
    std::uint64_t sent = 0;
    std::uint64_t accepted = 0;
    std::uint64_t fingerprints = 0;
    dice choice{0};
    steady::time_point sent_at;
    std::uint32_t stream = 0;
    std::uint64_t version = 0;
    std::string payload;
  };

  void prepare(std::uint32_t number, steady::time_point now);
  void settle(const answer& what, steady::time_point now);

  peer& store_;
  std::vector<std::string> names_;
  /// Of each stream, also counting what is on its way.
  std::vector<std::uint64_t> versions_;
  std::vector<client> clients_;
  std::shared_ptr<histogram> latencies_ = std::make_shared<histogram>();
  std::vector<append> wishes_;
  std::vector<answer> answers_;
  steady::time_point deadline_;
  std::uint32_t open_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace bench
