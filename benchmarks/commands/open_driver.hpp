#pragma once

#include "commands/load.hpp"
#include "commands/schedule.hpp"
#include "support/options.hpp"

#include "cairn/detail/mpsc_queue.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace bench {

/// The open loop: commands become due by the clock, whether those before them are answered or not,
/// and are sent by the thread that calls run().
///
/// A latency counts from the moment at which the command was due, so nothing that holds it up is
/// left out: a sender that came late; a command that Cairn refused as overloaded, which is sent
/// again a little later; or more commands on their way than there are clients to send them, which
/// are some more than Cairn takes. What could not be sent at all until three times the time was
/// over counts with the time that it has waited by then.
class open_driver : public load {
 public:
  /// @pre wanted.rate_per_s > 0
  open_driver(cairn::runtime& app,
              const options& chosen,
              const open_loop& wanted,
              const aggregate_choice& choice);

  timed run(std::chrono::nanoseconds how_long) override;
  void forget() override;
  void tell(measured& out) const override;

 private:
  /// One run's commands, and how far it has come.
  struct course {
    schedule due_times;
    steady::time_point begin;
    steady::time_point give_up;
    std::chrono::nanoseconds how_long;
    std::chrono::nanoseconds due;
    std::uint64_t sent = 0;

    [[nodiscard]] bool more() const noexcept { return due < how_long; }
  };

  void send(client& who);
  void answered(client& who, const cairn::outcome<tally>& what);
  [[nodiscard]] bool take_answers();
  [[nodiscard]] bool send_refused();
  [[nodiscard]] bool send_due(course& now_running);
  void give_up(course& now_running, steady::time_point now);
  void wait_for_news(const course& now_running, std::uint32_t answers_seen);

  open_loop wanted_;

  // Of the thread that sends.
  std::vector<client*> free_;
  std::vector<client*> refused_;
  std::uint64_t broken_ = 0;
  steady::time_point again_at_;
  std::uint64_t runs_ = 0;
  std::uint64_t refusals_ = 0;
  std::uint64_t unsent_ = 0;
  std::uint64_t waiting_most_ = 0;
  std::unique_ptr<histogram> lateness_ = std::make_unique<histogram>();

  /// Those who were answered, whatever the answer was.
  alignas(64) cairn::detail::mpsc_queue<client> back_;
  alignas(64) std::atomic<std::uint32_t> news_{0};
};

}  // namespace bench
