#pragma once

#include "support/nats/with_nats.hpp"

#include "cairn/nats/command_gate.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace cairn::tests {

/// A runtime of the aggregates `As` beside a server, and a gate through which their commands come:
/// from the subject "shop.commands".
template <class... As> class with_gate : public with_nats {
 protected:
  with_gate() {
    with = [](builder& parts) {
      (parts.add<As>(), ...);
    };
  }
  void SetUp() override {
    with_nats::SetUp();
    if (IsSkipped()) return;
    start();
    options.connection.servers = {server.url()};
    options.subject = "shop.commands";
  }
  void TearDown() override {
    if (gate) gate->stop();
  }

  /// Does not wait for the server.
  void open_gate() {
    gate = std::make_unique<nats::command_gate>(*app, options);
    (gate->accept<As>(), ...);
    const auto started = gate->start();
    ASSERT_TRUE(started) << describe(started.error());
  }

  template <class Condition> static void wait_until(Condition&& is_so) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (!is_so()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::yield();
    }
  }
  static void expect_has(const std::string& answer, std::string_view part) {
    EXPECT_NE(answer.find(part), std::string::npos) << answer << "\nhas no " << part;
  }

  nats::command_gate_options options;
  std::unique_ptr<nats::command_gate> gate;
};

}  // namespace cairn::tests
