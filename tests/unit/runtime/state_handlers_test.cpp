#include "support/door.hpp"
#include "support/running.hpp"

namespace doors {

/// Has been another class before.
struct repainted {
  static constexpr std::string_view stable_name = "repainted";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
};

}  // namespace doors

BOOST_CLASS_VERSION(doors::repainted, 3)

namespace cairn {
namespace {

using namespace doors;

using turned_states = std::variant<closed, locked, open>;

/// The same door, whose states stand in another order. It would lock with another code: so it shows
/// whether it has read the event or the state.
struct turned_door : door_with<turned_states> {
  using door_with<turned_states>::evolve;
  static locked evolve(closed&& now, const locked_it& /*fact*/) { return {now.knocks, 999, 0}; }
};

/// A program of another day, which may paint in any state.
struct painters_door : door {
  using door::decide;
  using door::evolve;
  static void evolve(state& /*now*/, const painted& /*fact*/) {}
};

class StateHandlers : public tests::running {
 protected:
  template <class Door> void use() {
    with = [this](builder& parts) {
      parts.add<Door>(options);
    };
  }
  StateHandlers() {
    use<door>();
    start();
  }
  ~StateHandlers() override { stop(); }

  template <class Door = door> outcome<Door> ask(typename Door::command wish) {
    return app->aggregate<Door>("d").ask(std::move(wish));
  }
  template <class Door = door> typename Door::state now() {
    const auto found = app->aggregate<Door>("d").state();
    EXPECT_TRUE(found) << describe(found.error());
    return found ? found->state : typename Door::state{};
  }

  aggregate_options options;
};

TEST_F(StateHandlers, TakeTheCommandsOfTheirStateAndNoOthers) {
  EXPECT_EQ(now(), door::state{closed{}});
  EXPECT_EQ(ask(close_it{}).failed()->what, error::code::unhandled);
  ASSERT_TRUE(ask(open_it{}).accepted());
  EXPECT_EQ(now(), door::state{open{}});
  EXPECT_EQ(ask(open_it{}).failed()->what, error::code::unhandled);
  EXPECT_EQ(ask(lock{7}).failed()->what, error::code::unhandled);
  ASSERT_TRUE(ask(close_it{}).accepted());
  EXPECT_EQ(app->status().unhandled, 3U);
}

TEST_F(StateHandlers, StayOrMoveToTheStateThatTheyReturn) {
  ASSERT_TRUE(ask(open_it{}).accepted());
  ASSERT_TRUE(ask(walk_through{}).accepted());
  EXPECT_EQ(now(), (door::state{open{0, 1}}));
  ASSERT_TRUE(ask(slam{false}).accepted());
  EXPECT_EQ(now(), door::state{closed{}});
  ASSERT_TRUE(ask(open_it{}).accepted());
  ASSERT_TRUE(ask(slam{true}).accepted());
  EXPECT_EQ(now(), door::state{locked{}});
}

TEST_F(StateHandlers, ComeBackWithTheStateThatTheirEventsGive) {
  ASSERT_TRUE(ask(lock{7}).accepted());
  ASSERT_TRUE(ask(unlock{8}).accepted());
  restart();
  EXPECT_EQ(now(), (door::state{locked{0, 7, 1}}));
  ASSERT_TRUE(ask(unlock{7}).accepted());
  EXPECT_EQ(now(), door::state{closed{}});
}

TEST_F(StateHandlers, OfAnyStateTakeWhatTheStateDoesNotDeclare) {
  ASSERT_TRUE(ask(knock{}).accepted());
  EXPECT_EQ(now(), door::state{closed{1}});
  ASSERT_TRUE(ask(open_it{}).accepted());
  EXPECT_EQ(*ask(knock{}).rejected(), door::rejection::nobody_there);
  ASSERT_TRUE(ask(close_it{}).accepted());
  ASSERT_TRUE(ask(lock{7}).accepted());
  ASSERT_TRUE(ask(knock{}).accepted());
  EXPECT_EQ(now(), (door::state{locked{2, 7, 0}}));
}

TEST_F(StateHandlers, DecideInStepsThatMoveFromStateToState) {
  const auto out = ask(enter{});
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(out.accepted()->version, version{2});
  EXPECT_EQ(now(), (door::state{open{0, 1}}));
  EXPECT_EQ(ask(enter{}).failed()->what, error::code::unhandled);
}

TEST_F(StateHandlers, ThatAreMissingForANewEventLetNothingBeStored) {
  ASSERT_TRUE(ask(paint{}).accepted());
  ASSERT_TRUE(ask(open_it{}).accepted());
  const auto out = ask(paint{});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::user_code_threw);
  EXPECT_NE(out.failed()->detail.find("no evolve for the event painted in the state open"),
            std::string::npos)
      << out.failed()->detail;
  EXPECT_EQ(now(), door::state{open{}});
  ASSERT_TRUE(ask(walk_through{}).accepted());
  EXPECT_EQ(now(), (door::state{open{0, 1}}));
}

TEST_F(StateHandlers, ThatAreMissingForAStoredEventPutTheAggregateAside) {
  stop();
  use<painters_door>();
  start();
  ASSERT_TRUE(ask<painters_door>(open_it{}).accepted());
  ASSERT_TRUE(ask<painters_door>(paint{}).accepted());
  stop();
  use<door>();
  start();
  const auto out = ask(walk_through{});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::put_aside);
  EXPECT_NE(out.failed()->detail.find("no evolve for the event painted in the state open"),
            std::string::npos)
      << out.failed()->detail;
  ASSERT_TRUE(app->aggregate<door>("another").ask(open_it{}).accepted());
}

TEST_F(StateHandlers, AreGivenSnapshotsByTheNameOfTheState) {
  stop();
  options.snapshot_every = 2;
  start();
  ASSERT_TRUE(ask(knock{}).accepted());
  ASSERT_TRUE(ask(lock{7}).accepted());
  stop();
  use<turned_door>();
  start();
  EXPECT_EQ(now<turned_door>(), (turned_door::state{locked{1, 7, 0}}));
  ASSERT_TRUE(ask<turned_door>(unlock{7}).accepted());
  EXPECT_EQ(now<turned_door>(), turned_door::state{closed{1}});
}

TEST(SnapshotsOfStates, AreOfAnotherVersionWhenThatOfAnyStateIsRaised) {
  EXPECT_EQ(detail::typed_aggregate<door>{}.state_schema_version(), 0U);
  EXPECT_EQ((detail::state_schema_version<std::variant<closed, repainted, open>>), 3U);
}

TEST(SnapshotsOfStates, HaveTheSameBytesInWhateverOrderTheStatesStand) {
  byte_buffer one;
  encode(door::state{locked{1, 7, 2}}, one);
  byte_buffer other;
  encode(turned_door::state{locked{1, 7, 2}}, other);
  EXPECT_EQ(one.text(), other.text());
}

}  // namespace
}  // namespace cairn
