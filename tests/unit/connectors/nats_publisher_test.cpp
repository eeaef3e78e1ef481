#include "support/account.hpp"
#include "support/nats/with_nats.hpp"
#include "support/with_outbox.hpp"

#include "cairn/nats/publisher.hpp"

#include <map>
#include <set>

// From an outbox into a stream of a real server.

namespace cairn::tests {
namespace {

using counting::counter;
using nats::make_publisher;

class NatsOutbox : public with_outbox<with_nats> {
 protected:
  NatsOutbox() {
    with = [this](builder& parts) {
      publisher.connection.servers = {server.url()};
      publisher.connection.log = lines.sink();
      auto made = make_publisher(publisher);
      ASSERT_TRUE(made) << describe(made.error());
      parts.add<counter>().add<bank::account>().add_outbox(
          "test.outbox", *std::move(made), options);
    };
    publisher.stream = {.name = "EVENTS", .create = true};
  }

  /// Each event of the journal is in the stream once, those of an aggregate in order.
  void expect_each_once(std::size_t events) {
    std::map<std::string, std::uint64_t> versions;
    std::set<std::string> ids;
    const auto stored = observer().messages("EVENTS");
    for (const stored_message& one : stored) {
      EXPECT_EQ(one.version, ++versions[one.aggregate]) << one.aggregate;
      EXPECT_TRUE(ids.insert(one.id).second) << one.id << " came again";
    }
    EXPECT_EQ(stored.size(), events);
  }

  /// What the publisher said.
  struct said {
    log_sink sink() {
      return [this](log_level, std::string_view line) {
        const std::lock_guard lock{mutex};
        text.append(line).append("\n");
      };
    }
    bool has(std::string_view part) {
      const std::lock_guard lock{mutex};
      return text.find(part) != std::string::npos;
    }
    std::mutex mutex;
    std::string text;
  } lines;

  nats::publisher_options publisher;
};

TEST_F(NatsOutbox, PutsEachEventIntoItsStreamInOrder) {
  start();
  for (std::int64_t i = 0; i < 200; ++i)
    count("c" + std::to_string(i % 7), i % 10 + 1);
  ASSERT_TRUE(app->aggregate<counter>("c1").ask(counting::add_all{{1, 2, 3}}).accepted());
  wait_until_sent();
  expect_each_once(203);
  EXPECT_TRUE(lines.has("made the stream EVENTS for events.>"));
  EXPECT_TRUE(lines.has("connected to nats://127.0.0.1:"));
}

TEST_F(NatsOutbox, SaysEverythingInSubjectHeadersAndBody) {
  start();
  ASSERT_TRUE(app->aggregate<bank::account>("ann *1")
                  .ask(bank::open{"Ann"},
                       {.command_id = "c 1",
                        .correlation_id = "r",
                        .principal = "teller",
                        .tags = {"urgent", "50%"},
                        .metadata = {{"from", "hall\n2"}}})
                  .accepted());
  wait_until_sent();
  const auto stored = observer().messages("EVENTS");
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(stored[0].subject, "events.bank.account.opened");
  EXPECT_EQ(stored[0].body, R"({"owner":"Ann"})");
  EXPECT_TRUE(stored[0].id.ends_with(".0.1"));
  const auto header = [this](const std::string& name) {
    std::string all;
    for (const std::string& one : observer().header("EVENTS", 1, name))
      all += one + ";";
    return all;
  };
  EXPECT_EQ(header("Cairn-Event-Id"), stored[0].id + ";");
  EXPECT_EQ(header("Content-Type"), "application/json;");
  EXPECT_EQ(header("Cairn-Aggregate-Type"), "bank.account;");
  EXPECT_EQ(header("Cairn-Aggregate-Id"), "ann%20*1;");
  EXPECT_EQ(header("Cairn-Event-Type"), "opened;");
  EXPECT_EQ(header("Cairn-Schema-Version"), "0;");
  EXPECT_EQ(header("Cairn-Version"), "1;");
  EXPECT_EQ(header("Cairn-Position"), "0.1;");
  EXPECT_EQ(header("Cairn-Command-Id"), "c%201;");
  EXPECT_EQ(header("Cairn-Correlation-Id"), "r;");
  EXPECT_EQ(header("Cairn-Principal"), "teller;");
  EXPECT_EQ(header("Cairn-Tag"), "urgent;50%25;");
  EXPECT_EQ(header("Cairn-Metadata"), "from=hall%0A2;");
  EXPECT_EQ(header("Cairn-Time"), text_of(app->events({})->events[0].time) + ";");
}

TEST_F(NatsOutbox, SendsTheBytesAsTheyAreStoredWhenItIsToldTo) {
  publisher.body = message_body::as_stored;
  publisher.subject = "bytes.{partition}.{aggregate_id}";
  start();
  ASSERT_TRUE(app->aggregate<bank::account>("a.b>").ask(bank::open{"Ann"}).accepted());
  wait_until_sent();
  const auto stored = observer().messages("EVENTS");
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(stored[0].subject, "bytes.0.a%2Eb%3E");
  EXPECT_EQ(decode<bank::opened>(as_bytes(stored[0].body))->owner, "Ann");
  EXPECT_EQ(observer().header("EVENTS", 1, "Content-Type"),
            std::vector<std::string>{"application/vnd.cairn.event"});
}

TEST_F(NatsOutbox, LosesAndRepeatsNothingWhenTheServerIsKilledInTheMiddle) {
  publisher.confirm_timeout = std::chrono::milliseconds{500};
  options.events_in_flight_max = 20;
  start();
  for (std::int64_t round = 0; round < 3; ++round) {
    for (std::int64_t i = 0; i < 100; ++i)
      count("c" + std::to_string(i % 5), 1);
    server.kill();
    for (std::int64_t i = 0; i < 100; ++i)
      count("c" + std::to_string(i % 5), 1);
    wait_until([](const read_model_status& now) { return now.waiting_for.has_value(); });
    EXPECT_GT(status().events_behind, 0U);
    EXPECT_EQ(status().now, read_model_status::phase::running);
    server.start();
  }
  wait_until_sent();
  expect_each_once(600);
  EXPECT_TRUE(lines.has("disconnected: "));
  EXPECT_FALSE(status().waiting_for);
}

TEST_F(NatsOutbox, SendsAgainWithTheSameIdsAfterAResetAndTheStreamHasEachOnce) {
  start();
  for (std::int64_t i = 0; i < 20; ++i)
    count("one", 1);
  wait_until_sent();
  ASSERT_TRUE(app->read_model("test.outbox").reset());
  wait_until_sent();
  EXPECT_EQ(status().events_applied, 40U);
  expect_each_once(20);
}

TEST_F(NatsOutbox, SendsOnlyWhatIsMeant) {
  options.categories = {"bank.account"};
  start();
  count("one", 1);
  ASSERT_TRUE(app->aggregate<bank::account>("ann").ask(bank::open{"Ann"}).accepted());
  wait_until_sent();
  EXPECT_EQ(observer().messages("EVENTS").size(), 1U);
}

TEST_F(NatsOutbox, PassesOverWhatTheStreamRefusesForItsSize) {
  observer().make_stream("EVENTS", "events.>", 4'000);
  options.trouble.on_failure = failure_policy::skip;
  start();
  ASSERT_TRUE(app->read_model("test.outbox").pause());
  ASSERT_TRUE(app->aggregate<bank::account>("ann").ask(bank::open{"Ann"}).accepted());
  ASSERT_TRUE(
      app->aggregate<bank::account>("bob").ask(bank::open{std::string(5'000, 'b')}).accepted());
  ASSERT_TRUE(app->aggregate<bank::account>("eve").ask(bank::open{"Eve"}).accepted());
  ASSERT_TRUE(app->read_model("test.outbox").resume());
  wait_until_sent();
  const auto stored = observer().messages("EVENTS");
  ASSERT_EQ(stored.size(), 2U);
  EXPECT_EQ(stored[1].aggregate, "eve");
  EXPECT_EQ(status().events_skipped, 1U);
}

TEST_F(NatsOutbox, PassesOverWhatTheServerRefusesForItsSize) {
  server.kill();
  server.start("max_payload: 4000");
  options.trouble.on_failure = failure_policy::skip;
  start();
  ASSERT_TRUE(
      app->aggregate<bank::account>("bob").ask(bank::open{std::string(5'000, 'b')}).accepted());
  ASSERT_TRUE(app->aggregate<bank::account>("eve").ask(bank::open{"Eve"}).accepted());
  wait_until_sent();
  EXPECT_EQ(observer().messages("EVENTS").size(), 1U);
  EXPECT_NE(status().last_error->detail.find("max_payload, 4000 bytes"), std::string::npos)
      << status().last_error->detail;
}

TEST_F(NatsOutbox, WaitsForAStreamAndSaysWhatToDo) {
  publisher.stream.create = false;
  start();
  count("one", 1);
  wait_until([](const read_model_status& now) { return now.waiting_for.has_value(); });
  EXPECT_EQ(status().waiting_for->what, error::code::not_found);
  EXPECT_NE(status().waiting_for->detail.find("there is no stream EVENTS; make it"),
            std::string::npos)
      << status().waiting_for->detail;
  observer().make_stream("EVENTS", "events.>");
  wait_until_sent();
  expect_each_once(1);
}

TEST_F(NatsOutbox, WaitsForASubjectThatAStreamTakes) {
  publisher.stream = {};
  start();
  count("one", 1);
  wait_until([](const read_model_status& now) { return now.waiting_for.has_value(); });
  EXPECT_NE(status().waiting_for->detail.find("no stream takes the subject events.counter.added"),
            std::string::npos)
      << status().waiting_for->detail;
  observer().make_stream("EVENTS", "events.>");
  wait_until_sent();
  expect_each_once(1);
}

TEST_F(NatsOutbox, DoesNotSendToAnotherStreamThanItExpects) {
  observer().make_stream("EVENTS", "elsewhere.>");
  observer().make_stream("OTHERS", "events.>");
  start();
  count("one", 1);
  wait_until([](const read_model_status& now) { return now.waiting_for.has_value(); });
  EXPECT_EQ(status().waiting_for->what, error::code::bad_config);
  EXPECT_TRUE(observer().messages("OTHERS").empty());
}

TEST_F(NatsOutbox, SharesAStreamWithOthersWhenItIsToldTo) {
  publisher.sole_writer = false;
  observer().make_stream("EVENTS", "events.>");
  start();
  for (std::int64_t i = 0; i < 100; ++i) {
    count("c" + std::to_string(i % 3), 1);
    if (i % 10 == 0) observer().publish("events.others", "x");
  }
  wait_until_sent();
  std::map<std::string, std::uint64_t> versions;
  for (const stored_message& one : observer().messages("EVENTS")) {
    if (one.subject == "events.others") continue;
    EXPECT_EQ(one.version, ++versions[one.aggregate]);
  }
  EXPECT_EQ(versions["c0"] + versions["c1"] + versions["c2"], 100U);
}

TEST_F(NatsOutbox, SaysThatItIsNotTheSoleWriterThatItIsToldToBe) {
  start();
  ASSERT_TRUE(app->read_model("test.outbox").pause());
  ASSERT_TRUE(app->aggregate<counter>("one").ask(counting::add_all{{1, 2}}).accepted());
  ASSERT_TRUE(app->read_model("test.outbox").resume());
  wait_until_sent();
  const std::string known = observer().messages("EVENTS").at(0).id;
  // Another one has written after the first of two, as a stream may see it that is shared.
  observer().publish_with_id("events.others", "x", known.substr(0, known.size() - 1) + "3");
  ASSERT_TRUE(app->read_model("test.outbox").pause());
  ASSERT_TRUE(app->aggregate<counter>("one").ask(counting::add_all{{3, 4}}).accepted());
  observer().publish("events.others", "y");
  ASSERT_TRUE(app->read_model("test.outbox").resume());
  // It does not wait for long: the next attempt begins with the event that was refused, and does
  // not say what it comes behind.
  wait_until([](const read_model_status& now) {
    return now.last_error && now.last_error->what == error::code::bad_config;
  });
  EXPECT_NE(status().last_error->detail.find("`sole_writer` must be off"), std::string::npos)
      << status().last_error->detail;
}

TEST_F(NatsOutbox, StopsWithoutItsServer) {
  start();
  server.kill();
  count("one", 1);
  EXPECT_TRUE(app->stop());
  app.reset();
  server.start();
  start();
  wait_until_sent();
  expect_each_once(1);
}

TEST_F(NatsOutbox, ShowsThatItIsNotLetIn) {
  server.kill();
  server.start("authorization {user: cairn, password: secret}");
  publisher.connection.user = "cairn";
  publisher.connection.password = "wrong";
  start();
  count("one", 1);
  wait_until([](const read_model_status& now) { return now.waiting_for.has_value(); });
  EXPECT_NE(status().waiting_for->detail.find("uthorization"), std::string::npos)
      << status().waiting_for->detail;
  stop();
  publisher.connection.password = "secret";
  start();
  wait_until_sent();
}

error why_not(nats::publisher_options options) {
  const auto made = make_publisher(std::move(options));
  EXPECT_FALSE(made);
  return made ? error{} : made.error();
}

TEST(NatsPublisher, RefusesWhatCannotWork) {
  for (const char* subject :
       {"", "a..b", "a b", "a.*", "{aggregate_typ}", "a.{event_type", "a}", "a."}) {
    EXPECT_EQ(why_not({.subject = subject}).what, error::code::bad_config) << subject;
  }
  EXPECT_EQ(why_not({.stream = {.create = true}}).what, error::code::bad_config);
  EXPECT_EQ(why_not({.subject = "{event_type}", .stream = {.name = "E", .create = true}}).what,
            error::code::bad_config);
  EXPECT_EQ(why_not({.window = 0}).what, error::code::bad_config);
  EXPECT_EQ(why_not({.connection = {.servers = {}}}).what, error::code::bad_config);
  EXPECT_EQ(why_not({.connection = {.tls = {.authorities_file = "/nowhere"}}}).what,
            error::code::bad_config);
}

}  // namespace
}  // namespace cairn::tests
