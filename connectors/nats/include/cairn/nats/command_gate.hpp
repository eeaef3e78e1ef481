#pragma once

#include "cairn/nats/connection_options.hpp"
#include "cairn/nats/detail/command_request.hpp"
#include "cairn/nats/stream_options.hpp"
#include "cairn/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

// Commands from NATS; docs/read_side/outbox.md has the form of requests and answers.

namespace cairn::nats {

/// When a command that comes from a stream and fails is tried again.
struct redelivery_options {
  /// Without a word about a message for so long, the stream gives it to a gate again. The gate says
  /// every third of it of each command in flight that it is worked on. Of a consumer that is made.
  std::chrono::milliseconds acknowledge_within{30'000};
  /// Before the second attempt; twice as long before each further one. A failure that says when to
  /// come again (error::retry_after) is taken at its word instead.
  std::chrono::milliseconds pause{100};
  std::chrono::milliseconds pause_max{30'000};
  /// Deliveries after which a command is given up that another attempt does not seem to help: a
  /// conflict, a decision that throws. One that finds the runtime busy or away is tried without
  /// end.
  std::uint32_t attempts_max = 5;
};

struct command_gate_options {
  connection_options connection = {};
  /// What is listened to; may have wildcards.
  std::string subject = "commands";
  /// Gates of one group share the messages: each goes to one of them. With a stream, it is also the
  /// name of the durable consumer.
  std::string queue_group = "cairn";
  /// Commands that are not yet answered, at most; one more is answered with `overloaded`. With a
  /// stream, the consumer that is made keeps back what is more, over all gates of the group.
  std::uint32_t commands_in_flight_max = 1'024;
  /// A longer message is answered with `too_large`.
  std::size_t message_bytes_max = std::size_t{1} << 20U;
  /// Of a command that does not say one (ask_options::timeout).
  std::chrono::milliseconds timeout{10'000};
  /// Where commands wait for a gate, and are acknowledged. Without a name: nowhere, whoever sends a
  /// command while no gate listens has sent it in vain. One that is made is for `subject`, and
  /// forgets what is done.
  stream_options stream = {};
  redelivery_options redelivery = {};
  /// How long stop() waits for the commands in flight.
  std::chrono::milliseconds stop_timeout{30'000};
};

struct command_gate_status {
  bool connected = false;
  /// Commands that are not yet answered.
  std::uint32_t in_flight = 0;
  /// Messages since the start, and those of them that never became a command.
  std::uint64_t received = 0;
  std::uint64_t refused = 0;
  /// Given back to the stream, which delivers them again.
  std::uint64_t retried = 0;
  /// Failed for good: the stream does not deliver them any more.
  std::uint64_t terminated = 0;
};

/// Takes commands in JSON from a subject of NATS, sends them to a runtime, and answers each request
/// with what it came to.
///
///   cairn::nats::command_gate gate{*app, {.subject = "bank.commands"}};
///   gate.accept<account>();
///   if (auto on = gate.start(); !on) return fail(on.error());
///
/// Whoever may publish to the subject may send commands, in any principal's name: that is for the
/// servers' permissions to restrict.
///
/// Without a stream, a message is delivered at most once: a sender that gets no answer sends it
/// again, with the same command id, and so it takes effect once.
///
/// With a stream (`.stream = {.name = "COMMANDS"}`), a message is delivered until it is
/// acknowledged, which it is once its outcome is durable: accepted or rejected. Each has a command
/// id, its own or one made of the message, and so takes effect once. What fails and may succeed
/// later comes again after a pause; what cannot is terminated, with a line in the log. The answer
/// goes to the subject that the message's header Cairn-Reply-To names, if it has one.
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

  /// Takes no more commands: what still comes is answered with shutting_down, or given back to its
  /// stream. Returns when all others are answered, or stop_timeout is over: what is still in flight
  /// then gets no answer, and its stream delivers it again. Nothing of the gate runs any more. A
  /// second call does nothing.
  void stop();

  [[nodiscard]] command_gate_status status() const;

 private:
  class body;

  void add(std::string aggregate_type, std::unique_ptr<detail::command_door> door);

  std::unique_ptr<body> body_;
};

}  // namespace cairn::nats
