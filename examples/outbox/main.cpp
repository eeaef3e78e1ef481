#include "outbox/client.hpp"
#include "outbox/serve.hpp"
#include "support/program.hpp"
#include "support/stop_signal.hpp"

#include <nats/nats.h>

int main(int argument_count, char** arguments) {
  support::catch_stop_signals();
  support::program line{"outbox",
                        "A cinema whose commands come from NATS, and whose events go there"};
  std::string server = "nats://127.0.0.1:4222";
  std::string command;
  std::int64_t wait_ms = 10'000;
  std::uint64_t count = 0;

  const auto with_server = [&](CLI::App* to) {
    to->add_option("--server", server, "Where nats-server is")->capture_default_str();
    return to;
  };
  with_server(line.subcommand("serve", "Take commands and hand on events, until SIGTERM", [&] {
    return cinema::serve(line.settings(), server);
  }));
  auto* const send = with_server(line.subcommand("send", "Put a command into its stream", [&] {
    return cinema::send(server, command, std::chrono::milliseconds{wait_ms});
  }));
  send->add_option("COMMAND", command, "One JSON object")->required();
  send->add_option("--wait-ms", wait_ms, "For the answer; 0: not at all")
      ->check(CLI::Range(0, 3'600'000))
      ->capture_default_str();
  auto* const listen = with_server(line.subcommand(
      "listen", "Print the events in their stream", [&] { return cinema::listen(server, count); }));
  listen->add_option("--count", count, "End after so many; 0: never")->capture_default_str();

  const int ended = line.run(argument_count, arguments);
  // The library's own threads.
  nats_Close();
  return ended;
}
