#include "support/kafka/mock_brokers.hpp"
#include "support/running.hpp"
#include "support/with_outbox.hpp"

#include "cairn/kafka/publisher.hpp"

#include <map>
#include <set>

// From an outbox into a topic of the brokers that librdkafka brings for tests.

namespace cairn::tests {
namespace {

using counting::counter;
using kafka::make_publisher;

class KafkaOutbox : public with_outbox<running> {
 protected:
  KafkaOutbox() {
    brokers.make_topic("events", 3);
    publisher.servers = brokers.servers();
    // So that brokers that come back are found soon.
    publisher.settings = {{"reconnect.backoff.ms", "10"}, {"reconnect.backoff.max.ms", "50"}};
    with = [this](builder& parts) {
      auto made = make_publisher(publisher);
      ASSERT_TRUE(made) << describe(made.error());
      parts.add<counter>().add_outbox("test.outbox", *std::move(made), options);
    };
  }

  /// So many messages are in the topic, each event once, those of an aggregate in order and in one
  /// partition.
  void expect_each_once(std::size_t events) {
    std::map<std::string, std::uint64_t> versions;
    std::map<std::string, std::int32_t> partitions;
    std::set<std::string> ids;
    for (const consumed_message& one : brokers.consume("events", events)) {
      EXPECT_EQ(one.headers.at("Cairn-Version"), std::to_string(++versions[one.key])) << one.key;
      EXPECT_EQ(partitions.emplace(one.key, one.partition).first->second, one.partition);
      ids.insert(one.headers.at("Cairn-Event-Id"));
    }
    EXPECT_EQ(ids.size(), events);
  }

  mock_brokers brokers{3};
  kafka::publisher_options publisher;
};

TEST_F(KafkaOutbox, PutsEachEventIntoItsTopicByAggregate) {
  start();
  for (std::int64_t i = 0; i < 200; ++i)
    count("c" + std::to_string(i % 7), i % 10 + 1);
  ASSERT_TRUE(app->aggregate<counter>("c1").ask(counting::add_all{{1, 2, 3}}).accepted());
  wait_until_sent();
  expect_each_once(203);
}

TEST_F(KafkaOutbox, SaysEverythingInKeyHeadersAndBody) {
  start();
  count("one", 4, {.principal = "ann b", .tags = {"urgent"}});
  wait_until_sent();
  const auto all = brokers.consume("events", 1);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].key, "counter/one");
  EXPECT_EQ(all[0].body, R"({"amount":4})");
  EXPECT_EQ(all[0].headers.at("Cairn-Event-Type"), "added");
  EXPECT_EQ(all[0].headers.at("Cairn-Position"), "0.1");
  EXPECT_EQ(all[0].headers.at("Cairn-Principal"), "ann%20b");
  EXPECT_EQ(all[0].headers.at("Cairn-Tag"), "urgent");
  EXPECT_EQ(all[0].headers.at("Content-Type"), "application/json");
}

TEST_F(KafkaOutbox, SendsNothingTwiceToBrokersThatAreSlow) {
  publisher.confirm_timeout = std::chrono::milliseconds{200};
  start();
  count("one", 1);
  wait_until_sent();
  brokers.answer_after(std::chrono::seconds{2});
  for (std::int64_t i = 0; i < 20; ++i)
    count("c" + std::to_string(i % 5), 1);
  wait_until([](const read_model_status& now) { return now.waiting_for.has_value(); });
  brokers.answer_after(std::chrono::milliseconds{0});
  wait_until_sent();
  count("one", 1);
  wait_until_sent();
  expect_each_once(22);
}

TEST_F(KafkaOutbox, WaitsForBrokersThatAreAway) {
  publisher.confirm_timeout = std::chrono::milliseconds{200};
  options.events_in_flight_max = 20;
  start();
  for (std::int64_t i = 0; i < 50; ++i)
    count("c" + std::to_string(i % 5), 1);
  wait_until_sent();
  brokers.set_down(true);
  for (std::int64_t i = 0; i < 50; ++i)
    count("c" + std::to_string(i % 5), 1);
  wait_until([](const read_model_status& now) { return now.waiting_for.has_value(); });
  EXPECT_EQ(status().waiting_for->what, error::code::unavailable);
  EXPECT_GT(status().events_behind, 0U);
  brokers.set_down(false);
  wait_until_sent();
  expect_each_once(100);
}

TEST_F(KafkaOutbox, KeepsTheOrderWhenLeadersChange) {
  start();
  for (std::int64_t i = 0; i < 100; ++i) {
    if (i % 20 == 10) brokers.refuse_to_store(2);
    count("c" + std::to_string(i % 3), 1);
  }
  wait_until_sent();
  expect_each_once(100);
}

TEST_F(KafkaOutbox, PassesOverWhatIsLargerThanItMaySend) {
  publisher.settings.emplace_back("message.max.bytes", "2000");
  options.trouble.on_failure = failure_policy::skip;
  start();
  ASSERT_TRUE(app->read_model("test.outbox").pause());
  count("one", 1);
  count("large", 2, {.metadata = {{"what", std::string(3'000, 'x')}}});
  count("two", 3);
  ASSERT_TRUE(app->read_model("test.outbox").resume());
  wait_until_sent();
  EXPECT_EQ(status().events_skipped, 1U);
  EXPECT_EQ(status().last_error->what, error::code::too_large);
  const auto all = brokers.consume("events", 2);
  std::set<std::string> keys;
  for (const consumed_message& one : all)
    keys.insert(one.key);
  EXPECT_EQ(keys, (std::set<std::string>{"counter/one", "counter/two"}));
}

/// What a broker says of a batch, it says of every message in it.
class KafkaOutboxOfATopicThatTakesLess : public KafkaOutbox {
 protected:
  KafkaOutboxOfATopicThatTakesLess() {
    brokers.make_topic("narrow", 1);
    publisher.topic = "narrow";
    // All events that wait make one batch.
    publisher.settings.emplace_back("linger.ms", "200");
    options.trouble.on_failure = failure_policy::skip;
    start();
  }
  /// Lets so many events of different aggregates come at once.
  void send_together(int events) {
    ASSERT_TRUE(app->read_model("test.outbox").pause());
    for (int i = 1; i <= events; ++i)
      count("c" + std::to_string(i), i);
    ASSERT_TRUE(app->read_model("test.outbox").resume());
    wait_until_sent();
  }
  [[nodiscard]] std::vector<std::string> keys(std::size_t events) const {
    std::vector<std::string> found;
    for (const consumed_message& one : brokers.consume("narrow", events))
      found.push_back(one.key);
    return found;
  }
};

TEST_F(KafkaOutboxOfATopicThatTakesLess, DeliversAllThatFitsByItself) {
  brokers.find_too_large({true});
  send_together(4);
  EXPECT_EQ(status().events_skipped, 0U);
  EXPECT_EQ(keys(4),
            (std::vector<std::string>{"counter/c1", "counter/c2", "counter/c3", "counter/c4"}));
}

TEST_F(KafkaOutboxOfATopicThatTakesLess, PassesOverTheOneThatIsTooLargeAndNoOther) {
  // The batch; then one by one.
  brokers.find_too_large({true, false, true});
  send_together(4);
  EXPECT_EQ(status().events_skipped, 1U);
  EXPECT_EQ(status().last_error->what, error::code::too_large);
  EXPECT_NE(status().last_error->detail.find("offset 2"), std::string::npos)
      << describe(*status().last_error);
  EXPECT_EQ(keys(3), (std::vector<std::string>{"counter/c1", "counter/c3", "counter/c4"}));
}

TEST_F(KafkaOutbox, GoesOnAfterARestartWithoutItsBrokers) {
  start();
  count("one", 1);
  wait_until_sent();
  brokers.set_down(true);
  count("one", 2);
  EXPECT_TRUE(app->stop());
  app.reset();
  brokers.set_down(false);
  start();
  wait_until_sent();
  expect_each_once(2);
}

error why_not(kafka::publisher_options options) {
  const auto made = make_publisher(std::move(options));
  EXPECT_FALSE(made);
  return made ? error{} : made.error();
}

TEST(KafkaPublisher, RefusesWhatCannotWork) {
  EXPECT_EQ(why_not({.topic = ""}).what, error::code::bad_config);
  EXPECT_EQ(why_not({.settings = {{"no.such.setting", "1"}}}).what, error::code::bad_config);
  EXPECT_EQ(why_not({.settings = {{"acks", "1"}}}).what, error::code::bad_config);
  EXPECT_EQ(why_not({.settings = {{"delivery.report.only.error", "true"}}}).what,
            error::code::bad_config)
      << "nothing would ever be confirmed";
  EXPECT_EQ(why_not({.settings = {{"linger.ms", "soon"}}}).what, error::code::bad_config);
  EXPECT_EQ(why_not({.confirm_timeout = std::chrono::milliseconds{0}}).what,
            error::code::bad_config);
}

}  // namespace
}  // namespace cairn::tests
