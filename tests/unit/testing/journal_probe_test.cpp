#include "cairn/testing/journal_probe.hpp"

#include "support/account.hpp"

#include "cairn/cairn.hpp"
#include "cairn/testing/manual_clock.hpp"

#include <gtest/gtest-spi.h>

#include <future>
#include <optional>

namespace cairn::testing {
namespace {

using bank::account;
using bank::deposit;
using bank::deposited;
using bank::open;
using bank::opened;

const error disk_failed{error::code::storage_failed, "the test says so"};

class JournalProbe : public ::testing::Test {
 protected:
  void start(std::uint16_t partitions = 1) {
    config settings;
    settings.in_memory = true;
    settings.workers = 1;
    settings.partitions = partitions;
    auto started =
        builder{settings}.add<account>().journal_from(journal_->source()).time_from(time_).start();
    ASSERT_TRUE(started) << describe(started.error());
    app_.emplace(*std::move(started));
  }
  void restart() {
    app_.reset();
    start();
  }
  outcome<account> ask(const char* id, account::command wish, ask_options options = {}) {
    return app_->aggregate<account>(id).ask(std::move(wish), std::move(options));
  }
  error::code failure_of(const char* id, account::command wish) {
    const auto out = ask(id, std::move(wish));
    return out.failed() != nullptr ? out.failed()->what : error::code{};
  }
  std::int64_t balance(const char* id) {
    return app_->aggregate<account>(id).state()->state.balance_cents;
  }
  std::size_t stored(const char* id) { return journal_->events_of<account>(id).size(); }

  std::optional<journal_probe> journal_{std::in_place};
  std::shared_ptr<manual_clock> time_ = std::make_shared<manual_clock>();
  std::optional<runtime> app_;
};

TEST_F(JournalProbe, ShowsWhatIsStoredInItsOrder) {
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  ASSERT_TRUE(ask("ann", deposit{5}, {.command_id = "c-1"}).accepted());
  journal_->expect_next(opened{"ann"});
  const auto second = journal_->next_persisted();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->describe(), "bank.account/ann version 2 (deposited)");
  EXPECT_EQ(second->position.offset, 2U);
  EXPECT_EQ(second->command_id, "c-1");
  EXPECT_EQ(second->time, time_->now());
  EXPECT_EQ(second->as<deposited>(), deposited{5});
  EXPECT_FALSE(second->as<opened>());
  journal_->expect_nothing_more();
}

TEST_F(JournalProbe, FailsATestThatExpectsSomethingElse) {
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  EXPECT_NONFATAL_FAILURE(journal_->expect_nothing_more(), "stored was also bank.account/ann");
  EXPECT_NONFATAL_FAILURE(journal_->expect_next(opened{"bob"}), "{\"owner\":\"ann\"}");
  ASSERT_TRUE(ask("ann", deposit{5}).accepted());
  EXPECT_NONFATAL_FAILURE(journal_->expect_next(opened{"ann"}), "(deposited)");
}

TEST_F(JournalProbe, KeepsWhatIsStoredWhileRuntimesComeAndGo) {
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  ASSERT_TRUE(ask("ann", deposit{5}).accepted());
  restart();
  ASSERT_TRUE(ask("ann", deposit{6}).accepted());
  EXPECT_EQ(balance("ann"), 11);
  EXPECT_EQ(journal_->events_of<account>("ann"),
            (std::vector<account::event>{opened{"ann"}, deposited{5}, deposited{6}}));
  EXPECT_EQ(journal_->events()->size(), 3U);
  EXPECT_TRUE(app_->verify());
}

TEST_F(JournalProbe, GivesARuntimeAPast) {
  time_->set(timestamp{std::chrono::seconds{50}});
  journal_->record_at(time_->now());
  journal_->persist_for_recovery<account>("ann", opened{"ann"}, deposited{5});
  journal_->persist_for_recovery<account>("ann", deposited{6});
  start();
  EXPECT_EQ(balance("ann"), 11);
  const auto now = app_->aggregate<account>("ann").state();
  EXPECT_EQ(now->version, version{3});
  EXPECT_EQ(now->time, time_->now());
  ASSERT_TRUE(ask("ann", deposit{1}).accepted());
  journal_->expect_next(deposited{1});
}

TEST_F(JournalProbe, PutsAPastIntoThePartitionWhereItBelongs) {
  journal_.emplace(4);
  for (const char* id : {"ann", "bob", "cleo", "dan", "eve"})
    journal_->persist_for_recovery<account>(id, opened{id}, deposited{5});
  start(4);
  for (const char* id : {"ann", "bob", "cleo", "dan", "eve"})
    EXPECT_EQ(balance(id), 5) << id;
}

TEST_F(JournalProbe, LetsTheNextAppendFailForGood) {
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  journal_->fail_next(disk_failed);
  EXPECT_EQ(failure_of("ann", deposit{5}), error::code::storage_failed);
  EXPECT_EQ(failure_of("ann", deposit{6}), error::code::storage_failed);
  EXPECT_EQ(balance("ann"), 0);
  restart();
  ASSERT_TRUE(ask("ann", deposit{7}).accepted());
  EXPECT_EQ(balance("ann"), 7);
}

TEST_F(JournalProbe, RejectsOneAppendAndGoesOn) {
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  journal_->reject_next();
  EXPECT_EQ(failure_of("ann", deposit{5}), error::code::store_full);
  EXPECT_EQ(stored("ann"), 1U);
  ASSERT_TRUE(ask("ann", deposit{6}).accepted());
  EXPECT_EQ(balance("ann"), 6);
}

TEST_F(JournalProbe, CountsTheAppendsUpToTheFault) {
  start();
  journal_->fail_nth(3, {error::code::store_full, "third"});
  EXPECT_TRUE(ask("ann", open{"ann"}).accepted());
  EXPECT_TRUE(ask("ann", deposit{1}).accepted());
  EXPECT_EQ(failure_of("ann", deposit{2}), error::code::store_full);
  EXPECT_TRUE(ask("ann", deposit{3}).accepted());
}

TEST_F(JournalProbe, FailsWhatAPredicateNamesUntilItIsHealed) {
  start();
  journal_->fail_when(
      [](std::span<const persisted_event> events) {
        for (const auto& one : events)
          if (one.as<deposited>() == deposited{13}) return true;
        return false;
      },
      {error::code::store_full, "unlucky"});
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  EXPECT_EQ(failure_of("ann", deposit{13}), error::code::store_full);
  EXPECT_TRUE(ask("ann", deposit{12}).accepted());
  EXPECT_EQ(failure_of("ann", deposit{13}), error::code::store_full);
  journal_->heal();
  EXPECT_TRUE(ask("ann", deposit{13}).accepted());
}

TEST_F(JournalProbe, StoresWhatAnUncertainAppendDidNotAnswer) {
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  journal_->fail_next({error::code::uncertain, "died"}, journal_probe::fate::stored);
  const auto lost = ask("ann", deposit{5}, {.command_id = "c-1"});
  ASSERT_TRUE(lost.failed());
  EXPECT_EQ(effect_of(lost.failed()->what), error::effect::uncertain);
  restart();
  EXPECT_EQ(balance("ann"), 5);
  const auto again = ask("ann", deposit{5}, {.command_id = "c-1"});
  ASSERT_TRUE(again.accepted());
  EXPECT_TRUE(again.accepted()->repeated);
  EXPECT_EQ(balance("ann"), 5);
}

TEST_F(JournalProbe, HoldsAnAppendUntilItIsReleased) {
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  journal_->hold_next();
  std::promise<bool> answered;
  auto answer = answered.get_future();
  app_->aggregate<account>("ann").ask(deposit{5}, {}, [&answered](const outcome<account>& out) {
    answered.set_value(out.accepted() != nullptr);
  });
  ASSERT_TRUE(journal_->wait_until_held());
  EXPECT_EQ(answer.wait_for(std::chrono::seconds{0}), std::future_status::timeout);
  EXPECT_EQ(stored("ann"), 1U);
  journal_->release();
  EXPECT_TRUE(answer.get());
  EXPECT_EQ(stored("ann"), 2U);
  EXPECT_TRUE(ask("ann", deposit{6}).accepted());
}

TEST_F(JournalProbe, FailsReadersUntilItIsHealed) {
  journal_->persist_for_recovery<account>("ann", opened{"ann"});
  start();
  journal_->fail_reads({error::code::io_failed, "no reading today"});
  EXPECT_EQ(app_->aggregate<account>("ann").state().error().what, error::code::io_failed);
  std::promise<error::code> promise;
  auto failure = promise.get_future();
  app_->aggregate<account>("ann").ask(
      deposit{5}, {.timeout = std::chrono::hours{1}}, [&promise](const outcome<account>& out) {
        promise.set_value(out.failed() != nullptr ? out.failed()->what : error::code{});
      });
  // It is tried several times, with a pause before each.
  while (failure.wait_for(std::chrono::milliseconds{1}) != std::future_status::ready)
    time_->advance(std::chrono::milliseconds{200});
  EXPECT_EQ(failure.get(), error::code::io_failed);
  EXPECT_EQ(failure_of("ann", deposit{5}), error::code::io_failed);
  EXPECT_EQ(stored("ann"), 1U);
  journal_->heal();
  time_->advance(std::chrono::minutes{1});
  EXPECT_TRUE(ask("ann", deposit{6}).accepted());
}

TEST_F(JournalProbe, FailsTheReaderThatItIsToldToAndNoOther) {
  const auto log = *journal_->source()({0});
  const auto why = [&log] {
    const auto opened = log->read();
    return opened ? error::code{} : opened.error().what;
  };
  journal_->fail_nth_read(2, {error::code::io_failed, "the second"});
  journal_->fail_nth_read(3, {error::code::corrupt, "the third"});
  EXPECT_EQ(why(), error::code{});
  EXPECT_EQ(why(), error::code::io_failed);
  EXPECT_EQ(why(), error::code::corrupt);
  EXPECT_EQ(why(), error::code{});
  journal_->fail_next_read({error::code::io_failed, "the next one"});
  journal_->heal();
  EXPECT_EQ(why(), error::code{});
}

TEST_F(JournalProbe, LetsAnAggregateWakeAfterOneReaderHasFailed) {
  journal_->persist_for_recovery<account>("ann", opened{"ann"});
  start();
  ASSERT_TRUE(app_->aggregate<account>("ann").state());
  journal_->fail_next_read({error::code::io_failed, "not now"});
  std::promise<bool> promise;
  auto accepted = promise.get_future();
  app_->aggregate<account>("ann").ask(
      deposit{5}, {.timeout = std::chrono::hours{1}}, [&promise](const outcome<account>& out) {
        promise.set_value(out.accepted() != nullptr);
      });
  while (accepted.wait_for(std::chrono::milliseconds{1}) != std::future_status::ready)
    time_->advance(std::chrono::milliseconds{200});
  EXPECT_TRUE(accepted.get());
}

TEST_F(JournalProbe, LetsANewerRuntimeFenceTheOlderOne) {
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  auto older = std::move(app_);
  start();
  const auto out = older->aggregate<account>("ann").ask(deposit{5});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::fenced);
  EXPECT_TRUE(ask("ann", deposit{6}).accepted());
  EXPECT_EQ(balance("ann"), 6);
}

/// Lets the time of a command go by while it is on its way.
struct slow_way final : interceptor {
  explicit slow_way(manual_clock& moves) : time(moves) {}
  result<void> before(intercepted_command& /*wish*/) override {
    time.advance(takes);
    return {};
  }
  manual_clock& time;
  std::chrono::seconds takes{0};
};

TEST(ManualClockInARuntime, ExpiresCommandsWithoutWaiting) {
  journal_probe journal;
  auto time = std::make_shared<manual_clock>();
  auto way = std::make_shared<slow_way>(*time);
  auto app = builder{{.in_memory = true, .workers = 1}}
                 .add<account>()
                 .journal_from(journal.source())
                 .time_from(time)
                 .intercept(way)
                 .start();
  ASSERT_TRUE(app);
  auto ann = app->aggregate<account>("ann");
  way->takes = std::chrono::seconds{9};
  EXPECT_TRUE(ann.ask(open{"ann"}, {.timeout = std::chrono::seconds{10}}).accepted());
  way->takes = std::chrono::seconds{10};
  const auto late = ann.ask(deposit{1}, {.timeout = std::chrono::seconds{10}});
  ASSERT_TRUE(late.failed());
  EXPECT_EQ(late.failed()->what, error::code::expired);
}

TEST(JournalFrom, NeedsSettingsThatKeepNothingOnDisk) {
  journal_probe journal;
  auto started =
      builder{{.store = "never made"}}.add<account>().journal_from(journal.source()).start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, error::code::bad_config);
}

TEST(JournalFrom, ReturnsWhatTheSourceFailsWith) {
  journal_probe only_one_partition;
  auto started = builder{{.in_memory = true, .partitions = 2}}
                     .add<account>()
                     .journal_from(only_one_partition.source())
                     .start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, error::code::bad_input);
}

TEST(JournalFrom, SaysThatTheJournalKnowsWhatIsDurable) {
  journal_probe journal;
  auto app = builder{{.in_memory = true}}.journal_from(journal.source()).start();
  ASSERT_TRUE(app);
  EXPECT_EQ(app->status().durability, "as its journal");
}

}  // namespace
}  // namespace cairn::testing
