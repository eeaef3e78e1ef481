#include "support/counter.hpp"

#include "cairn/testing/simulation.hpp"

#include <gtest/gtest.h>

#include <string>

// At the end of a run: the states of running aggregates beside those that their events give.

namespace cairn::tests {
namespace {

using counting::add;
using counting::counter;
using testing::simulated_client;
using testing::simulation;
using testing::simulation_options;

struct pushed {
  static constexpr std::string_view stable_name = "pushed";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const pushed&) const = default;
};
struct push {
  static constexpr std::string_view stable_name = "push";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const push&) const = default;
};

/// Counts its events, with two slips: it may look at something else, and its snapshot lacks a
/// field.
struct button {
  static constexpr std::string_view stable_name = "button";
  struct state {
    int pushes = 0;
    int since_snapshot = 0;
    template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
      fields(ar, field("pushes", pushes));
    }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { none };
  using command = std::variant<push>;
  using event = std::variant<pushed>;
  using decision = cairn::decision<event, rejection>;

  static inline int weight = 1;
  static inline int forgotten = 0;

  static decision decide(const state& /*now*/, const push& /*wish*/) { return pushed{}; }
  static void evolve(state& now, const pushed& /*fact*/) {
    now.pushes += weight;
    now.since_snapshot += forgotten;
  }
};

class LiveStates : public ::testing::Test {
 protected:
  ~LiveStates() override {
    button::weight = 1;
    button::forgotten = 0;
  }

  /// One client pushes a button so often; `between` is called before each push.
  static testing::simulation_report run_button(aggregate_options options,
                                               const std::function<void(int)>& between = {}) {
    simulation world{1};
    world.add<button>(options);
    world.client([&between, pushes = 0](simulated_client& me) mutable {
      if (between) between(pushes);
      me.aggregate<button>("b").ask(
          push{}, {}, [](const outcome<button>& out) { EXPECT_TRUE(out.accepted()); });
      return ++pushes < 5;
    });
    return world.run();
  }
};

TEST_F(LiveStates, AreThoseThatTheirEventsGive) {
  const auto done = run_button({.snapshot_every = 2});
  EXPECT_TRUE(done.ok()) << describe(done);
}

TEST_F(LiveStates, ThatRestOnMoreThanEventsFailTheRun) {
  const auto done = run_button({}, [](int pushes) { button::weight = pushes == 3 ? 10 : 1; });
  EXPECT_NE(done.failure.find("button/b: the running aggregate has the state {\"pushes\":14}, its "
                              "stored events give {\"pushes\":5}"),
            std::string::npos)
      << describe(done);
}

TEST_F(LiveStates, OfWhichASnapshotLosesSomethingFailTheRun) {
  button::forgotten = 1;
  const auto done = run_button({.snapshot_every = 2});
  EXPECT_NE(done.failure.find("a reader is shown"), std::string::npos) << describe(done);
  const auto without = run_button({});
  EXPECT_TRUE(without.ok()) << describe(without);
}

/// What is lost with a crash, refused by a disk, or removed, is not there on either side.
TEST_F(LiveStates, HoldWhateverFails) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    simulation world{seed,
                     {.fail_writes = 0.1,
                      .uncertain_writes = 0.02,
                      .crash_writes = 0.02,
                      .crashes = 0.002,
                      .lose_messages = 0.05}};
    world.add<counter>({.snapshot_every = 3});
    for (int i = 0; i < 3; ++i) {
      world.client([left = 20](simulated_client& me) mutable {
        const auto id = "c" + std::to_string(left % 4);
        me.aggregate<counter>(id).ask(add{1}, {}, [](const outcome<counter>& /*out*/) {});
        return --left > 0;
      });
    }
    const auto done = world.run();
    ASSERT_TRUE(done.ok()) << describe(done);
    if (world.app().aggregate<counter>("c0").remove().accepted()) {
      ASSERT_TRUE(world.app().aggregate<counter>("c0").ask(add{1}).accepted());
      world.client([](simulated_client& /*me*/) { return false; });
      const auto again = world.run();
      ASSERT_TRUE(again.ok()) << describe(again);
    }
  }
}

}  // namespace
}  // namespace cairn::tests
