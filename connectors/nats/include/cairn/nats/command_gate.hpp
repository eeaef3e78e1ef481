#pragma once

#include "cairn/nats/connection_options.hpp"
#include "cairn/nats/detail/command_request.hpp"
#include "cairn/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

// Commands from NATS; docs/read_side/outbox.md has the form of requests and answers.

namespace cairn::nats {

struct command_gate_options {
  connection_options connection = {};
  /// What is listened to; may have wildcards.
  std::string subject = "commands";
  /// Gates of one group share the messages: each goes to one of them.
  std::string queue_group = "cairn";
  /// Commands that are not yet answered, at most; one more is answered with `overloaded`.
  std::uint32_t commands_in_flight_max = 1'024;
  /// A longer message is answered with `too_large`.
  std::size_t message_bytes_max = std::size_t{1} << 20U;
  /// Of a command that does not say one (ask_options::timeout).
  std::chrono::milliseconds timeout{10'000};
};

struct command_gate_status {
  bool connected = false;
  /// Commands that are not yet answered.
  std::uint32_t in_flight = 0;
  /// Messages since the start, and those of them that never became a command.
  std::uint64_t received = 0;
  std::uint64_t refused = 0;
};

/// Takes commands in JSON from a subject of NATS, sends them to a runtime, and answers each request
/// with what it came to.
///
///   cairn::nats::command_gate gate{*app, {.subject = "bank.commands"}};
///   gate.accept<account>();
///   if (auto on = gate.start(); !on) return fail(on.error());
///
/// Whoever may publish to the subject may send commands, in any principal's name: that is for the
/// servers' permissions to restrict. A message is delivered at most once: a sender that gets no
/// answer sends it again, with the same command id, and so it takes effect once.
///
/// A server that is away is waited for, without end. accept, start and stop: one thread; status:
/// any. Must be stopped before the runtime goes.
class command_gate {
 public:
  command_gate(runtime& into, command_gate_options options);
  command_gate(const command_gate&) = delete;
  command_gate& operator=(const command_gate&) = delete;
  /// stop()s.
  ~command_gate();

  /// Takes commands of this aggregate type, which the runtime must have. Others are unknown_name.
  /// @pre it is not started
  template <class A> command_gate& accept() {
    add(std::string{A::stable_name}, std::make_unique<detail::typed_command_door<A>>());
    return *this;
  }

  /// Begins to listen, as soon as there is a server. Once. bad_config: an option breaks its rule,
  /// or a file cannot be read.
  [[nodiscard]] result<void> start();

  /// Takes no more commands: what still comes is answered with shutting_down. Returns when all
  /// others are answered; nothing of it runs any more. A second call does nothing.
  void stop();

  [[nodiscard]] command_gate_status status() const;

 private:
  class body;

  void add(std::string aggregate_type, std::unique_ptr<detail::command_door> door);

  std::unique_ptr<body> body_;
};

}  // namespace cairn::nats
