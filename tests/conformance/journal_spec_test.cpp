#include "conformance/scribe.hpp"
#include "support/running.hpp"

#include <set>

// Pekko's JournalSpec, J01 to J22: windows of a replay, and what deletion does to them. A replay is
// history(), a deletion truncate_before(); the highest number is the version of the state.

namespace cairn::tests {
namespace {

using conformance::draw;
using conformance::scribe;
using conformance::write;

constexpr std::uint64_t all = UINT64_MAX;
using numbers = std::vector<std::uint64_t>;

/// Sees what is sent, as somebody who listens to an event stream would.
struct listener final : interceptor {
  result<void> before(intercepted_command& wish) override {
    seen.emplace_back(wish.command_type);
    return {};
  }
  std::vector<std::string> seen;
};

class JournalSpec : public running {
 protected:
  JournalSpec() {
    with = [this](builder& parts) {
      parts.add<scribe>().intercept(heard);
    };
    start();
    // Three alone, then two together; nobody waits between them.
    const std::vector<std::vector<std::string>> requests{{"a-1"}, {"a-2"}, {"a-3"}, {"a-4", "a-5"}};
    for (const auto& texts : requests)
      pid().ask(write{texts}, {}, [this](const outcome<scribe>& out) {
        answers.put(out.accepted() != nullptr ? out.accepted()->version.value : 0);
      });
    EXPECT_EQ(answers.wait_for(4), (numbers{1, 2, 3, 5}));
  }
  ~JournalSpec() override { stop(); }

  aggregate_handle<scribe> pid() { return app->aggregate<scribe>("p"); }

  /// The versions of what a replay shows; each is checked to be the event of that version.
  numbers replay(std::uint64_t from, std::uint64_t to, std::uint64_t max) {
    numbers shown;
    const auto events =
        pid().history({.after = {from == 0 ? 0 : from - 1}, .up_to = {to}, .limit = max});
    EXPECT_TRUE(events) << describe(events.error());
    if (!events) return shown;
    for (const recorded_event& one : *events) {
      EXPECT_EQ(one.aggregate_type, "scribe");
      EXPECT_EQ(one.aggregate_id, "p");
      EXPECT_EQ(one.json, R"({"text":"a-)" + std::to_string(one.version.value) + R"("})");
      shown.push_back(one.version.value);
    }
    return shown;
  }
  std::uint64_t highest() { return pid().state()->version.value; }
  void delete_up_to(std::uint64_t last) {
    const auto done = pid().truncate_before({last + 1});
    ASSERT_TRUE(done.accepted()) << describe(*done.failed());
    EXPECT_FALSE(done.accepted()->repeated);
  }

  std::shared_ptr<listener> heard = std::make_shared<listener>();
  collected<std::uint64_t> answers;
};

TEST_F(JournalSpec, ShowsAllEventsInOrder) {
  EXPECT_EQ(replay(1, all, all), (numbers{1, 2, 3, 4, 5}));
  EXPECT_EQ(highest(), 5U);
}

TEST_F(JournalSpec, BeginsAtALowerBound) {
  EXPECT_EQ(replay(3, all, all), (numbers{3, 4, 5}));
  EXPECT_EQ(highest(), 5U);
}

TEST_F(JournalSpec, EndsAtAnUpperBoundAndStillKnowsTheHighestNumber) {
  EXPECT_EQ(replay(1, 3, all), (numbers{1, 2, 3}));
  EXPECT_EQ(highest(), 5U);
}

TEST_F(JournalSpec, ShowsNoMoreThanALimit) {
  EXPECT_EQ(replay(1, all, 3), (numbers{1, 2, 3}));
  EXPECT_EQ(highest(), 5U);
}

TEST_F(JournalSpec, ShowsWhatIsBetweenTwoBounds) {
  EXPECT_EQ(replay(2, 3, all), (numbers{2, 3}));
  EXPECT_EQ(replay(2, 5, 2), (numbers{2, 3}));
}

TEST_F(JournalSpec, ShowsOneEventWhenBothBoundsAreTheSame) {
  EXPECT_EQ(replay(2, 2, all), numbers{2});
  EXPECT_EQ(replay(2, 4, 1), numbers{2});
}

TEST_F(JournalSpec, RefusesToShowNoEvents) {
  const auto none = pid().history({.after = {1}, .up_to = {4}, .limit = 0});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().what, error::code::bad_input);
  EXPECT_EQ(highest(), 5U);
}

TEST_F(JournalSpec, ShowsNothingWhenTheBoundsCross) {
  EXPECT_EQ(replay(3, 2, all), numbers{});
  EXPECT_EQ(replay(6, all, all), numbers{});
  EXPECT_EQ(highest(), 5U);
}

TEST_F(JournalSpec, ShowsNothingOfWhatWasNeverWritten) {
  const auto never = app->aggregate<scribe>("q");
  EXPECT_TRUE(never.history()->empty());
  EXPECT_EQ(never.state()->version, version{0});
}

TEST_F(JournalSpec, DeletesUpToANumberAndSaysSoOnce) {
  delete_up_to(3);
  EXPECT_EQ(replay(1, all, all), (numbers{4, 5}));
  EXPECT_EQ(heard->seen.back(), "cairn.truncate");
  EXPECT_EQ(std::count(heard->seen.begin(), heard->seen.end(), "cairn.truncate"), 1);
}

TEST_F(JournalSpec, KeepsTheHighestNumberWhenEventsAreDeleted) {
  EXPECT_EQ(replay(0, all, all), (numbers{1, 2, 3, 4, 5}));
  delete_up_to(3);
  EXPECT_EQ(replay(0, all, all), (numbers{4, 5}));
  EXPECT_EQ(highest(), 5U);
}

TEST_F(JournalSpec, KeepsTheHighestNumberWhenAllEventsAreDeleted) {
  EXPECT_EQ(replay(1, all, all), (numbers{1, 2, 3, 4, 5}));
  delete_up_to(5);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(replay(1, all, all), numbers{});
    EXPECT_EQ(highest(), 5U);
    restart();
  }
  // The next event goes on behind what nobody sees any more.
  ASSERT_TRUE(pid().ask(write{{"a-6"}}, {.expected = version{5}}).accepted());
  EXPECT_EQ(replay(1, all, all), numbers{6});
}

TEST_F(JournalSpec, ShowsTheSameWindowsOfWhatIsLeftAfterADeletion) {
  delete_up_to(3);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(replay(3, all, all), (numbers{4, 5}));
    EXPECT_EQ(replay(1, 2, all), numbers{});
    EXPECT_EQ(replay(1, 3, all), numbers{});
    EXPECT_EQ(replay(4, all, all), (numbers{4, 5}));
    EXPECT_EQ(replay(1, 4, all), numbers{4});
    EXPECT_EQ(replay(1, all, 1), numbers{4});
    EXPECT_EQ(highest(), 5U);
    restart();
  }
}

TEST_F(JournalSpec, RefusesOneOfThreeThatCannotBeStoredAndKeepsTheOthers) {
  std::vector<addressed<scribe>> wishes;
  for (const char* text : {"a-6", "cannot be stored", "a-7"})
    wishes.push_back({"p", write{{text}}});
  const auto outcomes = app->ask_many(std::move(wishes));
  ASSERT_TRUE(outcomes[0].accepted());
  EXPECT_EQ(outcomes[0].accepted()->version, version{6});
  ASSERT_TRUE(outcomes[1].failed());
  EXPECT_EQ(outcomes[1].failed()->what, error::code::user_code_threw);
  EXPECT_EQ(effect_of(outcomes[1].failed()->what), error::effect::none);
  ASSERT_TRUE(outcomes[2].accepted());
  EXPECT_EQ(outcomes[2].accepted()->version, version{7});
  EXPECT_EQ(replay(6, all, all), (numbers{6, 7}));
}

TEST_F(JournalSpec, GivesBackAPayloadThatHasAFormOfItsOwn) {
  ASSERT_EQ(pid().ask(draw{-3, 70}).accepted()->version, version{6});
  for (int i = 0; i < 2; ++i) {
    const auto shown = *pid().history({.after = {5}});
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(shown[0].version, version{6});
    EXPECT_EQ(shown[0].json, R"({"at":"-3/70"})");
    EXPECT_EQ(pid().state()->state.x, -3);
    EXPECT_EQ(pid().state()->state.y, 70);
    restart();
  }
}

TEST_F(JournalSpec, GivesBackWhatIsStoredBesideAnEvent) {
  ASSERT_TRUE(pid()
                  .ask(write{{"a-6"}},
                       {.command_id = "c-6",
                        .correlation_id = "request",
                        .causation_id = "click",
                        .principal = "ann",
                        .tags = {"red", "blue"}})
                  .accepted());
  for (int i = 0; i < 2; ++i) {
    const auto shown = *pid().history({.after = {5}, .up_to = {6}, .limit = 1});
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(shown[0].version, version{6});
    EXPECT_EQ(shown[0].json, R"({"text":"a-6"})");
    EXPECT_EQ(shown[0].command_id, "c-6");
    EXPECT_EQ(shown[0].correlation_id, "request");
    EXPECT_EQ(shown[0].causation_id, "click");
    EXPECT_EQ(shown[0].principal, "ann");
    EXPECT_EQ((std::set<std::string>{shown[0].tags.begin(), shown[0].tags.end()}),
              (std::set<std::string>{"red", "blue"}));
    EXPECT_EQ(highest(), 6U);
    restart();
  }
}

}  // namespace
}  // namespace cairn::tests
