#pragma once

#include "commands/choice.hpp"
#include "commands/ledger.hpp"
#include "commands/tally.hpp"
#include "support/dice.hpp"
#include "support/histogram.hpp"
#include "support/measured.hpp"

#include "cairn/cairn.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// Clients, each with one command on its way at most, and what has become of their commands. What
/// derives from it says when they send.
///
/// One thread calls it. Must outlive the runtime, whose threads bring the answers.
class load {
 public:
  using steady = std::chrono::steady_clock;

  struct timed {
    /// From the first command sent to the last one answered.
    std::chrono::nanoseconds took{};
    std::uint64_t commands = 0;
  };

  load(const load&) = delete;
  load& operator=(const load&) = delete;
  virtual ~load() = default;

  /// Commands are sent until the time is up. Returns once all are answered.
  virtual timed run(std::chrono::nanoseconds how_long) = 0;

  /// Forgets the latencies so far, and what else is measured.
  virtual void forget() { latencies_ = std::make_shared<histogram>(); }
  /// Adds what was measured to `out`.
  virtual void tell(measured& out) const { out.take_latencies(latencies_); }

  [[nodiscard]] ledger accounts() const;
  /// The first command that was not accepted, in words; empty when all were. Its client stops.
  [[nodiscard]] std::string trouble() const;

 protected:
  /// What became of a client's last command.
  enum class fate : std::uint8_t { accepted, refused, broken };

  // By itself in the processor's cache: clients are answered by one thread while others send.
  struct alignas(64) client {
    std::uint32_t number = 0;
    /// That its last command went to.
    std::uint32_t aggregate = 0;
    std::uint64_t sent = 0;
    std::uint64_t accepted = 0;
    std::uint64_t fingerprints = 0;
    dice choice{0};
    /// From when on its latency counts.
    steady::time_point since;
    std::optional<cairn::receipt> answer;
    fate last = fate::accepted;
    client* next = nullptr;
  };

  load(cairn::runtime& app,
       std::size_t payload_bytes,
       std::uint32_t clients,
       const aggregate_choice& choice);

  /// The command that the client has to send: its next one, until that is accepted.
  template <class Answered> void ask(client& who, Answered answered) {
    const ticket mine{who.number, who.accepted};
    add wish{amount_of(mine), std::string(note_bytes_, '.')};
    mine.write(wish.note.data());
    cairn::ask_options asked;
    asked.timeout = std::chrono::minutes{1};
    who.aggregate = choice_.pick(who.choice);
    if (handles_.empty()) {
      const auto made = app_.aggregate<tally>(tally_id(who.aggregate));
      return made.ask(std::move(wish), std::move(asked), std::move(answered));
    }
    handles_[who.aggregate].ask(std::move(wish), std::move(asked), std::move(answered));
  }

  /// Notes that the client's command was accepted. By the thread that brings the answer.
  virtual void accept(client& who, const cairn::receipt& where) noexcept {
    const ticket mine{who.number, who.accepted++};
    const cairn::position at = where.position;
    who.fingerprints += fingerprint(mine, at.partition.value, at.offset, where.version.value);
  }

  void note_trouble(const cairn::outcome<tally>& what);

  [[nodiscard]] std::vector<client>& clients() noexcept { return clients_; }
  [[nodiscard]] histogram& latencies() noexcept { return *latencies_; }

 private:
  cairn::runtime& app_;
  std::size_t note_bytes_;
  aggregate_choice choice_;
  /// Of all aggregates; empty where they are so many that their addresses would be what takes
  /// memory.
  std::vector<cairn::aggregate_handle<tally>> handles_;
  std::vector<client> clients_;
  std::shared_ptr<histogram> latencies_ = std::make_shared<histogram>();

  mutable std::mutex mutex_;
  std::string trouble_;
};

}  // namespace bench
