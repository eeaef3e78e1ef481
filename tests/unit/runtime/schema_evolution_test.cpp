#include "support/ledger_versions.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>

// Two versions of a program, one after the other, on one store.

namespace cairn {
namespace {

using story = std::vector<std::string>;

/// What a read model has got to see: name, position and version of each event.
using seen_events = std::vector<std::string>;

template <class Fact> std::string words_for(const recorded<Fact>& fact) {
  std::string words{fact.meta.event_type};
  words += " v" + std::to_string(fact.meta.schema_version) + " @" +
           std::to_string(fact.meta.version.value) + "/" +
           std::to_string(fact.meta.position.offset);
  for (const std::string_view tag : fact.meta.tags)
    words.append(" #").append(tag);
  return words;
}

/// In memory: everything.
struct diary {
  static constexpr std::string_view stable_name = "test.diary";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<now::ledger>>;
  struct state {
    seen_events seen;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("seen", seen)); }
  };
  template <class Fact> static void apply(state& now, const recorded<Fact>& fact) {
    now.seen.push_back(words_for(fact));
  }
  struct all {
    using answer = seen_events;
  };
  static seen_events query(const state& now, const all& /*question*/) { return now.seen; }
};

/// On disk: adjustments and credits, in the order of the journal.
struct corrections {
  static constexpr std::string_view stable_name = "test.corrections";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<some_of<now::ledger, now::adjusted, now::credited>>;
  struct tables {
    table<std::uint64_t, std::string> by_offset;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("by_offset", by_offset));
    }
  };
  static void apply(tables& now, const recorded<now::adjusted>& fact) {
    now.by_offset.put(fact.meta.position.offset, words_for(fact) + " " + fact->reason);
  }
  static void apply(tables& now, const recorded<now::credited>& fact) {
    now.by_offset.put(fact.meta.position.offset, words_for(fact));
  }
  struct all {
    using answer = seen_events;
  };
  static seen_events query(const tables& now, const all& /*question*/) {
    seen_events found;
    now.by_offset.each(
        [&found](std::uint64_t, const std::string& words) { found.push_back(words); });
    return found;
  }
};

class SchemaEvolution : public ::testing::TestWithParam<event_codec> {
 protected:
  template <class Ledger> void start(aggregate_options options = {}) {
    app_.reset();
    builder parts{small_store()};
    parts.add<Ledger>(options);
    if constexpr (std::is_same_v<Ledger, now::ledger>) {
      parts.add_read_model<diary>().add_read_model<corrections>();
    }
    auto started = std::move(parts).start();
    ASSERT_TRUE(started) << describe(started.error());
    app_.emplace(*std::move(started));
  }
  config small_store() { return tests::small_store(directory_.path()); }

  template <class Ledger> void record(const std::vector<typename Ledger::event>& facts) {
    for (const auto& fact : facts) {
      const auto out = app_->aggregate<Ledger>("ann").ask(fact);
      ASSERT_TRUE(out.accepted()) << describe(*out.failed());
    }
  }
  /// The older program writes these, and ends.
  void record_then(const std::vector<then::ledger::event>& facts) {
    start<then::ledger>({.snapshot_every = 2, .codec = GetParam()});
    record<then::ledger>(facts);
  }
  void start_now() { start<now::ledger>({.codec = GetParam()}); }

  aggregate_state<now::ledger> ann_now() {
    const auto found = app_->aggregate<now::ledger>("ann").state();
    EXPECT_TRUE(found) << describe(found.error());
    return *found;
  }
  template <class Model> seen_events seen_by() {
    const auto answer = app_->read<Model>({.caught_up = true}).ask(typename Model::all{});
    EXPECT_TRUE(answer) << describe(answer.error());
    return answer ? *answer : seen_events{};
  }

  tests::temporary_directory directory_;
  std::optional<runtime> app_;
};

TEST_P(SchemaEvolution, ANewProgramReadsWhatTheOldOneWroteAndGoesOn) {
  record_then({then::opened{"ann"},
               then::paid_in{50},
               then::moved{20, 10},
               then::rounded{1},
               then::rounded{0},
               then::mused{"hm"},
               then::adjusted{-3}});
  start_now();
  const story past{"opened in EUR", "+50", "+20", "-10", "+1", "code 7: -3"};
  EXPECT_EQ(ann_now().state.story, past);
  EXPECT_EQ(ann_now().state.cents, 58);
  record<now::ledger>({now::credited{2}, now::adjusted{1, "oops"}});
  start_now();
  story all = past;
  all.insert(all.end(), {"+2", "oops: 1"});
  EXPECT_EQ(ann_now().state.story, all);
  EXPECT_EQ(ann_now().version, version{9});
}

TEST_P(SchemaEvolution, AnEventThatIsDroppedKeepsItsNumber) {
  record_then({then::paid_in{1}, then::mused{"hm"}, then::paid_in{1}});
  start_now();
  const auto out = app_->aggregate<now::ledger>("ann").ask(now::credited{1});
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(out.accepted()->version, version{4});
  EXPECT_EQ(out.accepted()->position.offset, 4U);
  EXPECT_EQ(ann_now().state.cents, 3);
  EXPECT_EQ(ann_now().version, version{4});
}

TEST_P(SchemaEvolution, TheStateOfAnyVersionIsReadThroughTheSameUpcasts) {
  record_then({then::moved{20, 10}, then::mused{"hm"}, then::paid_in{5}});
  start_now();
  const std::vector<std::int64_t> cents{0, 10, 10, 15};
  for (std::uint64_t v = 0; v < cents.size(); ++v) {
    const auto then = app_->aggregate<now::ledger>("ann").state_at(version{v});
    ASSERT_TRUE(then) << describe(then.error());
    EXPECT_EQ(then->version, version{v});
    EXPECT_EQ(then->state.cents, cents[v]);
  }
}

TEST_P(SchemaEvolution, HistoryShowsEventsAsTheyWereStored) {
  record_then({then::paid_in{50}, then::moved{20, 10}, then::adjusted{3}});
  start_now();
  record<now::ledger>({now::adjusted{4, "oops"}});
  const auto events = app_->aggregate<now::ledger>("ann").history();
  ASSERT_TRUE(events);
  std::vector<std::string> shown;
  for (const recorded_event& one : *events) {
    shown.push_back(one.event_type + " v" + std::to_string(one.schema_version) + " " + one.json);
  }
  EXPECT_EQ(shown,
            (std::vector<std::string>{R"(paid_in v0 {"cents":50})",
                                      R"(moved v0 {"in":20,"out":10})",
                                      R"(adjusted v0 {"cents":3})",
                                      R"(adjusted v2 {"#v":2,"cents":4,"reason":"oops"})"}));
}

TEST_P(SchemaEvolution, ReadModelsGetTheEventsOfToday) {
  record_then({then::opened{"ann"},
               then::moved{20, 10},
               then::mused{"hm"},
               then::adjusted{3},
               then::paid_in{5}});
  start_now();
  const seen_events past{"opened v0 @1/1",
                         "credited v0 @2/2",
                         "debited v0 @2/2",
                         "adjusted v0 @4/4",
                         "credited v0 @5/5"};
  EXPECT_EQ(seen_by<diary>(), past);
  EXPECT_EQ(seen_by<corrections>(),
            (seen_events{"credited v0 @2/2", "adjusted v0 @4/4 code 7", "credited v0 @5/5"}));
  record<now::ledger>({now::adjusted{1, "oops"}});
  EXPECT_EQ(seen_by<diary>().back(), "adjusted v2 @6/6");
  EXPECT_EQ(seen_by<corrections>().back(), "adjusted v2 @6/6 oops");
  start_now();
  EXPECT_EQ(seen_by<diary>().size(), past.size() + 1);
  EXPECT_EQ(seen_by<corrections>().size(), 4U);
}

TEST_P(SchemaEvolution, EachEventThatComesOfOneHasWhatIsStoredBesideIt) {
  record_then({});
  ASSERT_TRUE(app_->aggregate<then::ledger>("ann")
                  .ask(then::moved{20, 10}, {.tags = {"vip", "eu"}})
                  .accepted());
  start_now();
  EXPECT_EQ(seen_by<diary>(),
            (seen_events{"credited v0 @1/1 #vip #eu", "debited v0 @1/1 #vip #eu"}));
}

TEST_P(SchemaEvolution, AnUpcastThatThrowsPutsTheAggregateAsideAndStopsTheReadModel) {
  record_then({then::moved{-1, 0}});
  start_now();
  const auto out = app_->aggregate<now::ledger>("ann").ask(now::credited{1});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::put_aside);
  EXPECT_NE(out.failed()->detail.find("version 1 (moved): user_code_threw: upcast: moved less"),
            std::string::npos)
      << out.failed()->detail;
  EXPECT_TRUE(app_->aggregate<now::ledger>("bob").ask(now::credited{1}).accepted());
  const auto answer = app_->read<diary>({.caught_up = true}).ask(diary::all{});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what, error::code::stopped);
}

TEST_P(SchemaEvolution, AnOlderProgramSaysThatAnEventIsTooNewForIt) {
  start_now();
  record<now::ledger>({now::adjusted{1, "oops"}});
  start<then::ledger>({.codec = GetParam()});
  const auto out = app_->aggregate<then::ledger>("ann").ask(then::paid_in{1});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::put_aside);
  EXPECT_NE(out.failed()->detail.find("version 1 (adjusted): newer_format: \"adjusted\" was "
                                      "written by the newer schema version 2; this program knows "
                                      "versions up to 0"),
            std::string::npos)
      << out.failed()->detail;
}

INSTANTIATE_TEST_SUITE_P(InBothCodecs,
                         SchemaEvolution,
                         ::testing::Values(event_codec::binary, event_codec::json),
                         [](const auto& codec) {
                           return codec.param == event_codec::json ? "Json" : "Binary";
                         });

// -- codecs ---------------------------------------------------------------------------------------

/// A program that has forgotten everything but credits.
struct stranger {
  static constexpr std::string_view stable_name = "test.ledger";
  struct state {};
  enum class rejection : std::uint8_t { none };
  using event = std::variant<now::credited>;
  using command = event;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& /*now*/, const now::credited& fact) { return fact; }
  static void evolve(state& /*now*/, const now::credited& /*fact*/) {}
};

class EventCodec : public SchemaEvolution {};

TEST_F(EventCodec, MayChangeWithinAStream) {
  for (const event_codec codec : {event_codec::binary, event_codec::json, event_codec::binary}) {
    start<now::ledger>({.snapshot_every = 0, .codec = codec});
    record<now::ledger>({now::credited{1}});
  }
  EXPECT_EQ(ann_now().state.story, (story{"+1", "+1", "+1"}));
  EXPECT_EQ(seen_by<diary>().size(), 3U);
}

TEST_F(EventCodec, JsonIsStoredAsTextThatNeedsNoProgram) {
  start<then::ledger>({.codec = event_codec::json});
  record<then::ledger>({then::mused{"to be or not"}});
  start<stranger>();
  const auto events = app_->aggregate<stranger>("ann").history();
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 1U);
  EXPECT_EQ(events->front().json, R"({"text":"to be or not"})");
}

TEST_F(EventCodec, JsonThatCouldNotBeReadAgainIsNotWritten) {
  config settings = small_store();
  settings.in_memory = true;
  settings.event_bytes_max = 64 * mib;
  settings.commit_bytes_max = 64 * mib;
  auto app = builder{settings}.add<then::ledger>({.codec = event_codec::json}).start();
  ASSERT_TRUE(app) << describe(app.error());
  const auto out =
      app->aggregate<then::ledger>("ann").ask(then::mused{std::string(json_text_max_bytes, 'x')});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::too_large);
}

}  // namespace
}  // namespace cairn
