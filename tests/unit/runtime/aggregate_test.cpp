#include "support/account.hpp"
#include "support/running_aggregates.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <coroutine>
#include <exception>
#include <filesystem>
#include <fstream>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

namespace cairn {
namespace {

using bank::account;
using bank::deposit;
using bank::open;
using bank::withdraw;
using tests::grumpy;
using tests::small_store;

class Runtime : public tests::running_aggregates {};

TEST_F(Runtime, KeepsAggregatesOverARestart) {
  start();
  auto ann = app_->aggregate<account>("ann");
  ASSERT_TRUE(ann.ask(open{"ann"}).accepted());
  ASSERT_TRUE(ann.ask(deposit{70}).accepted());
  restart();
  auto again = app_->aggregate<account>("ann");
  const auto out = again.ask(withdraw{80});
  ASSERT_TRUE(out.rejected());
  EXPECT_EQ(*out.rejected(), account::rejection::insufficient_funds);
  const auto fine = again.ask(withdraw{70});
  ASSERT_TRUE(fine.accepted());
  EXPECT_EQ(fine.accepted()->version, version{3});
  EXPECT_EQ(fine.accepted()->position.offset, 3U);
}

TEST_F(Runtime, AnswersARepeatedCommandFromTheStoreAfterARestart) {
  start();
  ASSERT_TRUE(app_->aggregate<account>("ann").ask(open{"ann"}).accepted());
  const auto first = app_->aggregate<account>("ann").ask(deposit{5}, {.command_id = "req-1"});
  ASSERT_TRUE(app_->aggregate<account>("ann").ask(withdraw{9}, {.command_id = "req-2"}).rejected());
  ASSERT_TRUE(
      app_->aggregate<grumpy>("g").ask(grumpy::poke{"nothing"}, {.command_id = "g-1"}).accepted());
  restart();
  ASSERT_TRUE(app_->aggregate<account>("ann").ask(deposit{100}).accepted());
  const auto again = app_->aggregate<account>("ann").ask(deposit{5}, {.command_id = "req-1"});
  ASSERT_TRUE(again.accepted());
  EXPECT_TRUE(again.accepted()->repeated);
  EXPECT_EQ(again.accepted()->version, first.accepted()->version);
  EXPECT_EQ(again.accepted()->position, first.accepted()->position);
  EXPECT_TRUE(app_->aggregate<account>("ann").ask(withdraw{9}, {.command_id = "req-2"}).rejected());
  const auto nothing = app_->aggregate<grumpy>("g").ask(grumpy::poke{"now"}, {.command_id = "g-1"});
  ASSERT_TRUE(nothing.accepted());
  EXPECT_TRUE(nothing.accepted()->repeated);
  EXPECT_EQ(nothing.accepted()->version, version{0});
}

TEST_F(Runtime, ShowsTheStateAtAVersionAndAtATime) {
  start();
  auto ann = app_->aggregate<account>("ann");
  ASSERT_TRUE(ann.ask(open{"ann"}).accepted());
  for (int i = 1; i <= 30; ++i)
    ASSERT_TRUE(ann.ask(deposit{1}).accepted());
  const auto now = ann.state();
  ASSERT_TRUE(now) << describe(now.error());
  EXPECT_EQ(now->version, version{31});
  EXPECT_EQ(now->state.balance_cents, 30);
  for (std::uint64_t v = 0; v <= 31; ++v) {
    const auto then = ann.state_at(version{v});
    ASSERT_TRUE(then);
    EXPECT_EQ(then->version, version{v});
    EXPECT_EQ(then->state.balance_cents, v == 0 ? 0 : static_cast<std::int64_t>(v) - 1);
  }
  const auto events = ann.history();
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 31U);
  const auto at_twelve = ann.state_at((*events)[11].time);
  ASSERT_TRUE(at_twelve);
  EXPECT_GE(at_twelve->version, version{12});
  const auto before = ann.state_at((*events)[0].time - std::chrono::nanoseconds{1});
  ASSERT_TRUE(before);
  EXPECT_EQ(before->version, version{0});
  EXPECT_FALSE(before->state.is_open);
}

TEST_F(Runtime, ListsRecordedEventsWithAllThatIsStoredBesideThem) {
  start();
  auto ann = app_->aggregate<account>("ann");
  ASSERT_TRUE(ann.ask(open{"ann"},
                      {.command_id = "c-1",
                       .correlation_id = "web-7",
                       .causation_id = "click",
                       .principal = "ann@example.org",
                       .tags = {"vip", "eu"}})
                  .accepted());
  ASSERT_TRUE(ann.ask(deposit{7}).accepted());
  const auto events = ann.history();
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 2U);
  const recorded_event& first = events->front();
  EXPECT_EQ(first.event_type, "opened");
  EXPECT_EQ(first.aggregate_type, "bank.account");
  EXPECT_EQ(first.aggregate_id, "ann");
  EXPECT_EQ(first.version, version{1});
  EXPECT_EQ(first.position.offset, 1U);
  EXPECT_EQ(first.command_id, command_id{"c-1"});
  EXPECT_EQ(first.correlation_id, correlation_id{"web-7"});
  EXPECT_EQ(first.causation_id, causation_id{"click"});
  EXPECT_EQ(first.principal, principal{"ann@example.org"});
  EXPECT_EQ(first.tags, (std::vector<std::string>{"vip", "eu"}));
  EXPECT_EQ(first.json, R"({"owner":"ann"})");
  EXPECT_EQ(events->back().json, R"({"cents":7})");
  EXPECT_GE(events->back().time, first.time);
  const auto last = ann.history(version{1});
  ASSERT_TRUE(last);
  EXPECT_EQ(last->size(), 1U);
}

TEST_F(Runtime, SendsManyCommandsAndAnswersInTheirOrder) {
  start();
  std::vector<addressed<account>> wishes;
  for (int i = 0; i < 200; ++i)
    wishes.push_back({.id = std::to_string(i), .wish = open{"x"}});
  for (int i = 0; i < 20'000; ++i) {
    wishes.push_back({.id = std::to_string(i % 200), .wish = deposit{1}});
  }
  wishes.push_back({.id = "7", .wish = withdraw{101}});
  wishes.push_back({.id = "", .wish = deposit{1}});
  const auto outcomes = app_->ask_many<account>(std::move(wishes));
  ASSERT_EQ(outcomes.size(), 20'202U);
  for (std::size_t i = 0; i < 20'200; ++i)
    ASSERT_TRUE(outcomes[i].accepted()) << i;
  EXPECT_TRUE(outcomes[20'200].rejected());
  ASSERT_TRUE(outcomes[20'201].failed());
  EXPECT_EQ(outcomes[20'201].failed()->what, error::code::bad_input);
  EXPECT_EQ(app_->aggregate<account>("7").state()->state.balance_cents, 100);
  const auto report = app_->verify();
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(report->events, 20'200U);
}

TEST_F(Runtime, CallsBackWithTheOutcome) {
  start();
  std::promise<bool> accepted;
  app_->aggregate<account>("ann").ask(open{"ann"}, {}, [&accepted](const outcome<account>& out) {
    accepted.set_value(out.accepted() != nullptr);
  });
  EXPECT_TRUE(accepted.get_future().get());
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

detached move_money(aggregate_handle<account> from,
                    aggregate_handle<account> to,
                    std::promise<std::string>& report) {
  auto taking = from.co_ask(withdraw{30});
  const auto taken = co_await taking;
  if (!taken.accepted()) {
    report.set_value("refused");
    co_return;
  }
  auto giving = to.co_ask(deposit{30}, {.command_id = "an id that is too long for a short string"});
  const auto given = co_await giving;
  report.set_value(given.accepted() ? "moved" : "stuck");
}

TEST_F(Runtime, GoesOnInACoroutineOnceAnAwaitedCommandIsDurable) {
  start();
  auto ann = app_->aggregate<account>("ann");
  auto bob = app_->aggregate<account>("bob");
  ASSERT_TRUE(ann.ask(open{"ann"}).accepted());
  ASSERT_TRUE(bob.ask(open{"bob"}).accepted());
  ASSERT_TRUE(ann.ask(deposit{50}).accepted());
  std::promise<std::string> first;
  move_money(ann, bob, first);
  EXPECT_EQ(first.get_future().get(), "moved");
  EXPECT_EQ(bob.state()->state.balance_cents, 30);
  std::promise<std::string> second;
  move_money(ann, bob, second);
  EXPECT_EQ(second.get_future().get(), "refused");
  // One that fails at once goes on in the thread that asked.
  std::promise<std::string> third;
  move_money(app_->aggregate<account>(""), bob, third);
  EXPECT_EQ(third.get_future().get(), "refused");
}

TEST_F(Runtime, TellsWithoutLookingBack) {
  start();
  auto ann = app_->aggregate<account>("ann");
  ann.tell(open{"ann"});
  ann.tell(deposit{5});
  // Commands of one sender to one aggregate keep their order.
  const auto out = ann.ask(deposit{1});
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(out.accepted()->version, version{3});
}

TEST_F(Runtime, StoresNothingWhenDecideThrows) {
  start();
  auto g = app_->aggregate<grumpy>("g");
  const auto out = g.ask(grumpy::poke{"decide throws"});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::user_code_threw);
  EXPECT_NE(out.failed()->detail.find("not today"), std::string::npos);
  EXPECT_TRUE(g.ask(grumpy::poke{"fine"}).accepted());
  EXPECT_EQ(g.state()->version, version{1});
}

TEST_F(Runtime, StoresNothingWhenEvolveThrowsAndGoesOnFromTheStoredState) {
  start();
  auto g = app_->aggregate<grumpy>("g");
  ASSERT_TRUE(g.ask(grumpy::poke{"fine"}).accepted());
  const auto out = g.ask(grumpy::poke{"evolve throws"});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::user_code_threw);
  const auto next = g.ask(grumpy::poke{"fine"});
  ASSERT_TRUE(next.accepted());
  EXPECT_EQ(next.accepted()->version, version{2});
  EXPECT_EQ(g.state()->state.pokes, 2);
}

TEST_F(Runtime, RefusesEventsBeyondTheLimitAndKeepsTheStateAsItWas) {
  auto settings = small_store(directory_.path());
  settings.event_bytes_max = 1000;
  start(settings);
  auto g = app_->aggregate<grumpy>("g");
  const auto out = g.ask(grumpy::poke{"large"});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::too_large);
  EXPECT_EQ(g.ask(grumpy::poke{"fine"}).accepted()->version, version{1});
}

TEST_F(Runtime, RefusesBadIdsBeforeAnythingHappens) {
  start();
  const auto empty = app_->aggregate<account>("").ask(open{"x"});
  ASSERT_TRUE(empty.failed());
  EXPECT_EQ(empty.failed()->what, error::code::bad_input);
  const auto long_one = app_->aggregate<account>(std::string(257, 'x')).ask(open{"x"});
  ASSERT_TRUE(long_one.failed());
  EXPECT_EQ(long_one.failed()->what, error::code::bad_input);
  const auto long_command =
      app_->aggregate<account>("a").ask(open{"x"}, {.command_id = std::string(129, 'x')});
  ASSERT_TRUE(long_command.failed());
  EXPECT_TRUE(app_->aggregate<account>(std::string(256, 'x'))
                  .ask(open{"x"}, {.command_id = std::string(128, 'y')})
                  .accepted());
  restart();
  EXPECT_TRUE(app_->aggregate<account>(std::string(256, 'x'))
                  .ask(open{"x"}, {.command_id = std::string(128, 'y')})
                  .accepted());
}

TEST_F(Runtime, AnswersOverloadedBeyondTheLimitOfCommandsInFlight) {
  auto settings = small_store(directory_.path());
  settings.commands_in_flight_max = 1;
  settings.commands_per_aggregate_max = 1;
  start(settings);
  std::promise<void> go_on;
  std::promise<error::code> refused;
  // The only command in flight is held by its own callback.
  app_->aggregate<account>("ann").ask(open{"ann"}, {}, [&](const outcome<account>&) {
    app_->aggregate<account>("bob").ask(open{"bob"}, {}, [&](const outcome<account>& out) {
      refused.set_value(out.failed() != nullptr ? out.failed()->what : error::code{});
    });
  });
  EXPECT_EQ(refused.get_future().get(), error::code::overloaded);
}

TEST_F(Runtime, AnswersExpiredWhenTheDeadlineHasPassedBeforeTheDecision) {
  start();
  std::promise<error::code> answer;
  app_->aggregate<account>("ann").ask(
      open{"ann"}, {.timeout = std::chrono::nanoseconds{0}}, [&](const outcome<account>& out) {
        answer.set_value(out.failed() != nullptr ? out.failed()->what : error::code{});
      });
  EXPECT_EQ(answer.get_future().get(), error::code::expired);
  EXPECT_EQ(app_->aggregate<account>("ann").state()->version, version{0});
}

TEST_F(Runtime, RefusesEverythingAfterStopAndLosesNothingThatWasAccepted) {
  start();
  std::atomic<int> accepted{0};
  std::atomic<bool> refused{false};
  std::vector<std::thread> clients;
  for (int t = 0; t < 4; ++t) {
    clients.emplace_back([&, t] {
      auto mine = app_->aggregate<account>("client" + std::to_string(t));
      auto first = mine.ask(open{"x"});
      if (first.accepted()) ++accepted;
      while (!refused) {
        const auto out = mine.ask(deposit{1});
        if (out.accepted()) {
          ++accepted;
        } else {
          ASSERT_TRUE(out.failed());
          EXPECT_EQ(out.failed()->what, error::code::shutting_down);
          refused = true;
        }
      }
    });
  }
  while (accepted < 200)
    std::this_thread::yield();
  EXPECT_TRUE(app_->stop());
  for (auto& one : clients)
    one.join();
  EXPECT_EQ(app_->aggregate<account>("x").state().error().what, error::code::shutting_down);
  app_.reset();
  start();
  EXPECT_EQ(app_->verify()->events, static_cast<std::uint64_t>(accepted.load()));
}

TEST_F(Runtime, CanBeOpenedAgainAfterStopWhileTheStoppedOneIsStillThere) {
  start();
  ASSERT_TRUE(app_->aggregate<account>("ann").ask(open{"ann"}).accepted());
  ASSERT_TRUE(app_->stop());
  std::optional<runtime> stopped = std::move(app_);
  start();
  EXPECT_TRUE(app_->aggregate<account>("ann").ask(deposit{1}).accepted());
}

TEST_F(Runtime, SaysWhichTypeWasNotAdded) {
  auto started = builder{small_store(directory_.path())}.add<account>().start();
  ASSERT_TRUE(started);
  const auto out = started->aggregate<grumpy>("g").ask(grumpy::poke{"fine"});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::unknown_name);
}

TEST_F(Runtime, RefusesTwoTypesOfOneName) {
  auto started = builder{small_store(directory_.path())}.add<account>().add<account>().start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, error::code::bad_config);
}

TEST_F(Runtime, RefusesBadSettingsBeforeItTouchesTheDisk) {
  auto started = builder{config{}}.add<account>().start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, error::code::bad_config);
}

TEST_F(Runtime, WorksInMemoryAndWithSeveralPartitions) {
  config settings;
  settings.in_memory = true;
  settings.partitions = 3;
  start(settings);
  for (int i = 0; i < 50; ++i) {
    const std::string id = std::to_string(i);
    ASSERT_TRUE(app_->aggregate<account>(id).ask(open{id}).accepted());
    ASSERT_TRUE(app_->aggregate<account>(id).ask(deposit{i + 1}).accepted());
    EXPECT_EQ(app_->aggregate<account>(id).state()->state.balance_cents, i + 1);
  }
  const auto now = app_->status();
  ASSERT_EQ(now.durable_offsets.size(), 3U);
  for (const auto offset : now.durable_offsets)
    EXPECT_GT(offset, 0U);
}

TEST_F(Runtime, KeepsWhatItAcceptedInRelaxedModeOverARestart) {
  auto settings = small_store(directory_.path());
  settings.durability = config::durability_mode::relaxed;
  settings.relaxed_window = std::chrono::milliseconds{10'000};
  start(settings);
  EXPECT_EQ(app_->status().durability, "relaxed(10000 ms)");
  ASSERT_TRUE(app_->aggregate<account>("ann").ask(open{"ann"}).accepted());
  EXPECT_EQ(app_->aggregate<account>("ann").state()->version, version{1});
  ASSERT_TRUE(app_->stop());
  app_.reset();
  start();
  EXPECT_EQ(app_->status().durability, "sync");
  EXPECT_EQ(app_->aggregate<account>("ann").state()->version, version{1});
}

TEST_F(Runtime, DropsWhatWasDerivedWhenTheMachineWentDownInRelaxedMode) {
  auto settings = small_store(directory_.path());
  settings.durability = config::durability_mode::relaxed;
  start(settings);
  auto ann = app_->aggregate<account>("ann");
  ASSERT_TRUE(ann.ask(open{"ann"}).accepted());
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(ann.ask(deposit{1}).accepted());
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "relaxed"));
  app_.reset();
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "relaxed"));
  // As if the machine had gone down on another boot.
  std::ofstream{directory_.path() / "relaxed"} << "another boot\n";
  start();
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "relaxed"));
  EXPECT_EQ(lines_.size(), 1U);
  EXPECT_EQ(app_->aggregate<account>("ann").state()->state.balance_cents, 20);
  app_.reset();
  start();
  EXPECT_EQ(lines_.size(), 1U);
}

/// Its state cannot be stored.
struct unstorable {
  static constexpr std::string_view stable_name = "unstorable";
  struct state {
    int count = 0;
    template <class Ar> void serialize(Ar& /*ar*/, unsigned) {
      throw std::runtime_error{"too shy"};
    }
  };
  enum class rejection : std::uint8_t { no };
  using command = std::variant<grumpy::poke>;
  using event = std::variant<grumpy::poked>;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& /*now*/, const grumpy::poke& wish) {
    return grumpy::poked{wish.how};
  }
  static void evolve(state& now, const grumpy::poked& /*fact*/) { ++now.count; }
};

/// Its events hold boxes in boxes.
struct boxer {
  static constexpr std::string_view stable_name = "boxer";
  struct box {
    std::vector<box> inside;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("inside", inside)); }
    bool operator==(const box&) const = default;
  };
  struct pack {
    static constexpr std::string_view stable_name = "pack";
    std::int32_t depth = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("depth", depth)); }
    bool operator==(const pack&) const = default;
  };
  struct packed {
    static constexpr std::string_view stable_name = "packed";
    box outer;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("outer", outer)); }
    bool operator==(const packed&) const = default;
  };
  struct state {
    int count = 0;
  };
  enum class rejection : std::uint8_t { no };
  using command = std::variant<pack>;
  using event = std::variant<packed>;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& /*now*/, const pack& wish) {
    packed made;
    for (std::int32_t i = 1; i < wish.depth; ++i) {
      box outer;
      outer.inside.push_back(std::move(made.outer));
      made.outer = std::move(outer);
    }
    return made;
  }
  static void evolve(state& now, const packed& /*fact*/) { ++now.count; }
};

TEST_F(Runtime, RefusesAnEventThatNestsTooDeepAndGoesOn) {
  // The event itself is one of the objects.
  constexpr std::int32_t deepest = codec_nesting_max - 1;
  for (const event_codec codec : {event_codec::binary, event_codec::json}) {
    auto started = builder{{.in_memory = true}}.add<boxer>({.codec = codec}).start();
    ASSERT_TRUE(started) << describe(started.error());
    auto b = started->aggregate<boxer>("b");
    const auto out = b.ask(boxer::pack{deepest + 1});
    ASSERT_TRUE(out.failed());
    EXPECT_EQ(out.failed()->what, error::code::too_large);
    EXPECT_NE(out.failed()->detail.find("boxer/b: serialize of packed"), std::string::npos)
        << out.failed()->detail;
    EXPECT_TRUE(b.ask(boxer::pack{deepest}).accepted());
    EXPECT_EQ(b.state()->state.count, 1);
  }
}

TEST_F(Runtime, TellsThatASnapshotCouldNotBeTakenAndGoesOnWithout) {
  auto started = builder{small_store(directory_.path())}
                     .add<unstorable>({.snapshot_every = 1})
                     .log([this](log_level, std::string_view line) {
                       const std::lock_guard lock{mutex_};
                       lines_.emplace_back(line);
                     })
                     .start();
  ASSERT_TRUE(started);
  EXPECT_TRUE(started->aggregate<unstorable>("a").ask(grumpy::poke{"x"}).accepted());
  ASSERT_TRUE(started->stop());
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_NE(lines_[0].find("serialize of unstorable/a threw: too shy"), std::string::npos);
}

TEST_F(Runtime, RefusesAStoreWhoseLogIsMissing) {
  start();
  ASSERT_TRUE(app_->aggregate<account>("ann").ask(open{"ann"}).accepted());
  app_.reset();
  std::filesystem::remove_all(directory_.path() / "p0000" / "log");
  auto started = builder{small_store(directory_.path())}.add<account>().start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, error::code::corrupt);
}

}  // namespace
}  // namespace cairn
