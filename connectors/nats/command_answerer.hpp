#pragma once

#include "command_traffic.hpp"
#include "connection.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace cairn::nats {

/// Tells senders and streams what came of their messages. Any thread, where nothing else is said.
class command_answerer {
 public:
  /// All of them must outlive it.
  command_answerer(const command_gate_options& options, command_traffic& traffic);

  /// Tells what is finished, and each third of `acknowledge_within` what is not, until the traffic
  /// has ended. One thread.
  void run();

  /// The answer goes first: when it is lost with the gate, the message comes again.
  void tell(const message_route& to, const detail::command_answer& what);
  /// Lets the stream deliver it at once, to another gate or to the next one that listens.
  void give_back(const delivery& what);

  /// Nothing: there is none, and what is told meanwhile is lost.
  void use(std::shared_ptr<natsConnection> connection);
  void acknowledge_within(std::chrono::nanoseconds time);

 private:
  [[nodiscard]] bool is_tried_again(const error& why, const delivery& from) const;
  [[nodiscard]] std::chrono::nanoseconds pause_for(const error& why, const delivery& from) const;
  void publish(const std::string& to, std::string_view text);
  void log(const std::string& what) const;

  const command_gate_options& options_;
  command_traffic& traffic_;
  std::mutex mutex_;
  std::shared_ptr<natsConnection> connection_;
  std::atomic<std::chrono::milliseconds> progress_every_;
};

}  // namespace cairn::nats
