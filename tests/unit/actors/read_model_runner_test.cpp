#include "support/read_model_fixture.hpp"

#include <limits>
#include <thread>

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;
using balance = balance_of::balance;
using sum = how_much::sum;

class ReadModelRunner : public read_model_fixture {
 protected:
  ReadModelRunner() { refusal_plan::refuse(0, 0); }
};

/// The same on either kind of log.
class ReadModelRunnerOn : public ReadModelRunner, public testing::WithParamInterface<log_kind> {};

TEST_P(ReadModelRunnerOn, ShowsWhatAReceiptPromises) {
  open_journals(1, GetParam());
  auto model = run<balances>();
  auto last = write("ann", {opened{"Ann"}, deposited{500}});
  EXPECT_EQ(*model->read({.at_least = last}).ask(balance_of{"ann"}), (balance{500, 2}));
  last = write("ann", {deposited{20}});
  EXPECT_EQ(*model->read({.at_least = last}).ask(balance_of{"ann"}), (balance{520, 3}));
  EXPECT_EQ(*model->read().ask(balance_of{"bob"}), (balance{0, 0}));
  stop(model);
}

TEST_P(ReadModelRunnerOn, StartsWithWhatIsInTheJournal) {
  open_journals(1, GetParam());
  for (int i = 0; i < 50; ++i) {
    write("ann", {deposited{1}});
  }
  auto tables = run<balances>();
  auto memory = run<totals>();
  EXPECT_EQ(*tables->read({.caught_up = true}).ask(balance_of{"ann"}), (balance{50, 50}));
  EXPECT_EQ(*memory->read({.caught_up = true}).ask(how_much{}), (sum{50, 50}));
  stop(tables);
  stop(memory);
}

TEST_P(ReadModelRunnerOn, ARestartAppliesNothingTwice) {
  open_journals(1, GetParam());
  write("ann", {opened{"Ann"}, deposited{5}});
  auto model = run<balances>();
  ASSERT_TRUE(model->read({.caught_up = true}).wait().has_value());
  stop(model);
  write("ann", {deposited{6}});
  model = run<balances>();
  EXPECT_EQ(*model->read({.caught_up = true}).ask(balance_of{"ann"}), (balance{11, 3}));
  EXPECT_EQ(model->runner->status().events_applied, 1U);
  stop(model);
}

TEST_P(ReadModelRunnerOn, ResumesExactlyWhenItIsDroppedBetweenBatches) {
  open_journals(1, GetParam());
  constexpr std::uint64_t commits = 150;
  std::thread writing{[this] {
    for (std::uint64_t i = 0; i < commits; ++i) {
      write("ann", {deposited{1}, deposited{1}});
    }
  }};
  auto options = quick();
  options.batch_events = 1;
  // Each time it comes a little further, and is then gone without a word.
  for (std::uint64_t offset = 10; offset <= 2 * commits; offset += 10) {
    auto model = run<balances>(options);
    ASSERT_TRUE(
        model->read({.at_least = position{{0}, offset}, .timeout = 60s}).wait().has_value());
    drop(model);
  }
  writing.join();
  auto model = run<balances>(options);
  EXPECT_EQ(*model->read({.caught_up = true}).ask(balance_of{"ann"}),
            (balance{2 * commits, 2 * commits}));
  stop(model);
}

INSTANTIATE_TEST_SUITE_P(Logs,
                         ReadModelRunnerOn,
                         testing::Values(log_kind::memory, log_kind::lmdb),
                         [](const auto& kind) {
                           return kind.param == log_kind::memory ? "Memory" : "Lmdb";
                         });

/// Asks for the metadata of the newest deposit, as text.
struct newest_deposit {
  using answer = std::string;
};

struct deposit_facts {
  static constexpr std::string_view stable_name = "test.deposit_facts";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::some_of<bank_account, deposited>, cairn::all_of<notes>>;
  struct state {
    std::string newest;
    template <class Ar> void serialize(Ar& ar, unsigned /*version*/) { cairn::fields(ar, newest); }
  };
  static void apply(state& now, const cairn::recorded<deposited>& fact) {
    remember(now, fact.meta);
  }
  static void apply(state& now, const cairn::recorded<noted>& fact) { remember(now, fact.meta); }
  static std::string query(const state& now, const newest_deposit& /*question*/) {
    return now.newest;
  }
  static void remember(state& now, const cairn::event_metadata& meta) {
    now.newest = std::string{meta.aggregate_type} + "/" + std::string{meta.aggregate_id} + " " +
                 std::string{meta.event_type} + " v" + std::to_string(meta.version.value) + " @" +
                 std::to_string(meta.position.partition.value) + ":" +
                 std::to_string(meta.position.offset) + " " + std::string{meta.correlation_id};
  }
};

TEST_F(ReadModelRunner, TellsEachEventWhereItStands) {
  open_journals(2);
  auto model = run<deposit_facts>();
  write("ann", {opened{"Ann"}}, 1);
  write("bob", {opened{"Bob"}}, 1);
  auto last = write("ann", {opened{"again"}, deposited{5}, deposited{6}, opened{"more"}}, 1);
  EXPECT_EQ(*model->read({.at_least = last}).ask(newest_deposit{}),
            "test.account/ann test.deposited v4 @1:5 request-7");
  last = write("list", {noted{"milk"}}, 0);
  EXPECT_EQ(*model->read({.at_least = last}).ask(newest_deposit{}),
            "test.notes/list test.noted v1 @0:1 request-7");
  stop(model);
}

TEST_F(ReadModelRunner, GathersSeveralPartitions) {
  open_journals(3);
  auto model = run<balances>();
  std::vector<position> all;
  for (std::size_t partition = 0; partition < 3; ++partition) {
    for (int i = 0; i < 20; ++i) {
      write("p" + std::to_string(partition), {deposited{1}}, partition);
    }
    all.push_back({{static_cast<std::uint16_t>(partition)}, 20});
  }
  const auto reader = model->read({.at_least_all = all});
  for (const char* id : {"p0", "p1", "p2"}) {
    EXPECT_EQ(*reader.ask(balance_of{id}), (balance{20, 20}));
  }
  EXPECT_EQ(*reader.checkpoints(), all);
  stop(model);
}

TEST_F(ReadModelRunner, ALostHintChangesNothing) {
  open_journals(1);
  auto options = quick();
  options.ignore_hints = true;
  auto tables = run<balances>(options);
  auto memory = run<totals>(options);
  for (int i = 1; i <= 20; ++i) {
    const auto last = write("ann", {deposited{1}});
    EXPECT_EQ(tables->read({.at_least = last}).ask(balance_of{"ann"})->cents, i);
    EXPECT_EQ(memory->read({.caught_up = true}).ask(how_much{})->cents, i);
  }
  stop(tables);
  stop(memory);
}

/// Counts the runs of the strands of another executor.
class counting_executor final : public actors::executor {
 public:
  std::unique_ptr<actors::strand> attach(kind how, std::function<void()> run) override {
    return real_->attach(how, [this, run = std::move(run)] {
      run();
      ++runs_;
      runs_.notify_all();
    });
  }
  void wait_for_runs(int least) {
    for (int now = runs_; now < least; now = runs_) {
      runs_.wait(now);
    }
  }

 private:
  std::atomic<int> runs_{0};
  std::unique_ptr<actors::executor> real_ = actors::make_thread_executor(1);
};

TEST_F(ReadModelRunner, AQueryThatCameFirstSeesTheEventThoughItsHintWasLost) {
  open_journals(1);
  auto counting = std::make_unique<counting_executor>();
  auto& runs = *counting;
  executor_ = std::move(counting);
  auto options = quick();
  options.ignore_hints = true;
  auto model = run<balances>(options);
  runs.wait_for_runs(1);
  auto asked = std::async(std::launch::async, [&] {
    return model->read({.at_least = position{{0}, 1}, .timeout = 60s}).ask(balance_of{"ann"});
  });
  // The query waits, and the run that it asked for has found nothing.
  runs.wait_for_runs(2);
  write("ann", {deposited{7}});
  EXPECT_EQ(*asked.get(), (balance{7, 1}));
  stop(model);
}

TEST_F(ReadModelRunner, IsStaleAtTheDeadlineAndSaysWhereItIs) {
  open_journals(2);
  auto model = run<balances>();
  const auto last = write("ann", {deposited{7}}, 1);
  ASSERT_TRUE(model->read({.at_least = last}).wait().has_value());
  const auto answer =
      model->read({.at_least = position{{1}, 2}, .timeout = 1ms}).ask(balance_of{"ann"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().what, error::code::stale);
  EXPECT_EQ(answer.error().detail,
            "read model test.balances is at offset 1 of partition 1 and should be at 2");
  const auto at_once = model->read({.at_least = position{{0}, 9}, .timeout = -1s}).wait();
  EXPECT_EQ(at_once.error().what, error::code::stale);
  stop(model);
}

TEST_F(ReadModelRunner, RefusesAPartitionThatThereIsNot) {
  open_journals(1);
  auto model = run<balances>();
  EXPECT_EQ(model->read({.at_least = position{{1}, 1}}).wait().error().what,
            error::code::bad_input);
  stop(model);
}

TEST_F(ReadModelRunner, AWaitingQueryEndsTheLingering) {
  open_journals(1);
  actors::read_model_runner::options options;
  options.linger = 1h;
  auto model = run<balances>(options);
  for (int i = 1; i <= 10; ++i) {
    const auto last = write("ann", {deposited{1}});
    EXPECT_EQ(model->read({.at_least = last, .timeout = 60s}).ask(balance_of{"ann"})->cents, i);
  }
  stop(model);
}

TEST_F(ReadModelRunner, LingersBetweenTransactionsAndThenGoesOnByItself) {
  open_journals(1);
  actors::read_model_runner::options options;
  options.linger = 2ms;
  auto model = run<balances>(options);
  position last;
  for (int i = 0; i < 100; ++i) {
    last = write("ann", {deposited{1}});
  }
  // Nobody waits: what is there comes in because time goes by.
  while (model->runner->checkpoints()[0].offset < last.offset) {
    std::this_thread::yield();
  }
  EXPECT_EQ(*model->read().ask(balance_of{"ann"}), (balance{100, 100}));
  stop(model);
}

TEST_F(ReadModelRunner, AnotherVersionIsBuiltAnewAndTheOldOneGoesOnceItHasCaughtUp) {
  open_journals(1);
  write("ann", {opened{"Ann"}, deposited{5}});
  auto first = run<balances_at<1>>();
  ASSERT_TRUE(first->read({.caught_up = true}).wait().has_value());
  stop(first);
  ASSERT_TRUE(std::filesystem::exists(version_folder("test.balances", 1)));
  auto second = run<balances_at<2>>();
  EXPECT_EQ(*second->read({.caught_up = true}).ask(balance_of{"ann"}), (balance{5, 2}));
  EXPECT_EQ(second->runner->status().events_applied, 2U);
  stop(second);
  EXPECT_FALSE(std::filesystem::exists(version_folder("test.balances", 1)));
  EXPECT_TRUE(std::filesystem::exists(version_folder("test.balances", 2)));
}

TEST_F(ReadModelRunner, TheOldVersionStaysUntilTheNewOneHasCaughtUp) {
  open_journals(1);
  write("ann", {deposited{1}});
  write("ann", {deposited{13}});
  std::filesystem::create_directories(version_folder("test.fragile_balances", 0));
  refusal_plan::refuse(13, std::numeric_limits<int>::max());
  auto options = quick();
  options.batch_events = 1;
  auto model = run<fragile_balances>(options);
  EXPECT_EQ(model->read({.caught_up = true}).wait().error().what, error::code::stopped);
  stop(model);
  EXPECT_TRUE(std::filesystem::exists(version_folder("test.fragile_balances", 0)));
  refusal_plan::refuse(0, 0);
  model = run<fragile_balances>(quick());
  ASSERT_TRUE(model->read({.caught_up = true}).wait().has_value());
  stop(model);
  EXPECT_FALSE(std::filesystem::exists(version_folder("test.fragile_balances", 0)));
}

TEST_F(ReadModelRunner, AStateInMemoryContinuesFromItsSnapshotAfterARestart) {
  open_journals(1);
  for (int i = 0; i < 10; ++i) {
    write("ann", {deposited{1}});
  }
  auto model = run<totals>();
  ASSERT_TRUE(model->read({.caught_up = true}).wait().has_value());
  stop(model);
  write("ann", {deposited{1}});
  model = run<totals>();
  EXPECT_EQ(*model->read({.caught_up = true}).ask(how_much{}), (sum{11, 11}));
  EXPECT_EQ(model->runner->status().events_applied, 1U);
  stop(model);
}

TEST_F(ReadModelRunner, AStateInMemoryContinuesFromItsLastSnapshotAfterACrash) {
  open_journals(1);
  auto options = quick();
  options.snapshot_every = 10;
  options.batch_events = 1;
  auto model = run<totals>(options);
  for (int i = 0; i < 25; ++i) {
    ASSERT_TRUE(model->read({.at_least = write("ann", {deposited{1}})}).wait().has_value());
  }
  drop(model);
  model = run<totals>(options);
  EXPECT_EQ(*model->read({.caught_up = true}).ask(how_much{}), (sum{25, 25}));
  EXPECT_EQ(model->runner->status().events_applied, 5U);
  stop(model);
}

TEST_F(ReadModelRunner, SavesNoSnapshotsWhenToldSo) {
  open_journals(1);
  auto options = quick();
  options.snapshot_every = 0;
  write("ann", {deposited{1}});
  auto model = run<totals>(options);
  ASSERT_TRUE(model->read({.caught_up = true}).wait().has_value());
  stop(model);
  EXPECT_FALSE(open_view<totals>()->load_state()->has_value());
}

TEST_F(ReadModelRunner, ASnapshotThatCannotBeUsedIsReplacedByTheJournal) {
  open_journals(1);
  for (int i = 0; i < 3; ++i) {
    write("ann", {deposited{1}});
  }
  byte_buffer state;
  encode(totals::state{2, 2}, state);
  struct saved_state {
    byte_view bytes;
    std::uint32_t schema_version;
    std::uint64_t checkpoint;
  };
  const saved_state no_state{as_bytes("?"), 0, 2};
  const saved_state of_another_schema{state.view(), 7, 2};
  const saved_state further_than_the_journal{state.view(), 0, 99};
  for (const auto& [bytes, schema_version, checkpoint] :
       {no_state, of_another_schema, further_than_the_journal}) {
    {
      const auto view = open_view<totals>();
      ASSERT_TRUE(view->save_state(bytes, schema_version, {checkpoint}).has_value());
    }
    auto model = run<totals>();
    EXPECT_EQ(*model->read({.caught_up = true}).ask(how_much{}), (sum{3, 3}));
    EXPECT_EQ(model->runner->status().events_applied, 3U);
    stop(model);
  }
  EXPECT_EQ(log_.count("warning: read model test.totals, version 1: starts from nothing"), 3);
}

TEST_F(ReadModelRunner, TablesAheadOfTheJournalAreBuiltAnew) {
  open_journals(1);
  write("ann", {deposited{1}});
  {
    const auto view = open_view<balances>();
    const auto batch = *view->begin();
    batch->tables().put(0, as_bytes("never"), as_bytes("happened"));
    ASSERT_TRUE(batch->commit({50}).has_value());
  }
  auto model = run<balances>();
  EXPECT_EQ(*model->read({.caught_up = true}).ask(balance_of{"ann"}), (balance{1, 1}));
  EXPECT_EQ(log_.count("starts from nothing"), 1);
  stop(model);
  EXPECT_EQ((*open_view<balances>()->read())->tables().count(0), 1U);
}

TEST_F(ReadModelRunner, MovesOnOverEventsThatItDoesNotWant) {
  open_journals(1);
  auto model = run<balances>();
  const auto last = write("list", {noted{"milk"}, noted{"bread"}});
  ASSERT_TRUE(model->read({.at_least = last}).wait().has_value());
  EXPECT_EQ(model->runner->status().events_applied, 0U);
  stop(model);
  // Stopping has stored how far it came.
  EXPECT_EQ(*open_view<balances>()->checkpoints(), persistence::checkpoint_list{2});
}

TEST_F(ReadModelRunner, MeasuresHowFarItIsBehind) {
  open_journals(1);
  auto options = quick();
  options.ignore_hints = true;
  auto model = run<balances>(options);
  ASSERT_TRUE(model->read({.at_least = position{}}).wait().has_value());
  clock_.set(100s);
  write("ann", {deposited{1}});
  ASSERT_TRUE(model->read({.caught_up = true}).wait().has_value());
  EXPECT_EQ(model->runner->status().events_behind, 0U);
  EXPECT_EQ(model->runner->status().time_behind, 0s);
  clock_.set(200s);
  write("ann", {deposited{1}, deposited{1}});
  clock_.set(205s);
  write("ann", {deposited{1}});
  clock_.set(230s);
  const auto now = model->runner->status();
  EXPECT_EQ(now.events_behind, 3U);
  EXPECT_EQ(now.time_behind, 30s);
  EXPECT_EQ(now.checkpoints, (std::vector<position>{{{0}, 1}}));
  EXPECT_EQ(now.name, "test.balances");
  EXPECT_EQ(now.version, 1U);
  stop(model);
}

TEST_F(ReadModelRunner, IsRebuildingUntilItHasWhatWasThereAtItsStart) {
  open_journals(1);
  write("ann", {deposited{13}});
  refusal_plan::refuse(13, 1);
  auto options = quick();
  options.retry_delay = 1h;
  auto model = run<fragile_balances>(options);
  while (log_.count("will try again") == 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(model->runner->status().now, read_model_status::phase::rebuilding);
  drop(model);
  model = run<fragile_balances>(quick());
  ASSERT_TRUE(model->read({.caught_up = true}).wait().has_value());
  stop(model);
  model = run<fragile_balances>(quick());
  EXPECT_EQ(model->runner->status().now, read_model_status::phase::running);
  stop(model);
}

TEST_F(ReadModelRunner, StopAnswersThoseWhoWaitAndThoseWhoComeLater) {
  open_journals(1);
  auto model = run<balances>();
  auto waiting = std::async(std::launch::async, [&] {
    return model->read({.at_least = position{{0}, 99}, .timeout = 1h}).wait();
  });
  model->heard.reset();
  model->runner->stop();
  EXPECT_EQ(waiting.get().error().what, error::code::shutting_down);
  EXPECT_EQ(model->read().ask(balance_of{"ann"}).error().what, error::code::shutting_down);
  EXPECT_EQ(model->runner->status().name, "test.balances");
  model->runner->hint();
  model->runner->stop();
}

TEST_F(ReadModelRunner, AnswersManyQueriesWhileItIsFed) {
  open_journals(2);
  auto tables = run<balances>(quick());
  auto memory = run<totals>(quick());
  std::atomic<bool> done{false};
  std::vector<std::thread> asking;
  for (int i = 0; i < 3; ++i) {
    asking.emplace_back([&] {
      std::int64_t seen = 0;
      while (!done) {
        const auto all = memory->read().ask(how_much{});
        EXPECT_EQ(all->cents, static_cast<std::int64_t>(all->events));
        const auto ann = tables->read().ask(balance_of{"ann"});
        EXPECT_EQ(ann->cents, static_cast<std::int64_t>(ann->events));
        EXPECT_GE(ann->cents, seen);
        seen = ann->cents;
        (void)tables->runner->status();
      }
    });
  }
  for (std::size_t i = 0; i < 200; ++i) {
    write("ann", {deposited{1}, deposited{1}}, i % 2);
  }
  EXPECT_EQ(*tables->read({.caught_up = true}).ask(balance_of{"ann"}), (balance{400, 400}));
  EXPECT_EQ(*memory->read({.caught_up = true}).ask(how_much{}), (sum{400, 400}));
  done = true;
  for (auto& one : asking) {
    one.join();
  }
  stop(tables);
  stop(memory);
}

}  // namespace
}  // namespace cairn::tests
