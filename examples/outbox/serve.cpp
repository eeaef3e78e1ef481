#include "outbox/serve.hpp"

#include "outbox/hall.hpp"
#include "support/program.hpp"
#include "support/stop_signal.hpp"

#include <cairn/nats/command_gate.hpp>
#include <cairn/nats/publisher.hpp>
#include <chrono>
#include <iostream>
#include <thread>

namespace cinema {
namespace {

using support::exit_code;

constexpr std::chrono::milliseconds look_up_every{50};

/// The library's threads write, too: one line is one write.
void say(const std::string& what) {
  std::clog << "outbox: " + what + "\n" << std::flush;
}

}  // namespace

exit_code serve(const cairn::config& settings, const std::string& server) {
  if (auto made = support::prepare_folder("outbox", settings.store, support::if_absent::create);
      !made) {
    return support::report_failure("outbox", made.error());
  }
  const cairn::nats::connection_options connection{
      .servers = {server}, .name = "cinema", .log = [](cairn::log_level, std::string_view what) {
        say(std::string{what});
      }};

  // The way out: each event, once it is durable here, into a stream there.
  auto publisher = cairn::nats::make_publisher({.connection = connection,
                                                .subject = "events.{aggregate_type}.{event_type}",
                                                .stream = {.name = event_stream, .create = true}});
  if (!publisher) return support::report_failure("outbox", publisher.error());
  auto app = cairn::builder{settings}
                 .add<hall>()
                 .add_outbox("cinema.events", *std::move(publisher))
                 .start();
  if (!app) return support::report_failure("outbox", app.error());

  // The way in: each command stays in its stream until what came of it is durable here.
  cairn::nats::command_gate gate{*app,
                                 {.connection = connection,
                                  .subject = command_subject,
                                  .queue_group = "cinema",
                                  .stream = {.name = command_stream, .create = true}}};
  gate.accept<hall>();
  if (auto on = gate.start(); !on) return support::report_failure("outbox", on.error());

  while (support::stop_signal() == 0)
    std::this_thread::sleep_for(look_up_every);

  // First the way in, then the rest: what is in flight is still answered.
  gate.stop();
  const auto counts = gate.status();
  if (auto stopped = app->stop(); !stopped) {
    return support::report_failure("outbox", stopped.error());
  }
  say("stopped after " + std::to_string(counts.received) + " messages, " +
      std::to_string(counts.terminated) + " of them of no use");
  return exit_code::done;
}

}  // namespace cinema
