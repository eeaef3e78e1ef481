#include "conformance/logbook_fixture.hpp"

#include <mutex>

// Reading one's own writes: the cases of Commanded on strong consistency. Here it is the reader who
// names the model that it waits for.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;

/// Counts lines; the slow one is held up by a gate.
template <bool IsSlow, std::uint32_t Version = 1> struct line_count {
  static constexpr std::string_view stable_name = IsSlow ? "slow_count" : "quick_count";
  static constexpr std::uint32_t version = Version;
  using sources = cairn::sources<all_of<logbook>>;
  static inline gate* door = nullptr;
  struct state {
    std::uint64_t count = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("count", count)); }
  };
  struct how_many {
    using answer = std::uint64_t;
  };
  static void apply(state& now, const recorded<logbook::wrote>& fact) {
    if (IsSlow && door != nullptr) door->pass(fact->line);
    ++now.count;
  }
  static std::uint64_t query(const state& now, const how_many& /*question*/) { return now.count; }
};
using quick = line_count<false>;
using slow = line_count<true>;

class StrongReads : public logbooks {
 protected:
  StrongReads() {
    with = [](builder& parts) {
      parts.add<logbook>().add_read_model<quick>().add_read_model<slow>();
    };
    slow::door = &door;
  }
  ~StrongReads() override {
    door.open();
    stop();
    slow::door = nullptr;
  }
  template <class Model>
  result<std::uint64_t> count(position at_least, std::chrono::nanoseconds timeout = 60s) {
    return app->template read<Model>({.at_least = at_least, .timeout = timeout})
        .ask(typename Model::how_many{});
  }

  gate door{{"stuck"}};
};

TEST_F(StrongReads, WaitForTheModelThatIsNamedAndForNoOther) {
  start();
  const auto out = ask("b", {"stuck"});
  ASSERT_TRUE(out.accepted());
  const position mine = out.accepted()->position;
  ASSERT_EQ(door.wait_for(1).size(), 1U);
  EXPECT_EQ(*count<quick>(mine), 1U);
  door.open();
  EXPECT_EQ(*count<slow>(mine), 1U);
}

TEST_F(StrongReads, AreStaleWhenTheModelIsTooSlowAlthoughTheCommandSucceeded) {
  start();
  const auto out = ask("b", {"stuck"}, {.command_id = "c-1"});
  ASSERT_TRUE(out.accepted());
  const auto late = count<slow>(out.accepted()->position, 1ms);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().what, error::code::stale);
  EXPECT_EQ(written("b"), lines{"stuck"});
  door.open();
  EXPECT_EQ(*count<slow>(out.accepted()->position), 1U);
}

TEST_F(StrongReads, NeedNotWaitAfterACommandWithoutEvents) {
  start();
  const auto first = ask("b", {"1"});
  ASSERT_TRUE(first.accepted());
  ASSERT_EQ(*count<slow>(first.accepted()->position), 1U);
  const auto nothing = ask("b", {});
  ASSERT_TRUE(nothing.accepted());
  EXPECT_EQ(nothing.accepted()->position, first.accepted()->position);
  EXPECT_EQ(*count<slow>(nothing.accepted()->position, 0s), 1U);
}

TEST_F(StrongReads, ShowEventsOfRemovedAggregatesAlsoInAModelThatIsBuiltAnew) {
  start();
  ASSERT_TRUE(ask("b", {"1", "2"}).accepted());
  ASSERT_TRUE(at("b").remove().accepted());
  ASSERT_TRUE(ask("d", {"1"}).accepted());
  ASSERT_TRUE(at("d").tombstone().accepted());
  const auto last = ask("b", {"3"}, {.expected = expectation::none()});
  ASSERT_TRUE(last.accepted());
  EXPECT_EQ(*count<quick>(last.accepted()->position), 4U);
  using quick_anew = line_count<false, 2>;
  with = [](builder& parts) {
    parts.add<logbook>().add_read_model<quick_anew>();
  };
  restart();
  EXPECT_EQ(*count<quick_anew>(last.accepted()->position), 4U);
  EXPECT_EQ(app->events({.category = "conformance.logbook"})->events.size(), 1U);
}

/// A command whose effect sends the next one, and waits for nothing.
TEST_F(StrongReads, ShowWhatAnEffectHasSetInMotion) {
  collected<position> followed;
  logbook::on_commit = [&](const receipt& done) {
    if (done.version != version{1} || done.repeated) return;
    at("b").ask(logbook::write{{"follows"}}, {}, [&followed](const outcome<logbook>& out) {
      followed.put(out.accepted() != nullptr ? out.accepted()->position : position{});
    });
  };
  start();
  ASSERT_TRUE(ask("b", {"1"}).accepted());
  const position mine = followed.wait_for(1).at(0);
  EXPECT_EQ(mine.offset, 2U);
  EXPECT_EQ(*count<quick>(mine), 2U);
}

}  // namespace
}  // namespace cairn::tests
