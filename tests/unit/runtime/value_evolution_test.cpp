#include "support/price_versions.hpp"
#include "support/running.hpp"

#include <string>

// What docs/schema_evolution.md says of events, for values.

namespace cairn {
namespace {

using now::cost;

class ValueEvolution : public tests::running {
 protected:
  ~ValueEvolution() override { stop(); }

  /// What the program of then stores of the item "tea", one version each.
  template <class... Facts> void written_then(const Facts&... facts) {
    with = [this](builder& parts) {
      parts.add<then::item>({.codec = codec});
    };
    start();
    const auto tea = app->aggregate<then::item>("tea");
    for (const then::item::command& fact : {then::item::command{facts}...})
      ASSERT_TRUE(tea.ask(fact).accepted());
    stop();
  }
  void start_now(aggregate_options options = {}) {
    options.codec = codec;
    with = [options](builder& parts) {
      parts.add<now::item>(options);
    };
    start();
  }
  aggregate_handle<now::item> tea() { return app->aggregate<now::item>("tea"); }
  /// As a reader sees it, and as the aggregate itself does when it is woken.
  void expect_cost(const cost& expected, version at) {
    const auto read = tea().state();
    ASSERT_TRUE(read) << describe(read.error());
    EXPECT_EQ(read->state, expected);
    EXPECT_EQ(read->version, at);
    const auto next = tea().ask(cost{1, "EUR"});
    ASSERT_TRUE(next.accepted()) << describe(*next.failed());
    EXPECT_EQ(next.accepted()->version.value, at.value + 1);
  }

  event_codec codec = event_codec::binary;
};

TEST_F(ValueEvolution, ReadsAValueOfAnOlderClassUnderItsFormerName) {
  written_then(then::price{500});
  start_now();
  expect_cost({500, "EUR"}, version{1});
}

TEST_F(ValueEvolution, ReadsAValueOfARetiredTypeThroughUpcast) {
  written_then(then::price{500}, then::text_price{"700"});
  start_now();
  expect_cost({700, "EUR"}, version{2});
}

TEST_F(ValueEvolution, ReadsTheSameInJson) {
  codec = event_codec::json;
  written_then(then::price{500}, then::text_price{"700"});
  start_now();
  expect_cost({700, "EUR"}, version{2});
  EXPECT_EQ(tea().history()->at(0).json, R"({"#v":1,"cents":1,"currency":"EUR"})");
  expect_cost({1, "EUR"}, version{3});
}

TEST_F(ValueEvolution, GoesBackToTheNewestEventThatStillHasAMeaning) {
  written_then(then::price{300}, then::price{500}, then::rumour{}, then::rumour{}, then::rumour{});
  start_now();
  EXPECT_EQ(tea().state_at(version{4})->state, (cost{500, "EUR"}));
  EXPECT_EQ(tea().state_at(version{4})->version, version{4});
  expect_cost({500, "EUR"}, version{5});
}

TEST_F(ValueEvolution, HasNoValueWhenNoEventHasAMeaningAnyMore) {
  written_then(then::rumour{}, then::rumour{});
  start_now();
  EXPECT_EQ(tea().state()->state, std::nullopt);
  EXPECT_EQ(tea().state()->version, version{2});
}

TEST_F(ValueEvolution, DoesNotGoBackBehindAValueThatWasCleared) {
  written_then(then::price{500}, value_cleared{}, then::rumour{});
  start_now();
  EXPECT_EQ(tea().state()->state, std::nullopt);
  EXPECT_EQ(tea().state()->version, version{3});
}

TEST_F(ValueEvolution, FailsAtAnUnknownNewestEventUnlessItIsToSkipIt) {
  written_then(then::price{500}, then::offer{});
  start_now();
  const auto failed = tea().ask(cost{1, "EUR"});
  ASSERT_TRUE(failed.failed());
  EXPECT_EQ(failed.failed()->what, error::code::put_aside);
  EXPECT_NE(failed.failed()->detail.find("shop.item/tea version 2 (offer)"), std::string::npos);
  stop();
  start_now({.unknown_events = unknown_events::skip});
  expect_cost({500, "EUR"}, version{2});
  EXPECT_GT(app->status().skipped_events, 0U);
}

TEST_F(ValueEvolution, IsPutAsideByAValueOfANewerClassWhateverTheRule) {
  start_now();
  ASSERT_TRUE(tea().ask(cost{5, "EUR"}).accepted());
  stop();
  with = [](builder& parts) {
    parts.add<then::cost_store>({.unknown_events = unknown_events::skip});
  };
  start();
  const auto read = app->aggregate<then::cost_store>("tea").state();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().what, error::code::put_aside);
  EXPECT_NE(read.error().detail.find("newer_format"), std::string::npos) << read.error().detail;
}

TEST_F(ValueEvolution, TakesNoRawEvents) {
  builder parts{settings};
  parts.add<now::item>({.unknown_events = unknown_events::raw});
  const auto started = std::move(parts).start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, error::code::bad_config);
  EXPECT_NE(started.error().detail.find("a value aggregate takes no raw events"),
            std::string::npos);
}

}  // namespace
}  // namespace cairn
