#include "support/nats/subscription_ends.hpp"
#include "support/nats/with_gate.hpp"
#include "support/with_outbox.hpp"

#include "cairn/nats/publisher.hpp"

// libnats before 3.6.1 writes into a subscription that is destroyed while a message comes for it.

namespace cairn::tests {
namespace {

using counting::counter;
using nats::make_publisher;

void expect_all_on_closed_connections() {
  EXPECT_GT(subscription_ends::so_far().all, 0);
  EXPECT_EQ(subscription_ends::so_far().on_open_connections, 0);
}

class NatsSubscriptionOfAPublisher : public with_outbox<with_nats> {
 protected:
  NatsSubscriptionOfAPublisher() {
    subscription_ends::forget();
    with = [this](builder& parts) {
      auto made = make_publisher({.connection = {.servers = {server.url()}}});
      ASSERT_TRUE(made) << describe(made.error());
      parts.add<counter>().add_outbox("test.outbox", *std::move(made), options);
    };
  }
};

class NatsSubscriptionOfAGate : public with_gate<counter> {
 protected:
  void SetUp() override {
    with_gate::SetUp();
    subscription_ends::forget();
  }
};

TEST_F(NatsSubscriptionOfAPublisher, EndsBehindTheConnectionWhenItStops) {
  observer().make_stream("EVENTS", "events.>");
  start();
  count("one", 1);
  wait_until_sent();
  stop();
  expect_all_on_closed_connections();
}

TEST_F(NatsSubscriptionOfAPublisher, EndsBehindTheConnectionWhenItBreaksOff) {
  start();
  count("one", 1);
  wait_until([](const read_model_status& now) { return now.waiting_for.has_value(); });
  observer().make_stream("EVENTS", "events.>");
  wait_until_sent();
  expect_all_on_closed_connections();
}

TEST_F(NatsSubscriptionOfAGate, EndsBehindTheConnectionWithoutItsServer) {
  open_gate();
  wait_until([this] { return gate->status().connected; });
  server.kill();
  gate->stop();
  expect_all_on_closed_connections();
}

}  // namespace
}  // namespace cairn::tests
