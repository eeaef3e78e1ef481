#include "support/rebuild_fixture.hpp"

#include "cairn/watch.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

// A copy is built beside the one that serves, and takes its place.

namespace cairn::tests {
namespace {

using phase = rebuild_status::phase;

class Rebuild : public rebuild_fixture {
 protected:
  /// So many deposits of 1 to ann, behind her opening.
  position fill(int deposits) {
    position last = write("ann", {opened{"Ann"}});
    for (int i = 0; i < deposits; ++i)
      last = write("ann", {deposited{1}});
    return last;
  }
};

TEST_F(Rebuild, TakesThePlaceOfTheOldCopyWhichThenGoes) {
  open_journals(1);
  auto model = run_copies<balances>();
  const auto last = fill(20);
  rebuild(*model);
  await_switch(*model);
  await_folders("test.balances", {"v1.2"});
  EXPECT_EQ(*model->read({.at_least = last}).ask(balance_of{"ann"}), (balance_of::balance{20, 21}));
  const auto next = write("ann", {deposited{5}});
  EXPECT_EQ(*model->read({.at_least = next}).ask(balance_of{"ann"}), (balance_of::balance{25, 22}));
  EXPECT_EQ(model->runner->status().checkpoints, (std::vector<position>{next}));
}

TEST_F(Rebuild, OfAModelInMemoryBeginsFromTheFirstEvent) {
  open_journals(2);
  auto model = run_copies<totals>();
  write("ann", {deposited{3}}, 0);
  const auto last = write("bob", {deposited{4}}, 1);
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  rebuild(*model);
  await_switch(*model);
  EXPECT_EQ(*model->read({.at_least = last}).ask(how_much{}), (how_much::sum{7, 2}));
  await_folders("test.totals", {"v1.2"});
  stop(model);
  model = run_copies<totals>();
  EXPECT_EQ(*model->read().ask(how_much{}), (how_much::sum{7, 2})) << "what was saved is gone";
}

TEST_F(Rebuild, AnswersFromTheOldCopyUntilTheNewOneIsThere) {
  open_journals(1);
  auto model = run_copies<balances>();
  fill(3);
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  gate_.hold({1, 2});
  rebuild(*model);
  const auto next = write("ann", {deposited{7}});
  EXPECT_EQ(*model->read({.at_least = next}).ask(balance_of{"ann"}), (balance_of::balance{10, 5}));
  const auto status = model->runner->status();
  ASSERT_TRUE(status.rebuild);
  EXPECT_EQ(status.rebuild->checkpoints[0].offset, 0U);
  EXPECT_EQ(status.rebuild->events_behind, 5U);
  EXPECT_EQ(status.now, read_model_status::phase::running);
  gate_.release();
  await_switch(*model);
  EXPECT_EQ(*model->read().ask(balance_of{"ann"}), (balance_of::balance{10, 5}));
}

TEST_F(Rebuild, SaysThatOneIsUnderWay) {
  open_journals(1);
  auto model = run_copies<fragile_balances>();
  fill(1);
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  ASSERT_TRUE(model->runner->pause());
  rebuild(*model);
  EXPECT_EQ(*model->runner->rebuild(), rebuild_answer::under_way);
  ASSERT_TRUE(model->runner->resume());
  await_switch(*model);
  EXPECT_EQ(*model->runner->rebuild(), rebuild_answer::begun);
  await_switch(*model);
  await_folders("test.fragile_balances", {"v1.3"});
}

TEST_F(Rebuild, StandsStillWhileTheModelIsPaused) {
  open_journals(1);
  auto model = run_copies<balances>();
  fill(2);
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  ASSERT_TRUE(model->runner->pause());
  rebuild(*model);
  await([&] { return model->runner->status().rebuild->now == phase::paused; }, "the pause");
  write("ann", {deposited{7}});
  EXPECT_EQ(*model->read().ask(balance_of{"ann"}), (balance_of::balance{2, 3}));
  EXPECT_EQ(model->runner->status().now, read_model_status::phase::paused);
  EXPECT_TRUE(model->runner->status().rebuild);
  ASSERT_TRUE(model->runner->resume());
  await_switch(*model);
  EXPECT_EQ(*model->read({.caught_up = true}).ask(balance_of{"ann"}), (balance_of::balance{9, 4}));
}

TEST_F(Rebuild, CanBeGivenUp) {
  open_journals(1);
  auto model = run_copies<balances>();
  fill(2);
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  EXPECT_EQ(model->runner->cancel_rebuild().error().what, error::code::not_found);
  ASSERT_TRUE(model->runner->pause());
  rebuild(*model);
  EXPECT_EQ(folders_of("test.balances"), (std::vector<std::string>{"v1", "v1.2"}));
  ASSERT_TRUE(model->runner->cancel_rebuild());
  EXPECT_FALSE(model->runner->status().rebuild);
  EXPECT_EQ(folders_of("test.balances"), (std::vector<std::string>{"v1"}));
  ASSERT_TRUE(model->runner->resume());
  const auto next = write("ann", {deposited{7}});
  EXPECT_EQ(*model->read({.at_least = next}).ask(balance_of{"ann"}), (balance_of::balance{9, 4}));
}

TEST_F(Rebuild, StopsOnWhatItCannotApplyWhileTheOldCopyServesOn) {
  open_journals(1);
  auto model = run_copies<fragile_balances>();
  fill(2);
  write("ann", {deposited{13}});
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  refusal_plan::refuse(13, 1'000'000);
  rebuild(*model);
  await([&] { return model->runner->status().rebuild->now == phase::stopped; }, "the stop");
  const auto status = model->runner->status();
  EXPECT_EQ(status.now, read_model_status::phase::running);
  EXPECT_NE(status.rebuild->stopped_on->detail.find("no deposits of 13"), std::string::npos)
      << status.rebuild->stopped_on->detail;
  const auto next = write("ann", {deposited{7}});
  EXPECT_EQ(*model->read({.at_least = next}).ask(balance_of{"ann"}), (balance_of::balance{22, 5}));
  refusal_plan::refuse(0, 0);
  EXPECT_EQ(*model->runner->rebuild(), rebuild_answer::retried);
  await_switch(*model);
  EXPECT_EQ(*model->read().ask(balance_of{"ann"}), (balance_of::balance{22, 5}));
}

TEST_F(Rebuild, ReplacesACopyThatHasStopped) {
  open_journals(1);
  auto model = run_copies<fragile_balances>();
  fill(2);
  refusal_plan::refuse(13, 1'000'000);
  const auto last = write("ann", {deposited{13}});
  await([&] { return model->runner->status().now == read_model_status::phase::stopped; }, "a stop");
  EXPECT_EQ(model->read().ask(balance_of{"ann"}).error().what, error::code::stopped);
  refusal_plan::refuse(0, 0);
  rebuild(*model);
  await_switch(*model);
  EXPECT_EQ(*model->read({.at_least = last}).ask(balance_of{"ann"}), (balance_of::balance{15, 4}));
}

TEST_F(Rebuild, GoesOnAfterARestartWhereItWas) {
  open_journals(1, log_kind::lmdb);
  auto model = run_copies<balances>();
  fill(5);
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  ASSERT_TRUE(model->runner->pause());
  rebuild(*model);
  drop(model);
  model = run_copies<balances>();
  EXPECT_TRUE(model->runner->status().rebuild);
  EXPECT_EQ(*model->read().ask(balance_of{"ann"}), (balance_of::balance{5, 6}));
  ASSERT_TRUE(model->runner->resume());
  await_switch(*model);
  EXPECT_EQ(*model->read().ask(balance_of{"ann"}), (balance_of::balance{5, 6}));
  await_folders("test.balances", {"v1.2"});
}

TEST_F(Rebuild, ServesAfterARestartOnceItHasTakenOver) {
  open_journals(1);
  auto model = run_copies<balances>();
  fill(5);
  rebuild(*model);
  await_switch(*model);
  drop(model);
  // As if the process had died before the old copy was removed.
  const persistence::view_place old{.version = 1};
  std::filesystem::create_directories(version_folder("test.balances", old.version));
  model = run_copies<balances>();
  EXPECT_FALSE(model->runner->status().rebuild);
  EXPECT_EQ(folders_of("test.balances"), (std::vector<std::string>{"v1.2"}));
  EXPECT_EQ(*model->read({.caught_up = true}).ask(balance_of{"ann"}), (balance_of::balance{5, 6}));
  ASSERT_TRUE(model->runner->reset());
  drop(model);
  model = run_copies<balances>();
  EXPECT_EQ(*model->read({.caught_up = true}).ask(balance_of{"ann"}), (balance_of::balance{5, 6}));
}

TEST_F(Rebuild, IsTriedAgainWhenItCannotNoteThatItHasTakenOver) {
  open_journals(1);
  auto model = run_copies<balances>();
  fill(5);
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  ASSERT_TRUE(model->runner->pause());
  rebuild(*model);
  gate_.refuse({1, 2}, 3);
  ASSERT_TRUE(model->runner->resume());
  await_switch(*model);
  EXPECT_EQ(*model->read().ask(balance_of{"ann"}), (balance_of::balance{5, 6}));
  EXPECT_GT(log_.count("store_full"), 0);
}

TEST_F(Rebuild, BeginsWithoutDeadLettersAndParksItsOwn) {
  open_journals(1);
  auto options = quick();
  options.attempts = 1;
  options.on_failure = failure_policy::park;
  auto model = run_copies<fragile_balances>(options);
  fill(1);
  refusal_plan::refuse(13, 1);
  write("ann", {deposited{13}});
  write("ann", {deposited{2}});
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  EXPECT_EQ(model->runner->status().events_parked, 2U);
  rebuild(*model);
  await_switch(*model);
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  EXPECT_EQ(*model->read().ask(balance_of{"ann"}), (balance_of::balance{16, 4}));
}

TEST_F(Rebuild, TellsThoseWhoWatchEachUpdateOnceAndCallsNothingTwice) {
  open_journals(1);
  auto model = run_copies<watched_table>();
  fill(10);
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  auto watched = detail::begin_watch<watched_table>(
      model->runner.get(), watched_table::all{}, {.buffer = 100'000});
  ASSERT_TRUE(watched) << describe(watched.error());
  sums folded = watched->first();
  std::atomic<bool> more{true};
  // No more than may wait for the watch, however long the rebuilds take.
  std::thread writer{[&] {
    for (int i = 0; more && i < 50'000; ++i)
      write("ann", {deposited{1}});
  }};
  for (int i = 0; i < 3; ++i) {
    rebuild(*model);
    await_switch(*model);
  }
  more = false;
  writer.join();
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  std::map<std::uint64_t, int> told;
  for (;;) {
    const auto news = watched->next(std::chrono::nanoseconds{0});
    ASSERT_TRUE(news) << describe(news.error());
    if (!*news) break;
    ++told[(*news)->position.offset];
    fold(folded, *(*news)->update);
  }
  EXPECT_EQ(folded, *model->read().ask(watched_table::all{}));
  const std::uint64_t last = model->runner->checkpoints()[0].offset;
  EXPECT_EQ(told.size(), last - 11);
  for (const auto& [offset, times] : told)
    EXPECT_EQ(times, 1) << offset;
  // Live ones have been called in the order of the journal, however many copies there were.
  await([&] { return effects_seen::calls().size() == last - 1; }, "the calls");
  const auto calls = effects_seen::calls();
  for (std::size_t i = 0; i < calls.size(); ++i)
    ASSERT_EQ(calls[i], i + 2);
}

TEST_F(Rebuild, IsAReplayFromTheFirstEventToTheSwitch) {
  open_journals(1);
  auto model = run_copies<watched_memory>();
  fill(3);
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  await([] { return effects_seen::calls().size() == 3; }, "the calls of the old copy");
  effects_seen::clear();
  rebuild(*model);
  await_switch(*model);
  const auto next = write("ann", {deposited{1}});
  ASSERT_TRUE(model->read({.at_least = next}).wait());
  EXPECT_EQ(effects_seen::replayed_by_offset(),
            (std::map<std::uint64_t, bool>{{2, true}, {3, true}, {4, true}, {5, false}}));
  await([&] { return !effects_seen::calls().empty(); }, "the call");
  EXPECT_EQ(effects_seen::calls(), (std::vector<std::uint64_t>{5}));
}

TEST_F(Rebuild, HidesTheSwitchFromThoseWhoWaitAndAsk) {
  open_journals(2);
  auto model = run_copies<balances>();
  fill(50);
  std::atomic<bool> more{true};
  std::vector<std::thread> clients;
  for (std::size_t partition = 0; partition < 2; ++partition) {
    clients.emplace_back([&, partition] {
      const std::string id = "client" + std::to_string(partition);
      write(id, {opened{id}}, partition);
      for (std::int64_t sum = 1; more; ++sum) {
        const auto last = write(id, {deposited{1}}, partition);
        const auto seen = model->read({.at_least = last, .timeout = std::chrono::seconds{60}})
                              .ask(balance_of{id});
        ASSERT_TRUE(seen) << describe(seen.error());
        ASSERT_EQ(seen->cents, sum);
        std::atomic<bool> shown{false};
        model->runner->when_shown(last, [&](const std::optional<error>& refused) {
          EXPECT_FALSE(refused) << describe(*refused);
          shown = true;
        });
        await([&] { return shown.load(); }, "when_shown");
      }
    });
  }
  clients.emplace_back([&] {
    for (std::int64_t before = 0; more;) {
      const auto seen = model->read().ask(balance_of{"client0"});
      ASSERT_TRUE(seen) << describe(seen.error());
      ASSERT_GE(seen->cents, before);
      before = seen->cents;
    }
  });
  for (int i = 0; i < 5; ++i) {
    rebuild(*model);
    await_switch(*model);
  }
  more = false;
  for (std::thread& one : clients)
    one.join();
  await_folders("test.balances", {"v1.6"});
}

TEST_F(Rebuild, LeavesOperatorsTheModelWhateverIsSwitching) {
  open_journals(1);
  auto model = run_copies<balances>();
  fill(20);
  for (int i = 0; i < 20; ++i) {
    rebuild(*model);
    ASSERT_TRUE(model->runner->pause());
    const auto last = write("ann", {deposited{1}});
    const auto shown = model->read().ask(balance_of{"ann"});
    ASSERT_TRUE(shown);
    EXPECT_EQ(model->runner->status().now, read_model_status::phase::paused);
    ASSERT_TRUE(model->runner->resume());
    await_switch(*model);
    EXPECT_EQ(model->read({.at_least = last}).ask(balance_of{"ann"})->cents, 21 + i);
  }
}

TEST_F(Rebuild, IsBuiltAgainWhenItsViewIsDamaged) {
  open_journals(1);
  auto model = run_copies<balances>();
  fill(5);
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  ASSERT_TRUE(model->runner->pause());
  rebuild(*model);
  stop(model);
  std::ofstream{directory_.path() / "views" / "test.balances" / "v1.2" / "data.mdb"} << "rubbish";
  model = run_copies<balances>();
  EXPECT_EQ(*model->read().ask(balance_of{"ann"}), (balance_of::balance{5, 6}));
  ASSERT_TRUE(model->runner->resume());
  await_switch(*model);
  EXPECT_EQ(*model->read().ask(balance_of{"ann"}), (balance_of::balance{5, 6}));
}

TEST_F(Rebuild, LeavesOneCopyThatServesWhereverItCrashes) {
  open_journals(1);
  fill(5);
  auto model = run_copies<balances>();
  std::int64_t cents = 5;
  bool switched = false;
  for (int commits = 0; commits < 40 && !switched; ++commits) {
    SCOPED_TRACE("crash after " + std::to_string(commits) + " commits");
    ASSERT_TRUE(model->read({.caught_up = true}).wait());
    // The next build begins from the first event again.
    (void)model->runner->cancel_rebuild();
    gate_.die_after(commits);
    rebuild(*model);
    write("ann", {deposited{1}});
    ++cents;
    await([&] { return gate_.dead() || !model->runner->status().rebuild; }, "the crash");
    switched = !gate_.dead();
    drop(model);
    gate_.revive();
    model = run_copies<balances>();
    EXPECT_EQ(model->read({.caught_up = true}).ask(balance_of{"ann"})->cents, cents);
  }
  EXPECT_TRUE(switched) << "no crash came behind the switch";
  await_switch(*model);
  EXPECT_EQ(model->read().ask(balance_of{"ann"})->cents, cents);
  await([&] { return folders_of("test.balances").size() == 1; }, "the old copies' end");
}

TEST_F(Rebuild, EndsWithTheReadModel) {
  open_journals(1);
  auto model = run_copies<balances>();
  fill(5);
  rebuild(*model);
  model->heard.reset();
  model->runner->stop();
  EXPECT_EQ(model->runner->rebuild().error().what, error::code::shutting_down);
  EXPECT_EQ(model->read().ask(balance_of{"ann"}).error().what, error::code::shutting_down);
}

}  // namespace
}  // namespace cairn::tests
