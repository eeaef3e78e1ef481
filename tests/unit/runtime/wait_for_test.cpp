#include "conformance/logbook_fixture.hpp"

#include <coroutine>
#include <optional>
#include <stdexcept>
#include <thread>

// Commands whose senders hear of them only when read models show what they did.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;

/// Counts lines; the slow one is held up by a gate.
template <bool IsSlow> struct line_count {
  static constexpr std::string_view stable_name = IsSlow ? "slow_count" : "quick_count";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<logbook>>;
  static inline gate* door = nullptr;
  /// Called by `apply`, while no runtime starts.
  static inline std::function<void(const std::string&)> on_apply;
  struct state {
    std::uint64_t count = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("count", count)); }
  };
  struct how_many {
    using answer = std::uint64_t;
  };
  static void apply(state& now, const recorded<logbook::wrote>& fact) {
    if (IsSlow && door != nullptr) door->pass(fact->line);
    if (on_apply) on_apply(fact->line);
    if (fact->line == "apply throws") throw std::runtime_error{"cannot apply"};
    ++now.count;
  }
  static std::uint64_t query(const state& now, const how_many& /*question*/) { return now.count; }
};
using quick = line_count<false>;
using slow = line_count<true>;

using names = std::vector<std::string>;

names late_of(const outcome<logbook>& out) {
  names found;
  for (const late_model& one : out.late())
    found.push_back(one.name + ": " + std::string{to_string(one.why.what)});
  return found;
}

class WaitFor : public logbooks {
 protected:
  WaitFor() {
    with = [](builder& parts) {
      parts.add<logbook>().add_read_model<quick>({.strong = true}).add_read_model<slow>();
    };
    slow::door = &door;
  }
  ~WaitFor() override {
    door.open();
    stop();
    slow::door = nullptr;
    quick::on_apply = nullptr;
  }
  /// What queries show right now.
  template <class Model> std::uint64_t count() {
    const auto found = app->template read<Model>().ask(typename Model::how_many{});
    EXPECT_TRUE(found) << describe(found.error());
    return found ? *found : 0;
  }
  /// Sends it without waiting.
  void send(const char* id, lines what, ask_options how) {
    at(id).ask(logbook::write{std::move(what)}, std::move(how), [this](outcome<logbook> out) {
      answers.put(std::move(out));
    });
  }

  /// Asks with ever more time, until it is enough for the commit: only that of the read model is to
  /// be too short. A repeat of what was committed after all gets its outcome.
  template <class Ask> static auto ask_until_committed(Ask ask) {
    std::chrono::nanoseconds timeout = 50ms;
    for (;;) {
      auto out = ask(timeout);
      if (out.accepted() || timeout > 1min) return out;
      timeout *= 2;
    }
  }

  gate door{{"stuck"}};
  collected<outcome<logbook>> answers;
};

TEST_F(WaitFor, ANamedModelAndItShowsWhatTheCommandDid) {
  start();
  for (std::uint64_t i = 1; i <= 50; ++i) {
    const auto out = ask("b", {"1"}, {.wait_for = {"slow_count", "quick_count"}});
    ASSERT_TRUE(out.accepted());
    EXPECT_TRUE(out.late().empty());
    EXPECT_EQ(count<slow>(), i);
    EXPECT_EQ(count<quick>(), i);
  }
}

TEST_F(WaitFor, ThoseThatAreNamedAndNoOther) {
  start();
  const auto out = ask("b", {"stuck"}, {.wait_for = {"quick_count"}});
  ASSERT_TRUE(out.accepted());
  EXPECT_TRUE(out.late().empty());
  EXPECT_EQ(count<quick>(), 1U);
}

TEST_F(WaitFor, HoldsTheAnswerBackAndNobodyUp) {
  start();
  send("b", {"stuck"}, {.timeout = 1h, .wait_for = {"slow_count"}});
  ASSERT_EQ(door.wait_for(1).size(), 1U);
  // Others go on, also with the same aggregate.
  EXPECT_TRUE(ask("b", {"2"}, {.wait_for = {"quick_count"}}).accepted());
  EXPECT_EQ(answers.size(), 0U);
  // The other one's credit comes back right behind its answer.
  EXPECT_GE(app->status().commands_in_flight, 1U);
  door.open();
  const auto all = answers.wait_for(1);
  ASSERT_TRUE(all[0].accepted());
  EXPECT_TRUE(all[0].late().empty());
}

TEST_F(WaitFor, SaysThatACommandWasAcceptedWhenAModelIsTooSlow) {
  start();
  const auto out = ask_until_committed([this](auto timeout) {
    return ask(
        "b",
        {"stuck"},
        {.command_id = "c-1", .timeout = timeout, .wait_for = {"slow_count", "quick_count"}});
  });
  ASSERT_TRUE(out.accepted()) << describe(*out.failed());
  EXPECT_EQ(out.accepted()->version, version{1});
  EXPECT_EQ(late_of(out), names{"slow_count: stale"});
  EXPECT_EQ(written("b"), lines{"stuck"});
  const auto later = ask_until_committed([this](auto timeout) {
    send("b", {"2"}, {.command_id = "c-2", .timeout = timeout, .wait_for = {"slow_count"}});
    return answers.wait_for(answers.size() + 1).back();
  });
  ASSERT_TRUE(later.accepted()) << describe(*later.failed());
  EXPECT_EQ(late_of(later), names{"slow_count: stale"});
}

TEST_F(WaitFor, DoesNotHoldACommandWithoutEvents) {
  start();
  ASSERT_TRUE(ask("b", {"stuck"}).accepted());
  for (const char* id : {"", "c-1"}) {
    const auto nothing =
        ask("b", {}, {.command_id = id, .timeout = 1h, .wait_for = {"slow_count"}});
    ASSERT_TRUE(nothing.accepted());
    EXPECT_TRUE(nothing.late().empty());
  }
  const auto refused = ask("b", {"no"}, {.timeout = 1h, .wait_for = {"slow_count"}});
  EXPECT_TRUE(refused.rejected());
}

TEST_F(WaitFor, RefusesWhatNobodyKnowsBeforeItIsTried) {
  start();
  const auto out = ask("b", {"1"}, {.wait_for = {"quick_count", "nobody"}});
  EXPECT_EQ(failure_of(out), error::code::unknown_name);
  EXPECT_NE(out.failed()->detail.find("nobody"), std::string::npos);
  const auto both =
      app->ask_atomically({.wait_for = {"nobody"}}, at("b").part(logbook::write{{"1"}}));
  ASSERT_TRUE(both.failed());
  EXPECT_EQ(both.failed()->what, error::code::unknown_name);
  EXPECT_EQ(written("b"), lines{});
}

TEST_F(WaitFor, StrongModelsWithoutTheirNames) {
  start();
  for (std::uint64_t i = 1; i <= 50; ++i) {
    const auto out = ask("b", {"stuck"}, {.wait_for = cairn::strong});
    ASSERT_TRUE(out.accepted());
    EXPECT_TRUE(out.late().empty());
    EXPECT_EQ(count<quick>(), i);
  }
}

TEST_F(WaitFor, AStoppedModelNoLonger) {
  start();
  const auto out = ask("b", {"apply throws"}, {.timeout = 1h, .wait_for = {"quick_count"}});
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(late_of(out), names{"quick_count: stopped"});
  const auto next = ask("b", {"2"}, {.timeout = 1h, .wait_for = {"quick_count"}});
  ASSERT_TRUE(next.accepted());
  EXPECT_EQ(late_of(next), names{"quick_count: stopped"});
}

TEST_F(WaitFor, ARepeatGetsItsOutcomeAndTheModelShowsIt) {
  start();
  ASSERT_TRUE(ask("b", {"1"}, {.command_id = "c-1"}).accepted());
  const auto again = ask("b", {"1"}, {.command_id = "c-1", .wait_for = {"slow_count"}});
  ASSERT_TRUE(again.accepted());
  EXPECT_TRUE(again.accepted()->repeated);
  EXPECT_EQ(count<slow>(), 1U);
}

TEST_F(WaitFor, ManyCommandsAndEachIsShown) {
  start();
  std::vector<addressed<logbook>> wishes;
  for (int i = 0; i < 500; ++i) {
    wishes.push_back({std::to_string(i % 20), logbook::write{{"1"}}, {.wait_for = {"slow_count"}}});
  }
  const auto all = app->ask_many<logbook>(std::move(wishes));
  EXPECT_EQ(count<slow>(), 500U);
  for (const auto& one : all) {
    ASSERT_TRUE(one.accepted());
    EXPECT_TRUE(one.late().empty());
  }
}

TEST_F(WaitFor, AnAtomicCommitAsAWhole) {
  start();
  const auto both = app->ask_atomically({.wait_for = {"slow_count"}},
                                        at("a").part(logbook::write{{"1", "2"}}),
                                        at("b").part(logbook::write{{"3"}}));
  ASSERT_TRUE(both.accepted());
  EXPECT_TRUE(both.late().empty());
  EXPECT_EQ(count<slow>(), 3U);
  const auto stuck = ask_until_committed([this](auto timeout) {
    return app->ask_atomically(
        {.command_id = "c-1", .timeout = timeout, .wait_for = {"slow_count"}},
        at("a").part(logbook::write{{"stuck"}}));
  });
  ASSERT_TRUE(stuck.accepted()) << describe(*stuck.failed());
  ASSERT_EQ(stuck.late().size(), 1U);
  EXPECT_EQ(stuck.late()[0].name, "slow_count");
  const auto nothing = app->ask_atomically({.timeout = 1h, .wait_for = {"slow_count"}},
                                           at("a").part(logbook::write{}));
  ASSERT_TRUE(nothing.accepted());
}

TEST_F(WaitFor, AGuardedCommandToo) {
  start();
  ask_options how{.wait_for = {"slow_count"}};
  how.guard.none_of = {{.tags = {"course:7"}}};
  ASSERT_TRUE(ask("b", {"1"}, how).accepted());
  EXPECT_EQ(count<slow>(), 1U);
  how.command_id = "c-1";
  const auto out = ask_until_committed([&](auto timeout) {
    how.timeout = timeout;
    return ask("b", {"stuck"}, how);
  });
  ASSERT_TRUE(out.accepted()) << describe(*out.failed());
  EXPECT_EQ(late_of(out), names{"slow_count: stale"});
}

/// A coroutine that nobody waits for.
struct detached {
  struct promise_type {
    detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

detached ask_twice(aggregate_handle<logbook> to, collected<outcome<logbook>>& answers) {
  auto first = to.co_ask(logbook::write{{"1"}}, {.wait_for = {"slow_count"}});
  answers.put(co_await first);
  // In the thread of the read model that has just been waited for.
  auto second = to.co_ask(logbook::write{{"2"}}, {.wait_for = {"slow_count"}});
  answers.put(co_await second);
}

TEST_F(WaitFor, IsForCoroutinesToo) {
  start();
  ask_twice(at("b"), answers);
  const auto all = answers.wait_for(2);
  EXPECT_EQ(count<slow>(), 2U);
  for (const auto& one : all) {
    ASSERT_TRUE(one.accepted());
    EXPECT_TRUE(one.late().empty());
  }
}

TEST_F(WaitFor, NeverMakesAModelWaitForItself) {
  std::optional<aggregate_handle<logbook>> other;
  collected<outcome<logbook>> sent;
  quick::on_apply = [&](const std::string& line) {
    if (line != "send") return;
    sent.put(other->ask(logbook::write{{"sent"}}, {.timeout = 1h, .wait_for = {"quick_count"}}));
  };
  start();
  other = at("other");
  const auto out = ask("b", {"send"}, {.wait_for = {"quick_count"}});
  ASSERT_TRUE(out.accepted());
  EXPECT_TRUE(out.late().empty());
  const auto inner = sent.wait_for(1);
  ASSERT_TRUE(inner[0].accepted());
  EXPECT_TRUE(inner[0].late().empty());
}

TEST_F(WaitFor, AnswersWhatItHoldsWhenTheRuntimeStops) {
  settings.stop_timeout = 100ms;
  start();
  send("b", {"stuck"}, {.timeout = 1h, .wait_for = {"slow_count"}});
  ASSERT_EQ(door.wait_for(1).size(), 1U);
  result<void> stopped;
  std::thread stopping{[&] {
    stopped = app->stop();
  }};
  const auto all = answers.wait_for(1);
  ASSERT_TRUE(all[0].accepted());
  EXPECT_EQ(late_of(all[0]), names{"slow_count: shutting_down"});
  door.open();
  stopping.join();
  EXPECT_TRUE(stopped) << describe(stopped.error());
}

}  // namespace
}  // namespace cairn::tests
