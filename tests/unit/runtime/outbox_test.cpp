#include "support/account.hpp"
#include "support/counter.hpp"
#include "support/post_box.hpp"
#include "support/running.hpp"

#include <map>
#include <set>
#include <thread>

// Outboxes: each event at least once, those of an aggregate in order.

namespace cairn::tests {
namespace {

using counting::add;
using counting::counter;
using words = std::vector<std::string>;
using phase = read_model_status::phase;

/// Short pauses, so that a receiver that comes back is found soon.
read_model_options quick(failure_policy policy = failure_policy::stop) {
  return {.attempts = 1, .retry_delay = std::chrono::milliseconds{1}, .on_failure = policy};
}

class Outbox : public running {
 protected:
  Outbox() {
    with = [this](builder& parts) {
      parts.add<counter>().add<bank::account>().add_outbox(
          "test.outbox", std::make_unique<postman>(box), options);
    };
  }

  receipt count(const std::string& who, std::int64_t amount, ask_options how = {}) {
    const auto out = app->aggregate<counter>(who).ask(add{amount}, std::move(how));
    EXPECT_TRUE(out.accepted());
    return out.accepted() ? *out.accepted() : receipt{};
  }
  [[nodiscard]] read_model_control outbox() const { return app->read_model("test.outbox"); }
  [[nodiscard]] read_model_status status() const { return *outbox().status(); }
  /// Waits until the outbox says so.
  void wait_until(const std::function<bool(const read_model_status&)>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (!holds(status())) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::yield();
    }
  }
  void wait_until_sent() {
    wait_until([](const read_model_status& now) { return now.events_behind == 0; });
  }

  std::shared_ptr<post_box> box = std::make_shared<post_box>();
  outbox_options options{.trouble = quick()};
};

TEST_F(Outbox, HandsOnEachEventInOrderWithAnIdOfItsOwn) {
  start();
  count("one", 1);
  count("two", 2);
  count("one", 3);
  wait_until_sent();
  EXPECT_EQ(box->lines(),
            (words{R"(one@1 {"amount":1})", R"(two@1 {"amount":2})", R"(one@2 {"amount":3})"}));
  const words ids = box->ids();
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 3U);
  EXPECT_EQ(ids[0].size(), 32U + 4U) << ids[0];
  EXPECT_TRUE(ids[0].ends_with(".0.1"));
  EXPECT_TRUE(ids[2].ends_with(".0.3"));
  EXPECT_EQ(ids[0].substr(0, 32), ids[2].substr(0, 32));
  EXPECT_EQ(status().events_applied, 3U);
}

TEST_F(Outbox, GoesOnBehindWhatIsConfirmedAfterARestart) {
  start();
  count("one", 1);
  wait_until_sent();
  restart();
  count("one", 2);
  wait_until_sent();
  EXPECT_EQ(box->lines(), (words{R"(one@1 {"amount":1})", R"(one@2 {"amount":2})"}));
}

TEST_F(Outbox, WaitsForAReceiverThatIsAwayAndSaysSo) {
  options.trouble = quick(failure_policy::skip);
  box->set_away(true);
  start();
  count("one", 1);
  box->wait_for_attempts(6);
  count("one", 2);
  const auto now = status();
  EXPECT_EQ(now.now, phase::running);
  ASSERT_TRUE(now.waiting_for);
  EXPECT_EQ(now.waiting_for->what, error::code::unavailable);
  EXPECT_NE(now.waiting_for->detail.find("nobody is at home"), std::string::npos);
  EXPECT_EQ(now.events_behind, 2U);
  EXPECT_EQ(now.checkpoints[0].offset, 0U);
  box->set_away(false);
  wait_until_sent();
  EXPECT_EQ(box->lines(), (words{R"(one@1 {"amount":1})", R"(one@2 {"amount":2})"}));
  EXPECT_FALSE(status().waiting_for);
  EXPECT_EQ(status().last_error->what, error::code::unavailable);
  EXPECT_EQ(status().events_skipped, 0U);
}

TEST_F(Outbox, KeepsWhatWasNotConfirmedOverARestart) {
  box->set_away(true);
  start();
  count("one", 1);
  box->wait_for_attempts(1);
  stop();
  box->set_away(false);
  start();
  wait_until_sent();
  EXPECT_EQ(box->lines(), words{R"(one@1 {"amount":1})"});
}

TEST_F(Outbox, SendsTheRestOfABatchThatBrokeOff) {
  start();
  ASSERT_TRUE(outbox().pause());
  for (std::int64_t i = 1; i <= 5; ++i)
    count("one", i);
  box->break_off_after(2);
  ASSERT_TRUE(outbox().resume());
  wait_until_sent();
  EXPECT_EQ(box->lines(),
            (words{R"(one@1 {"amount":1})",
                   R"(one@2 {"amount":2})",
                   R"(one@3 {"amount":3})",
                   R"(one@4 {"amount":4})",
                   R"(one@5 {"amount":5})"}));
  EXPECT_EQ(box->batches(), (std::vector<std::size_t>{5, 3}));
}

TEST_F(Outbox, StopsAtAnEventThatIsRefused) {
  box->refuse(R"({"amount":2})");
  start();
  for (std::int64_t i = 1; i <= 3; ++i)
    count("one", i);
  wait_until([](const read_model_status& now) { return now.now == phase::stopped; });
  EXPECT_EQ(box->lines(), words{R"(one@1 {"amount":1})"});
  EXPECT_EQ(status().checkpoints[0].offset, 1U);
  EXPECT_NE(status().stopped_on->detail.find("cannot hand over added at offset 2"),
            std::string::npos)
      << status().stopped_on->detail;
  box->refuse({});
  ASSERT_TRUE(outbox().resume());
  wait_until_sent();
  EXPECT_EQ(box->letters().size(), 3U);
}

TEST_F(Outbox, SkipsAnEventThatIsRefused) {
  options.trouble = quick(failure_policy::skip);
  box->refuse(R"({"amount":2})");
  start();
  for (std::int64_t i = 1; i <= 3; ++i)
    count("one", i);
  wait_until_sent();
  EXPECT_EQ(box->lines(), (words{R"(one@1 {"amount":1})", R"(one@3 {"amount":3})"}));
  EXPECT_EQ(status().events_skipped, 1U);
}

TEST_F(Outbox, ParksAnEventThatIsRefusedAndThoseOfItsAggregateBehindIt) {
  options.trouble = quick(failure_policy::park);
  box->refuse(R"({"amount":2})");
  start();
  count("one", 1);
  count("one", 2);
  count("two", 5);
  count("one", 3);
  wait_until_sent();
  EXPECT_EQ(box->lines(), (words{R"(one@1 {"amount":1})", R"(two@1 {"amount":5})"}));
  EXPECT_EQ(status().events_parked, 2U);
  const auto again = outbox().retry_dead_letters();
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(again->left, 2U);
  box->refuse({});
  ASSERT_TRUE(outbox().retry_dead_letters());
  EXPECT_EQ(status().events_parked, 0U);
  EXPECT_EQ(box->lines(),
            (words{R"(one@1 {"amount":1})",
                   R"(two@1 {"amount":5})",
                   R"(one@2 {"amount":2})",
                   R"(one@3 {"amount":3})"}));
}

TEST_F(Outbox, KeepsItsDeadLettersWhenTheReceiverIsAway) {
  options.trouble = quick(failure_policy::park);
  box->refuse(R"({"amount":2})");
  start();
  count("one", 2);
  wait_until_sent();
  box->refuse({});
  box->set_away(true);
  const auto again = outbox().retry_dead_letters();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().what, error::code::unavailable);
  EXPECT_EQ(status().events_parked, 1U);
}

TEST_F(Outbox, StopsWhenThePublisherThrows) {
  box->throw_next();
  start();
  count("one", 1);
  wait_until([](const read_model_status& now) { return now.now == phase::stopped; });
  EXPECT_EQ(status().stopped_on->what, error::code::user_code_threw);
  EXPECT_NE(status().stopped_on->detail.find("out of stamps"), std::string::npos);
}

TEST_F(Outbox, TakesNothingForConfirmedByAReportThatContradictsItself) {
  const error away{error::code::unavailable, "away"};
  for (const publish_report& report :
       {publish_report{0, {}}, publish_report{1, away}, publish_report{2, {}}}) {
    box->report_next(report);
    start();
    ASSERT_TRUE(outbox().resume());
    count("one", 1);
    wait_until([](const read_model_status& now) { return now.now == phase::stopped; });
    EXPECT_EQ(status().stopped_on->what, error::code::user_code_threw);
    ASSERT_TRUE(outbox().resume());
    wait_until_sent();
    stop();
  }
  EXPECT_EQ(box->letters().size(), 3U);
}

TEST_F(Outbox, SendsOnlyWhatIsMeant) {
  options.categories = {"counter"};
  options.event_types = {"added", "was_set"};
  options.tags = {"urgent", "public"};
  start();
  count("one", 1, {.tags = {"urgent"}});
  count("one", 2, {.tags = {"public", "urgent"}});
  ASSERT_TRUE(app->aggregate<bank::account>("ann")
                  .ask(bank::open{"Ann"}, {.tags = {"urgent", "public"}})
                  .accepted());
  ASSERT_TRUE(app->aggregate<counter>("one")
                  .ask(counting::switch_to{true}, {.tags = {"urgent", "public"}})
                  .accepted());
  wait_until_sent();
  EXPECT_EQ(box->lines(), words{R"(one@2 {"amount":2})"});
}

TEST_F(Outbox, BeginsNowWhenItIsToldToAndFromTheBeginningWhenItIsReset) {
  with = [](builder& parts) {
    parts.add<counter>();
  };
  start();
  count("one", 1);
  stop();
  options.start_from = outbox_options::origin::now;
  with = [this](builder& parts) {
    parts.add<counter>().add_outbox("test.outbox", std::make_unique<postman>(box), options);
  };
  box->set_away(true);
  start();
  count("one", 2);
  // It has begun, also when nothing has ever been sent.
  restart();
  box->set_away(false);
  wait_until_sent();
  EXPECT_EQ(box->lines(), words{R"(one@2 {"amount":2})"});
  ASSERT_TRUE(outbox().reset());
  wait_until_sent();
  const words ids = box->ids();
  ASSERT_EQ(ids.size(), 3U);
  EXPECT_TRUE(ids[1].ends_with(".0.1"));
  EXPECT_EQ(ids[2], ids[0]) << "the same event has the same id";
}

TEST_F(Outbox, SendsAgainAfterAResetAlsoWhatABatchThatBrokeOffHadConfirmed) {
  start();
  ASSERT_TRUE(outbox().pause());
  count("one", 1);
  count("one", 2);
  box->break_off_after(1);
  options.trouble.retry_delay = std::chrono::hours{1};
  restart();
  ASSERT_TRUE(outbox().resume());
  box->wait_for(1);
  wait_until([](const read_model_status& now) { return now.waiting_for.has_value(); });
  ASSERT_TRUE(outbox().reset());
  wait_until_sent();
  EXPECT_EQ(box->lines(),
            (words{R"(one@1 {"amount":1})", R"(one@1 {"amount":1})", R"(one@2 {"amount":2})"}));
}

TEST_F(Outbox, HandsOverNoMoreAtOnceThanItMay) {
  options.events_in_flight_max = 3;
  start();
  ASSERT_TRUE(outbox().pause());
  ASSERT_TRUE(
      app->aggregate<counter>("one").ask(counting::add_all{{1, 2, 3, 4, 5, 6, 7, 8}}).accepted());
  ASSERT_TRUE(outbox().resume());
  wait_until_sent();
  EXPECT_EQ(box->batches(), (std::vector<std::size_t>{3, 3, 2}));
  stop();
  options.events_in_flight_max = 1'000;
  options.bytes_in_flight_max = 1;
  start();
  ASSERT_TRUE(outbox().reset());
  wait_until_sent();
  EXPECT_EQ(box->batches().size(), 3U + 8U) << "one event is always let through";
}

TEST_F(Outbox, LetsACommandWaitUntilItsEventsAreConfirmed) {
  start();
  const auto out = app->aggregate<counter>("one").ask(add{1}, {.wait_for = {"test.outbox"}});
  ASSERT_TRUE(out.accepted());
  EXPECT_TRUE(out.late().empty());
  EXPECT_EQ(box->letters().size(), 1U);
}

TEST_F(Outbox, DoesNotWaitForItsReceiverWhenTheRuntimeStops) {
  box->keep_waiting();
  start();
  count("one", 1);
  box->wait_until_somebody_waits();
  EXPECT_TRUE(app->stop());
}

TEST_F(Outbox, OfSeveralPartitionsKeepsTheOrderOfEach) {
  settings.partitions = 3;
  options.events_in_flight_max = 7;
  start();
  for (std::int64_t i = 0; i < 200; ++i)
    count("c" + std::to_string(i % 10), i % 10 + 1);
  wait_until_sent();
  std::map<std::uint16_t, std::uint64_t> reached;
  for (const outgoing_event& one : box->letters()) {
    EXPECT_EQ(one.event.position.offset, ++reached[one.event.position.partition.value]);
  }
  EXPECT_EQ(box->letters().size(), 200U);
}

TEST_F(Outbox, RefusesAbsurdOptionsAndNamesThatAreTaken) {
  options.events_in_flight_max = 0;
  builder absurd{settings};
  with(absurd);
  const auto started = std::move(absurd).start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, error::code::bad_config);
  options.events_in_flight_max = 1;
  builder twice{settings};
  with(twice);
  twice.add_outbox("test.outbox", std::make_unique<postman>(box));
  const auto again = std::move(twice).start();
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().detail.find("test.outbox"), std::string::npos);
}

}  // namespace
}  // namespace cairn::tests
