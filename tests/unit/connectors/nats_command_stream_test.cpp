#include "support/counter.hpp"
#include "support/nats/with_gate.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

// Commands from a stream of a real server, which delivers them until they are acknowledged.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;
using counting::counter;
using nats::command_gate;

/// Holds up whoever passes, while it is shut.
class turnstile {
 public:
  void shut() { set(true); }
  void open() { set(false); }
  void pass() {
    std::unique_lock lock{mutex_};
    ++came_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !shut_; });
  }
  void wait_for_somebody() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return came_ > 0; });
  }

 private:
  void set(bool shut) {
    const std::lock_guard lock{mutex_};
    shut_ = shut;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool shut_ = false;
  int came_ = 0;
};

/// Decides when it is let.
struct slow {
  static constexpr std::string_view stable_name = "slow";
  struct state {
    std::int64_t value = 0;
  };
  struct grow {
    static constexpr std::string_view stable_name = "grow";
    template <class Ar> void serialize(Ar&, unsigned) {}
    bool operator==(const grow&) const = default;
  };
  struct grown {
    static constexpr std::string_view stable_name = "grown";
    template <class Ar> void serialize(Ar&, unsigned) {}
    bool operator==(const grown&) const = default;
  };
  enum class rejection : std::uint8_t {};
  using command = std::variant<grow>;
  using event = std::variant<grown>;
  using decision = cairn::decision<event, rejection>;
  static inline turnstile* gate = nullptr;
  static decision decide(const state&, const grow&) {
    gate->pass();
    return grown{};
  }
  static void evolve(state& now, const grown&) { ++now.value; }
};

std::string add_to(const std::string& id, int amount, const std::string& more = {}) {
  return R"({"aggregate":"counter","id":")" + id + R"(","command":"add","data":{"amount":)" +
         std::to_string(amount) + "}" + more + "}";
}

const std::string grow_one = R"({"aggregate":"slow","id":"one","command":"grow"})";

class NatsCommandStream : public with_gate<counter, slow> {
 protected:
  NatsCommandStream() { slow::gate = &passage; }
  void SetUp() override {
    with_gate::SetUp();
    options.stream = {.name = "COMMANDS", .create = true};
    options.redelivery.pause = 1ms;
  }
  void TearDown() override {
    passage.open();
    with_gate::TearDown();
  }
  /// Returns once it is connected.
  void open_gate() {
    with_gate::open_gate();
    wait_until([this] { return gate->status().connected; });
  }
  /// Does not wait until it listens.
  void start_gate_that_speaks() {
    options.connection.log = [this](log_level, std::string_view what) {
      said.put(std::string{what});
    };
    gate = std::make_unique<command_gate>(*app, options);
    gate->accept<counter>();
    ASSERT_TRUE(gate->start());
  }
  /// The stream keeps what is not yet acknowledged.
  void wait_until_all_is_acknowledged() const {
    wait_until([this] { return observer().count("COMMANDS") == 0; });
  }
  [[nodiscard]] std::string ask(const std::string& body) const {
    return observer().request_through_stream("shop.commands", body);
  }
  void send(const std::string& body) const { observer().publish("shop.commands", body); }
  void send_many(int count) const {
    std::vector<std::string> bodies;
    for (int i = 0; i < count; ++i)
      bodies.push_back(add_to("one", 1));
    observer().publish_all("shop.commands", bodies);
  }
  [[nodiscard]] std::int64_t value() { return app->aggregate<counter>("one").state()->state.value; }

  turnstile passage;
  collected<std::string> said;
};

TEST_F(NatsCommandStream, KeepsCommandsWhileNoGateListens) {
  observer().make_stream("COMMANDS", "shop.commands");
  send_many(3);
  open_gate();
  wait_until([&] { return value() == 3; });
}

TEST_F(NatsCommandStream, ForgetsWhatIsDoneWhenTheGateHasMadeIt) {
  open_gate();
  send_many(3);
  wait_until_all_is_acknowledged();
  EXPECT_EQ(value(), 3);
}

TEST_F(NatsCommandStream, SendsTheAnswerWhereAHeaderSays) {
  open_gate();
  EXPECT_EQ(ask(add_to("one", 5)),
            R"({"outcome":"accepted","position":"0.1","repeated":false,"version":1})");
  EXPECT_EQ(ask(add_to("one", -5)), R"({"outcome":"rejected","rejection":0})");
  wait_until_all_is_acknowledged();
  EXPECT_EQ(gate->status().terminated, 0U) << "the domain's no is an answer";
}

TEST_F(NatsCommandStream, HasAnIdForEachCommand) {
  open_gate();
  send(add_to("own", 1, R"(,"command_id":"mine")"));
  observer().publish_with_id("shop.commands", add_to("of-message", 1), "m-1");
  observer().publish_with_id("shop.commands", add_to("long", 1), std::string(200, 'x'));
  send(add_to("none", 1));
  wait_until_all_is_acknowledged();
  const auto id_of = [&](const char* id) {
    return app->aggregate<counter>(id).history()->at(0).command_id.text();
  };
  EXPECT_EQ(id_of("own"), "mine");
  EXPECT_EQ(id_of("of-message"), "m-1");
  EXPECT_EQ(id_of("long").substr(0, 5), "nats:");
  EXPECT_EQ(id_of("none").substr(0, 11), "COMMANDS.4.") << "with the time behind it";
}

TEST_F(NatsCommandStream, SendsThoseOfAnAggregateInItsOrder) {
  open_gate();
  std::vector<std::string> bodies;
  for (int i = 1'001; i <= 1'500; ++i)
    bodies.push_back(add_to("one", i));
  observer().publish_all("shop.commands", bodies);
  wait_until_all_is_acknowledged();
  const auto all = app->events({.limit = 1'000});
  ASSERT_TRUE(all);
  ASSERT_EQ(all->events.size(), 500U);
  for (std::size_t i = 0; i < 500; ++i)
    expect_has(all->events[i].json, std::to_string(1'001 + i));
}

TEST_F(NatsCommandStream, TerminatesWhatMakesNoSenseAndAnswersIt) {
  open_gate();
  expect_has(ask("{"), R"("error":"bad_input")");
  expect_has(ask(R"({"aggregate":"strange","id":"x","command":"y"})"), R"("unknown_name")");
  expect_has(ask(R"({"aggregate":"counter","id":"x","command":"y"})"), R"("unknown_name")");
  send("nobody waits for an answer to this");
  wait_until_all_is_acknowledged();
  const auto status = gate->status();
  EXPECT_EQ(status.received, 4U);
  EXPECT_EQ(status.refused, 4U);
  EXPECT_EQ(status.terminated, 4U);
  EXPECT_EQ(status.retried, 0U);
  expect_has(ask(add_to("one", 1)), R"("accepted")");
}

TEST_F(NatsCommandStream, GivesUpAConflictOnlyAfterSomeAttempts) {
  options.redelivery.attempts_max = 3;
  open_gate();
  expect_has(ask(add_to("one", 1, R"(,"expected":7)")), R"("error":"conflict")");
  wait_until_all_is_acknowledged();
  EXPECT_EQ(gate->status().retried, 2U);
  EXPECT_EQ(gate->status().terminated, 1U);
}

TEST_F(NatsCommandStream, TriesAConflictAgainUntilItIsNone) {
  options.redelivery.attempts_max = 1'000'000;
  open_gate();
  send(add_to("one", 10, R"(,"expected":1)"));
  wait_until([&] { return gate->status().retried >= 1; });
  send(add_to("one", 1));
  wait_until_all_is_acknowledged();
  EXPECT_EQ(value(), 11);
}

TEST_F(NatsCommandStream, DeliversAgainWhatFoundTheGateFull) {
  open_gate();
  gate->stop();
  // The consumer is there by now, and lets more be on their way than this gate does.
  options.commands_in_flight_max = 1;
  passage.shut();
  open_gate();
  send(grow_one);
  passage.wait_for_somebody();
  send_many(20);
  wait_until([&] { return gate->status().retried >= 20; });
  EXPECT_EQ(value(), 0);
  passage.open();
  wait_until_all_is_acknowledged();
  EXPECT_EQ(value(), 20);
  EXPECT_EQ(gate->status().terminated, 0U);
}

TEST_F(NatsCommandStream, KeepsBackWhatIsMoreThanMayBeOnItsWay) {
  options.commands_in_flight_max = 1;
  passage.shut();
  open_gate();
  send(grow_one);
  send_many(20);
  passage.wait_for_somebody();
  passage.open();
  wait_until_all_is_acknowledged();
  EXPECT_EQ(value(), 20);
  EXPECT_EQ(gate->status().received, 21U) << "none came in vain";
}

TEST_F(NatsCommandStream, KeepsTheOrderOfWhatComesAgainWhenOneMayBeOnItsWay) {
  options.commands_in_flight_max = 1;
  options.redelivery.attempts_max = 3;
  options.redelivery.pause = 20ms;
  open_gate();
  send(add_to("one", 10, R"(,"expected":1)"));
  expect_has(ask(add_to("one", 1)), R"("accepted")");
  EXPECT_EQ(gate->status().terminated, 1U) << "the second one would have helped the first";
  EXPECT_EQ(value(), 1);
}

TEST_F(NatsCommandStream, WaitsForACommandThatTakesLongerThanItsAcknowledgementMay) {
  options.redelivery.acknowledge_within = 3s;
  passage.shut();
  open_gate();
  send(grow_one);
  passage.wait_for_somebody();
  // Real time: the server's clock is none of ours. Long, since a machine that is busy may keep the
  // gate from its clock.
  const auto long_enough = std::chrono::steady_clock::now() + 7s;
  wait_until([&] { return std::chrono::steady_clock::now() > long_enough; });
  passage.open();
  wait_until_all_is_acknowledged();
  EXPECT_EQ(gate->status().received, 1U);
}

TEST_F(NatsCommandStream, LosesAndRepeatsNothingWhenTheServerIsKilledInTheMiddle) {
  options.redelivery.acknowledge_within = 2s;
  options.commands_in_flight_max = 16;
  observer().make_stream("COMMANDS", "shop.commands");
  send_many(2'000);
  open_gate();
  wait_until([&] { return gate->status().received > 300; });
  server.kill();
  wait_until([&] { return !gate->status().connected; });
  EXPECT_LT(value(), 2'000) << "it was in the middle";
  server.start();
  wait_until([&] { return value() >= 2'000; });
  wait_until([&] { return gate->status().in_flight == 0; });
  EXPECT_EQ(value(), 2'000);
}

TEST_F(NatsCommandStream, LosesAndRepeatsNothingWhenTheGateStopsInTheMiddle) {
  options.commands_in_flight_max = 16;
  open_gate();
  gate->stop();
  send_many(2'000);
  open_gate();
  wait_until([&] { return gate->status().received > 300; });
  gate->stop();
  EXPECT_EQ(gate->status().in_flight, 0U);
  EXPECT_LT(value(), 2'000) << "it was in the middle";
  open_gate();
  wait_until_all_is_acknowledged();
  EXPECT_EQ(value(), 2'000);
}

TEST_F(NatsCommandStream, DeliversAgainWhatAGateThatStopsDidNotWaitFor) {
  options.redelivery.acknowledge_within = 1s;
  options.stop_timeout = 10ms;
  passage.shut();
  open_gate();
  send(grow_one);
  passage.wait_for_somebody();
  gate->stop();
  EXPECT_EQ(gate->status().in_flight, 1U);
  passage.open();
  open_gate();
  wait_until_all_is_acknowledged();
  EXPECT_EQ(gate->status().received, 1U);
  EXPECT_EQ(app->aggregate<slow>("one").state()->state.value, 1);
}

TEST_F(NatsCommandStream, GoesOnWhenItsConsumerIsDeleted) {
  open_gate();
  expect_has(ask(add_to("one", 1)), R"("accepted")");
  observer().remove_consumer("COMMANDS", "cairn");
  expect_has(ask(add_to("one", 1)), R"("accepted")");
}

TEST_F(NatsCommandStream, IsWaitedForUntilSomebodyMakesIt) {
  options.stream.create = false;
  start_gate_that_speaks();
  expect_has(said.wait_for(1).at(0), "there is no stream COMMANDS");
  observer().make_stream("COMMANDS", "shop.commands");
  expect_has(ask(add_to("one", 1)), R"("accepted")");
}

TEST_F(NatsCommandStream, DoesNotUseAConsumerOfAnotherKind) {
  observer().make_stream("COMMANDS", "shop.commands");
  observer().make_pull_consumer("COMMANDS", "cairn");
  start_gate_that_speaks();
  expect_has(said.wait_for(1).at(0), "must push to the group of its name");
  observer().remove_consumer("COMMANDS", "cairn");
  expect_has(ask(add_to("one", 1)), R"("accepted")");
}

TEST_F(NatsCommandStream, NeedsOptionsThatMakeSense) {
  const auto expect_bad = [&](const nats::command_gate_options& absurd) {
    const auto started = command_gate{*app, absurd}.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().what, error::code::bad_config);
  };
  const auto good = options;
  options.queue_group = "a.b";
  expect_bad(options);
  options = good;
  options.redelivery.attempts_max = 0;
  expect_bad(options);
  options = good;
  options.redelivery.pause_max = 0ms;
  expect_bad(options);
  options = good;
  options.stream.name.clear();
  expect_bad(options);
}

}  // namespace
}  // namespace cairn::tests
