#include "support/counter.hpp"
#include "support/nats/with_gate.hpp"

#include <algorithm>
#include <future>
#include <thread>

// Commands from a real server into a runtime.

namespace cairn::tests {
namespace {

using counting::counter;
using nats::command_gate;

/// A till whose commands say what they have done, and whose rejections have names.
struct till {
  static constexpr std::string_view stable_name = "shop.till";
  struct state {
    std::int64_t cents = 0;
  };
  struct balance {
    std::int64_t cents = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
    bool operator==(const balance&) const = default;
  };
  struct pay {
    static constexpr std::string_view stable_name = "pay";
    using reply = balance;
    std::int64_t cents = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
    bool operator==(const pay&) const = default;
  };
  struct paid {
    static constexpr std::string_view stable_name = "paid";
    std::int64_t cents = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
    bool operator==(const paid&) const = default;
  };
  enum class rejection : std::uint8_t { closed = 1, nothing_to_pay = 4 };
  friend std::string_view to_string(rejection why) {
    return why == rejection::closed ? "closed" : "nothing_to_pay";
  }
  using command = std::variant<pay>;
  using event = std::variant<paid>;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& /*now*/, const pay& wish) {
    if (wish.cents == 0) return rejection::nothing_to_pay;
    return paid{wish.cents};
  }
  static void evolve(state& now, const paid& fact) { now.cents += fact.cents; }
  static balance reply(const state& after, const pay& /*wish*/) { return {after.cents}; }
};

class NatsCommands : public with_gate<counter, till> {
 protected:
  [[nodiscard]] std::string ask(const std::string& body) const {
    return observer().request("shop.commands", body);
  }
};

TEST_F(NatsCommands, AreAcceptedWithTheirReplyAndStoredWithAllTheySay) {
  open_gate();
  EXPECT_EQ(
      ask(R"({"aggregate":"shop.till","id":"one","command":"pay","data":{"cents":5},
              "command_id":"c-1","expected":"none","correlation_id":"r","causation_id":"q",
              "principal":"ann","tags":["urgent"],"metadata":{"from":"web"},"timeout_ms":60000})"),
      R"({"outcome":"accepted","position":"0.1","repeated":false,"reply":{"cents":5},"version":1})");
  const recorded_event stored = app->events({})->events.at(0);
  EXPECT_EQ(stored.command_id, cairn::command_id{"c-1"});
  EXPECT_EQ(stored.correlation_id, cairn::correlation_id{"r"});
  EXPECT_EQ(stored.causation_id, cairn::causation_id{"q"});
  EXPECT_EQ(stored.principal, cairn::principal{"ann"});
  EXPECT_EQ(stored.tags, std::vector<std::string>{"urgent"});
  EXPECT_EQ(stored.metadata, (metadata_map{{"from", "web"}}));
  expect_has(ask(R"({"aggregate":"counter","id":"one","command":"retire"})"), R"("accepted")");
}

TEST_F(NatsCommands, ThatAreRepeatedGetTheFirstOutcome) {
  open_gate();
  const std::string body =
      R"({"aggregate":"shop.till","id":"one","command":"pay","data":{"cents":5},"command_id":"c"})";
  expect_has(ask(body), R"("repeated":false)");
  const std::string again = ask(body);
  expect_has(again, R"("repeated":true,"reply":{"cents":5})");
  EXPECT_EQ(app->aggregate<till>("one").state()->state.cents, 5);
}

TEST_F(NatsCommands, AreRejectedWithNumberAndName) {
  open_gate();
  EXPECT_EQ(ask(R"({"aggregate":"shop.till","id":"one","command":"pay","data":{"cents":0}})"),
            R"({"name":"nothing_to_pay","outcome":"rejected","rejection":4})");
  EXPECT_EQ(ask(R"({"aggregate":"counter","id":"one","command":"add","data":{"amount":-1}})"),
            R"({"outcome":"rejected","rejection":0})");
}

TEST_F(NatsCommands, ThatFailSayWhyAndWhatToDo) {
  open_gate();
  const std::string answer =
      ask(R"({"aggregate":"counter","id":"one","command":"add","data":{"amount":1},"expected":7})");
  expect_has(answer, R"("error":"conflict")");
  expect_has(answer, R"("number":5)");
  expect_has(answer, R"("advice":"Read the aggregate again and decide anew.")");
  expect_has(answer, R"("stored":"nothing")");
  expect_has(answer, R"("actual_version":0)");
  expect_has(ask(R"({"aggregate":"counter","id":"one","command":"sing"})"), R"("unhandled")");
}

TEST_F(NatsCommands, ThatMakeNoSenseAreAnsweredAndHarmNobody) {
  open_gate();
  const std::vector<std::pair<std::string, std::string>> all{
      {"", R"(it is not JSON)"},
      {"{", R"(it is not JSON)"},
      {"\xFF\xFE", R"(it is not JSON)"},
      {"[]", R"(it is not a JSON object)"},
      {std::string(100'000, '['), R"(it is not JSON)"},
      {R"({"id":"one","command":"add"})", R"(\"aggregate\" is missing)"},
      {R"({"aggregate":"counter","command":"add"})", R"(\"id\" is missing)"},
      {R"({"aggregate":"counter","id":"one"})", R"(\"command\" is missing)"},
      {R"({"aggregate":"counter","id":7,"command":"add"})", R"(\"id\" must be text)"},
      {R"({"aggregate":"counter","id":"one","command":"add","expected":-1})", R"(\"expected\")"},
      {R"({"aggregate":"counter","id":"one","command":"add","comand_id":"c"})",
       R"(there is no \"comand_id\")"},
      {R"({"aggregate":"counter","id":"one","command":"add","tags":[1]})", R"(\"tags\")"},
      {R"({"aggregate":"strange","id":"one","command":"add"})", R"("error":"unknown_name")"},
      {R"({"aggregate":"counter","id":"one","command":"subtract"})", R"("error":"unknown_name")"},
      {R"({"aggregate":"counter","id":"one","command":"add","data":{"amout":1}})",
       R"("error":"bad_input")"},
      {R"({"aggregate":"counter","id":"","command":"retire"})", R"("error":"bad_input")"},
  };
  for (const auto& [body, part] : all) {
    const std::string answer = ask(body);
    expect_has(answer, R"("outcome":"failed")");
    expect_has(answer, part);
  }
  EXPECT_EQ(app->status().durable_offsets[0], 0U);
  expect_has(ask(R"({"aggregate":"counter","id":"one","command":"retire"})"), R"("accepted")");
  EXPECT_EQ(gate->status().received, all.size() + 1);
}

TEST_F(NatsCommands, ThatAreTooLongAreRefused) {
  options.message_bytes_max = 100;
  open_gate();
  const std::string answer =
      ask(R"({"aggregate":"counter","id":")" + std::string(200, 'x') + R"(","command":"retire"})");
  expect_has(answer, R"("error":"too_large")");
}

TEST_F(NatsCommands, OfAFloodAreAllAnsweredThoughOnlySoManyAreOnTheirWay) {
  options.commands_in_flight_max = 4;
  open_gate();
  ASSERT_FALSE(ask(R"({"aggregate":"counter","id":"one","command":"retire"})").empty());
  const std::vector<std::string> bodies(
      3'000, R"({"aggregate":"counter","id":"one","command":"add","data":{"amount":1}})");
  const auto answers = observer().request_all("shop.commands", bodies);
  ASSERT_EQ(answers.size(), bodies.size());
  std::int64_t accepted = 0;
  std::int64_t overloaded = 0;
  for (const std::string& answer : answers) {
    if (answer.find(R"("accepted")") != answer.npos) ++accepted;
    if (answer.find(R"("overloaded")") != answer.npos &&
        answer.find(R"("retry_after_ms":10)") != answer.npos) {
      ++overloaded;
    }
  }
  EXPECT_EQ(accepted + overloaded, 3'000);
  EXPECT_GT(accepted, 0);
  EXPECT_GT(overloaded, 0);
  EXPECT_EQ(app->aggregate<counter>("one").state()->state.value, accepted + 1);
}

TEST_F(NatsCommands, GoOnWhenTheServerIsKilledAndComesBack) {
  open_gate();
  expect_has(ask(R"({"aggregate":"counter","id":"one","command":"retire"})"), R"("accepted")");
  server.kill();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (gate->status().connected) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
  server.start();
  expect_has(ask(R"({"aggregate":"counter","id":"one","command":"retire"})"), R"("accepted")");
}

TEST_F(NatsCommands, WaitForAServerThatIsNotThereYet) {
  server.kill();
  open_gate();
  EXPECT_FALSE(gate->status().connected);
  server.start();
  expect_has(ask(R"({"aggregate":"counter","id":"one","command":"retire"})"), R"("accepted")");
}

TEST_F(NatsCommands, AreSharedByTheGatesOfAGroup) {
  open_gate();
  command_gate second{*app, options};
  second.accept<counter>();
  ASSERT_TRUE(second.start());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  std::int64_t asked = 0;
  while (gate->status().received == 0 || second.status().received == 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    expect_has(ask(R"({"aggregate":"counter","id":"one","command":"retire"})"), R"("accepted")");
    ++asked;
  }
  EXPECT_EQ(app->aggregate<counter>("one").state()->state.value, asked) << "each went to one";
}

TEST_F(NatsCommands, AreAllAnsweredWhenTheGateStopsUnderLoad) {
  open_gate();
  ASSERT_FALSE(ask(R"({"aggregate":"counter","id":"one","command":"retire"})").empty());
  const std::vector<std::string> bodies(
      500, R"({"aggregate":"counter","id":"one","command":"add","data":{"amount":1}})");
  auto answers = std::async(std::launch::async,
                            [&] { return observer().request_all("shop.commands", bodies); });
  while (gate->status().received < 100)
    std::this_thread::yield();
  gate->stop();
  EXPECT_EQ(gate->status().in_flight, 0U);
  const auto received = gate->status().received;
  // The runtime may go now.
  app.reset();
  EXPECT_EQ(gate->status().received, received);
  // Those that come behind the end are told by the server that nobody listens.
  EXPECT_EQ(answers.get().size(), bodies.size());
}

TEST_F(NatsCommands, NeedOptionsThatMakeSense) {
  options.commands_in_flight_max = 0;
  command_gate absurd{*app, options};
  const auto started = absurd.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, error::code::bad_config);
}

}  // namespace
}  // namespace cairn::tests
