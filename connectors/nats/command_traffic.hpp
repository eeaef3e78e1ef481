#pragma once

#include "delivery.hpp"

#include "cairn/nats/command_gate.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cairn::nats {

/// Who is to hear of one message.
struct message_route {
  /// Empty: nobody waits for an answer.
  std::string answer_to;
  /// Nothing: it does not come from a stream.
  std::optional<delivery> from = {};
};

struct finished_command {
  message_route route;
  detail::command_answer answer;
};

/// The commands of a gate that are on their way, and the answers that are not yet told: never more
/// of them than commands in flight. Any thread. Outlives the gate where a command does.
class command_traffic {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  enum class turn : std::uint8_t { answer, pause_over, end };

  /// False: there are `max` already. Otherwise leave() must follow.
  [[nodiscard]] bool try_enter(const message_route& route, std::uint32_t max);
  void leave(const message_route& route);

  /// For threads of Cairn, which must not wait for a socket: puts the answer down for next().
  void finish(finished_command what);

  /// Waits for an answer, at most until `pause_over`. end: there will be none any more.
  [[nodiscard]] turn next(finished_command& into, time_point pause_over);

  /// The acknowledgement subjects of the commands in flight.
  [[nodiscard]] std::vector<std::string> unacknowledged() const;

  /// The first half of stopping: no further messages are looked for.
  void stop();
  [[nodiscard]] bool is_stopping() const;
  void wait_unless_stopping(std::chrono::milliseconds pause) const;
  /// The second half: nothing enters any more, and what is not finished by then is given up.
  void close(time_point give_up_at);

  void count(std::uint64_t command_gate_status::*what);
  /// Returns what it was before.
  bool set_connected(bool connected);
  [[nodiscard]] command_gate_status status() const;

 private:
  [[nodiscard]] bool is_over() const;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<finished_command> finished_;
  std::multiset<std::string> unacknowledged_;
  command_gate_status status_;
  bool stopping_ = false;
  std::optional<time_point> give_up_at_;
};

}  // namespace cairn::nats
