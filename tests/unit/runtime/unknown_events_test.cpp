#include "support/ledger_versions.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"

#include <gtest/gtest.h>

#include <optional>

// An event of a name that the program does not have, by what the program wants of it.

namespace cairn {
namespace {

/// A program that has forgotten most of what `then::ledger` wrote.
template <class State> struct forgetful_ledger {
  static constexpr std::string_view stable_name = "test.ledger";
  using state = State;
  enum class rejection : std::uint8_t { none };
  using event = std::variant<now::credited>;
  using command = event;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& /*now*/, const now::credited& fact) { return fact; }
  static void evolve(state& now, const now::credited& fact) { now.cents += fact.cents; }
};
/// Its state is that of `then::ledger`, so it may use its snapshots.
using forgetful = forgetful_ledger<then::ledger::state>;

/// Takes what it does not know by its bytes.
struct attentive : forgetful_ledger<now::ledger::state> {
  using forgetful_ledger<now::ledger::state>::evolve;
  static void evolve(state& now, const raw_event& fact) {
    now.story.push_back(std::string{fact.type} + " v" + std::to_string(fact.schema_version) +
                        " codec " + std::to_string(static_cast<int>(fact.codec)) + " " +
                        std::to_string(fact.payload.size()));
    if (fact.codec == event_codec::json) now.story.emplace_back(as_text(fact.payload));
  }
};

/// Has the same state, so it would take any snapshot of the one that has forgotten for good.
struct reminded : forgetful {
  using retired = std::tuple<then::moved>;
  static now::credited upcast(const then::moved& old) { return {old.in - old.out}; }
};

class UnknownEvents : public ::testing::Test {
 protected:
  template <class Ledger> result<void> try_start(aggregate_options options) {
    app_.reset();
    auto started =
        builder{tests::small_store(directory_.path())}.template add<Ledger>(options).start();
    if (!started) return started.error();
    app_.emplace(*std::move(started));
    return {};
  }
  template <class Ledger> void start(aggregate_options options) {
    const auto started = try_start<Ledger>(options);
    ASSERT_TRUE(started) << describe(started.error());
  }
  void record_then(const std::vector<then::ledger::event>& facts, aggregate_options options = {}) {
    start<then::ledger>(options);
    for (const auto& fact : facts)
      ASSERT_TRUE(app_->aggregate<then::ledger>("ann").ask(fact).accepted());
  }
  template <class Ledger> outcome<Ledger> credit_one() {
    return app_->aggregate<Ledger>("ann").ask(now::credited{1});
  }

  tests::temporary_directory directory_;
  std::optional<runtime> app_;
};

TEST_F(UnknownEvents, PutTheAggregateAsideByDefault) {
  record_then({then::paid_in{5}, then::mused{"hm"}}, {.snapshot_every = 0});
  start<forgetful>({});
  const auto out = credit_one<forgetful>();
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::put_aside);
  EXPECT_NE(out.failed()->detail.find("version 2 (mused): unknown_name: test.ledger has no event"),
            std::string::npos)
      << out.failed()->detail;
  EXPECT_TRUE(app_->aggregate<forgetful>("bob").ask(now::credited{1}).accepted());
}

TEST_F(UnknownEvents, AreNotMissedBeforeASnapshotOfTheSameState) {
  record_then({then::paid_in{5}, then::mused{"hm"}}, {.snapshot_every = 2});
  start<forgetful>({});
  const auto out = credit_one<forgetful>();
  ASSERT_TRUE(out.accepted()) << describe(*out.failed());
  EXPECT_EQ(app_->aggregate<forgetful>("ann").state()->state.cents, 6);
}

TEST_F(UnknownEvents, ThatAreSkippedKeepTheirNumberAndAreCounted) {
  record_then({then::paid_in{5}, then::mused{"hm"}, then::rounded{1}, then::paid_in{5}},
              {.snapshot_every = 0});
  start<forgetful>({.unknown_events = unknown_events::skip});
  EXPECT_EQ(app_->status().skipped_events, 0U);
  const auto out = credit_one<forgetful>();
  ASSERT_TRUE(out.accepted()) << describe(*out.failed());
  EXPECT_EQ(out.accepted()->version, version{5});
  EXPECT_EQ(app_->status().skipped_events, 2U);
  EXPECT_EQ(app_->aggregate<forgetful>("ann").state()->state.cents, 11);
}

TEST_F(UnknownEvents, ThatAreSkippedAreSeenByALaterProgramAlthoughThereMayBeSnapshots) {
  record_then({then::moved{5, 2}}, {.snapshot_every = 0});
  start<forgetful>({.snapshot_every = 1, .unknown_events = unknown_events::skip});
  ASSERT_TRUE(credit_one<forgetful>().accepted());
  ASSERT_TRUE(app_->aggregate<forgetful>("bob").ask(now::credited{1}).accepted());
  app_.reset();
  start<reminded>({});
  EXPECT_EQ(app_->aggregate<reminded>("ann").state()->state.cents, 4);
}

TEST_F(UnknownEvents, MayBeTakenRaw) {
  record_then({then::mused{"hm"}}, {.codec = event_codec::binary});
  record_then({then::paid_in{5}, then::mused{"aha"}}, {.codec = event_codec::json});
  start<attentive>({.unknown_events = unknown_events::raw});
  const auto found = app_->aggregate<attentive>("ann").state();
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(
      found->state.story,
      (std::vector<std::string>{"mused v0 codec 1 4", "mused v0 codec 2 14", R"({"text":"aha"})"}));
  EXPECT_EQ(found->state.cents, 5);
  EXPECT_EQ(found->version, version{3});
  EXPECT_EQ(app_->status().skipped_events, 0U);
}

/// Its `evolve` would take anything, and means events.
struct generic : forgetful {
  template <class Fact> static void evolve(state& now, const Fact& fact) {
    now.cents += fact.cents;
  }
};
static_assert(evolves_raw<attentive>);
static_assert(!evolves_raw<generic>);

TEST_F(UnknownEvents, CannotBeTakenRawByAnEvolveForAnyEvent) {
  const auto started = try_start<generic>({.unknown_events = unknown_events::raw});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, error::code::bad_config);
}

TEST_F(UnknownEvents, CannotBeTakenRawWithoutAnEvolveForThem) {
  const auto started = try_start<forgetful>({.unknown_events = unknown_events::raw});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, error::code::bad_config);
  EXPECT_NE(started.error().detail.find("raw_event"), std::string::npos) << started.error().detail;
}

}  // namespace
}  // namespace cairn
