#include "lmdb/lmdb_snapshots.hpp"
#include "support/purse.hpp"
#include "support/running.hpp"

#include "cairn/cairn.hpp"
#include "cairn/testing.hpp"
#include "cairn/testing/aggregate_kit.hpp"
#include "cairn/testing/read_model_kit.hpp"

#include <gtest/gtest-spi.h>

namespace cairn {
namespace {

using purses::act;
using purses::looked_at;
using purses::old_purse;
using purses::opened;
using purses::paid;
using purses::purse;
using purses::rounded;
using purses::row;
using purses::row_v1;
using words = std::vector<std::string>;

/// Name, version and schema version of each event that it gets to see.
struct diary {
  static constexpr std::string_view stable_name = "test.diary";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<purse>>;
  struct state {
    words lines;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("lines", lines)); }
  };
  template <class Fact> static void apply(state& now, const recorded<Fact>& fact) {
    now.lines.push_back(std::string{fact.meta.event_type} + " @" +
                        std::to_string(fact.meta.version.value));
  }
  struct all {
    using answer = words;
  };
  static words query(const state& now, const all& /*question*/) { return now.lines; }
};

class StoredForms : public tests::running, public ::testing::WithParamInterface<event_codec> {
 protected:
  StoredForms() {
    with = [this](builder& parts) {
      parts.add<purse>({.snapshot_every = snapshot_every_, .codec = GetParam()})
          .add_read_model<diary>();
    };
    start();
  }
  ~StoredForms() override { stop(); }

  aggregate_handle<purse> p() { return app->aggregate<purse>("p"); }
  void perform(const std::vector<act>& acts) {
    for (const act& one : acts) {
      const auto out = p().ask(one);
      ASSERT_TRUE(out.accepted()) << describe(*out.failed());
    }
  }
  words story() {
    const auto found = p().state();
    EXPECT_TRUE(found) << describe(found.error());
    return found ? found->state.story : words{};
  }

  std::uint32_t snapshot_every_ = 0;
};

TEST_P(StoredForms, AreWhatHistoryShowsAndBecomeTheEventsAgain) {
  perform({{"open"}, {"pay", 5}, {"round", 3}, {"round", 30}});
  const words told{"opened", "paid 5", "rounded 3", "rounded 30"};
  EXPECT_EQ(story(), told);
  restart();
  EXPECT_EQ(story(), told);
  perform({{"pay", 1}});
  EXPECT_EQ(p().state()->state.cents, 6);
  words shown;
  const auto events = p().history();
  ASSERT_TRUE(events);
  for (const recorded_event& one : *events)
    shown.push_back(one.event_type + one.json);
  EXPECT_EQ(shown,
            (words{R"(opened{"owner":"ann"})",
                   R"(row{"amount":5,"reason":"paid"})",
                   R"(rounded{"cents":3})",
                   R"(row{"amount":30,"reason":"rounded"})",
                   R"(row{"amount":1,"reason":"paid"})"}));
  EXPECT_EQ(app->events({.event_type = "row"})->events.size(), 3U);
}

TEST_P(StoredForms, ThatAreDroppedKeepTheirNumberAndAreNotReplayed) {
  perform({{"pay", 1}, {"look"}, {"pay", 1}});
  restart();
  const auto out = p().ask(act{"pay", 1});
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(out.accepted()->version, version{4});
  EXPECT_EQ(out.accepted()->position.offset, 4U);
  EXPECT_EQ(p().state()->state.cents, 3);
  EXPECT_EQ(p().state()->state.story.size(), 3U);
  const auto events = p().history();
  ASSERT_EQ(events->size(), 4U);
  EXPECT_EQ((*events)[1].event_type, "cairn.dropped");
  EXPECT_EQ((*events)[1].json, "null");
  EXPECT_EQ((*events)[1].version, version{2});
}

TEST_P(StoredForms, LeaveSnapshotsToAggregatesThatDropped) {
  snapshot_every_ = 2;
  restart();
  perform({{"pay", 1}, {"look"}, {"round", 0}, {"pay", 1}});
  restart();
  perform({{"look"}, {"look"}});
  EXPECT_EQ(story(), (words{"paid 1", "paid 1"}));
  stop();
  const auto snapshots = persistence::lmdb::open_snapshots(settings.store / "snapshots", 64 * mib);
  ASSERT_TRUE(snapshots) << describe(snapshots.error());
  std::optional<version> damaged;
  const auto found = (*snapshots)->find({"test.purse", "p"}, version{UINT64_MAX}, 9, damaged);
  ASSERT_FALSE(found->empty());
  EXPECT_EQ(found->front().version, version{6});
}

TEST_P(StoredForms, AreShownToReadModelsAsTheEventsThatTheyStandFor) {
  perform({{"open"}, {"pay", 5}, {"look"}, {"round", 3}, {"round", 30}});
  for (int i = 0; i < 2; ++i) {
    const auto lines = app->read<diary>({.caught_up = true}).ask(diary::all{});
    ASSERT_TRUE(lines) << describe(lines.error());
    EXPECT_EQ(*lines, (words{"opened @1", "paid @2", "rounded @4", "rounded @5"}));
    restart();
  }
}

TEST_P(StoredForms, OfOlderProgramsAreUpcastFirst) {
  stop();
  {
    auto old = builder{settings}.add<old_purse>({.codec = GetParam()}).start();
    ASSERT_TRUE(old);
    ASSERT_TRUE(old->aggregate<old_purse>("p").ask(row_v1{7}).accepted());
  }
  start();
  perform({{"pay", 1}});
  EXPECT_EQ(story(), (words{"paid 7", "paid 1"}));
  const auto lines = app->read<diary>({.caught_up = true}).ask(diary::all{});
  EXPECT_EQ(*lines, (words{"paid @1", "paid @2"}));
}

TEST_P(StoredForms, WhoseAdapterThrowsStoreNothing) {
  perform({{"pay", 1}});
  const auto out = p().ask(act{"pay", 13});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::user_code_threw);
  EXPECT_NE(out.failed()->detail.find("/p: to_stored or serialize of paid: unlucky"),
            std::string::npos)
      << out.failed()->detail;
  perform({{"pay", 2}});
  EXPECT_EQ(p().state()->version, version{2});
  EXPECT_EQ(story(), (words{"paid 1", "paid 2"}));
}

TEST_P(StoredForms, OfAProgramThatDoesNotKnowThemPutTheAggregateAsideByName) {
  perform({{"pay", 1}});
  stop();
  auto old = builder{settings}.add<old_purse>().start();
  ASSERT_TRUE(old);
  const auto out = old->aggregate<old_purse>("p").ask(opened{"x"});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::put_aside);
  EXPECT_NE(out.failed()->detail.find("unknown_name"), std::string::npos);
  EXPECT_NE(out.failed()->detail.find("\"row\""), std::string::npos) << out.failed()->detail;
}

TEST_P(StoredForms, AreNotNeededToPassOverWhatWasDropped) {
  perform({{"look"}});
  stop();
  auto old = builder{settings}.add<old_purse>().start();
  ASSERT_TRUE(old);
  const auto out = old->aggregate<old_purse>("p").ask(opened{"x"});
  ASSERT_TRUE(out.accepted()) << describe(*out.failed());
  EXPECT_EQ(out.accepted()->version, version{2});
}

INSTANTIATE_TEST_SUITE_P(InBothCodecs,
                         StoredForms,
                         ::testing::Values(event_codec::binary, event_codec::json),
                         [](const auto& codec) {
                           return codec.param == event_codec::json ? "Json" : "Binary";
                         });

// -- in the kits ----------------------------------------------------------------------------------

TEST(StoredFormsInTheKits, GoThroughTheAdaptersThere) {
  testing::given<purse>(paid{5}, row{3, "paid"}, row_v1{2}, looked_at{}, rounded{1})
      .when(act{"pay", 4})
      .then(paid{4})
      .then_state({.cents = 14, .story = {"paid 5", "paid 3", "paid 2", "rounded 1", "paid 4"}});
  testing::aggregate_kit<purse> kit;
  kit.given(opened{"ann"}, paid{5}, looked_at{});
  kit.run(act{"pay", 4}).expect_events(paid{4});
  kit.run(act{"look"}).expect_no_events();
  kit.run(act{"round", 30}).expect_events(rounded{30});
  kit.restart();
  kit.journal().expect_next(row{4, "paid"});
  testing::read_model_kit<diary> model;
  model.given<purse>("p", paid{5}).given<purse>("p", looked_at{}).given<purse>("p", paid{6});
  ASSERT_TRUE(model.run());
  model.expect(diary::all{}, {"paid @1", "paid @3"});
}

/// Forgets cents on the way to the store.
struct careless : purse {
  using purse::to_stored;
  static row to_stored(const paid& fact) { return {fact.cents / 10 * 10, "paid"}; }
};

/// Has a state that rests on events which it drops.
struct counting_looks : purse {
  using purse::evolve;
  static void evolve(state& now, const looked_at& /*fact*/) { ++now.cents; }
};

TEST(StoredFormsInTheKits, ThatLoseSomethingAreNoticed) {
  using testing::given;
  EXPECT_NONFATAL_FAILURE(given<careless>().when(act{"pay", 14}),
                          "changed when stored and read back, through");
  EXPECT_NONFATAL_FAILURE((void)given<careless>(paid{14}).when(act{"open"}), "the given event");
  given<careless>(paid{10}).when(act{"pay", 20}).then(paid{20});
  testing::aggregate_kit<careless> kit;
  EXPECT_NONFATAL_FAILURE(kit.run(act{"pay", 14}), "the event paid{...} changed");
  testing::aggregate_kit<counting_looks> other;
  EXPECT_NONFATAL_FAILURE(other.run(act{"look"}), "its stored events give");
}

}  // namespace
}  // namespace cairn
