#include "support/running.hpp"
#include "support/transfers.hpp"

#include "cairn/testing/manual_clock.hpp"

#include <memory>

namespace cairn {
namespace {

using namespace std::chrono_literals;
using bank::account;
using bank::deposit;
using bank::interest;
using bank::open;
using bank::start_transfer;
using bank::transfer;
using bank::transfers;
using bank::withdraw;

class ProcessManager : public tests::running {
 protected:
  ProcessManager() {
    with = [this](builder& parts) {
      parts.add<account>().add<transfer>().time_from(time);
      parts.add_process_manager<transfers>(options);
    };
  }

  void open_account(const std::string& id, std::int64_t cents, const std::string& owner = "x") {
    ASSERT_TRUE(app->aggregate<account>(id).ask(open{owner}).accepted());
    if (cents == 0) return;
    ASSERT_TRUE(app->aggregate<account>(id).ask(deposit{cents}).accepted());
  }
  void move_money(const std::string& id,
                  const std::string& from,
                  const std::string& to,
                  std::int64_t cents,
                  const ask_options& how = {}) {
    ASSERT_TRUE(app->aggregate<transfer>(id).ask(start_transfer{from, to, cents}, how).accepted());
  }
  template <class M = transfers> void settle() {
    const auto done = app->process_manager<M>().settle();
    ASSERT_TRUE(done) << describe(done.error());
  }
  std::int64_t cents_of(const std::string& id) {
    return app->aggregate<account>(id).state()->state.balance_cents;
  }
  transfer::phase phase_of(const std::string& id) {
    return app->aggregate<transfer>(id).state()->state.now;
  }

  process_manager_options options;
  std::shared_ptr<testing::manual_clock> time = std::make_shared<testing::manual_clock>();
};

TEST_F(ProcessManager, CarriesOutWhatAnEventBegan) {
  start();
  open_account("ann", 100);
  open_account("bob", 0);
  move_money("t1", "ann", "bob", 30);
  settle();
  EXPECT_EQ(cents_of("ann"), 70);
  EXPECT_EQ(cents_of("bob"), 30);
  EXPECT_EQ(phase_of("t1"), transfer::phase::finished);
  const auto now = app->process_manager<transfers>().status();
  ASSERT_TRUE(now) << describe(now.error());
  EXPECT_EQ(now->instances, 0U);
  EXPECT_EQ(now->commands_pending, 0U);
}

TEST_F(ProcessManager, HearsOfARejectionAndReplacesTheCommandsThatAreLeft) {
  start();
  open_account("ann", 10);
  open_account("bob", 0);
  move_money("poor", "ann", "bob", 30);
  move_money("nowhere", "ann", "nobody", 5);
  settle();
  EXPECT_EQ(cents_of("ann"), 10);
  EXPECT_EQ(cents_of("bob"), 0);
  EXPECT_EQ(phase_of("poor"), transfer::phase::failed);
  EXPECT_EQ(phase_of("nowhere"), transfer::phase::failed);
}

TEST_F(ProcessManager, KeepsAnInstanceOverARestartAndFoldsNothingTwice) {
  options.command_timeout = 1s;
  start();
  open_account("ann", 100);
  open_account("bob", 0);
  for (int i = 0; i < 20; ++i)
    move_money("t" + std::to_string(i), "ann", "bob", 1);
  restart();
  settle();
  EXPECT_EQ(cents_of("bob"), 20);
  restart();
  settle();
  EXPECT_EQ(cents_of("ann"), 80);
  EXPECT_EQ(cents_of("bob"), 20);
}

TEST_F(ProcessManager, NamesTheEventAsTheCauseAndItselfAsThePrincipal) {
  start();
  open_account("ann", 100);
  open_account("bob", 0);
  move_money("t1", "ann", "bob", 30, {.command_id = "wish", .correlation_id = "story"});
  settle();
  const auto events = app->aggregate<account>("bob").history();
  ASSERT_TRUE(events);
  const recorded_event& last = events->back();
  EXPECT_EQ(last.correlation_id.text(), "story");
  EXPECT_EQ(last.causation_id.text(), "bank.transfer/t1@1");
  EXPECT_EQ(last.principal.text(), "bank.transfers");
  EXPECT_EQ(last.command_id.text().substr(0, 18), "pm:bank.transfers:");
}

/// The same manager after its program has changed.
struct transfers_2 : transfers {
  static constexpr std::uint32_t version = 2;
  using reactions = cairn::reactions<transfers_2>;
  static void on(state& now,
                 const recorded<bank::transfer_started>& fact,
                 cairn::reactions<transfers_2>& then) {
    now = {.from = fact->from, .cents = fact->cents, .steps = 1};
    then.send<account>(fact->from, withdraw{fact->cents});
    then.send<account>(fact->to, deposit{fact->cents});
    then.send<transfer>(std::string{then.instance()}, bank::finish_transfer{});
  }
  static void on(state&, const recorded<bank::transfer_finished>&, reactions&) {}
  static void on(state&, const recorded<bank::transfer_failed>&, reactions&) {}
};

TEST_F(ProcessManager, RepeatsNothingInEffectWhenItIsFoldedAnew) {
  start();
  open_account("ann", 100);
  open_account("bob", 0);
  for (int i = 0; i < 5; ++i)
    move_money("t" + std::to_string(i), "ann", "bob", 10);
  settle();
  with = [](builder& parts) {
    parts.add<account>().add<transfer>().add_process_manager<transfers_2>(
        {.on_rejection = process_manager_options::policy::skip});
  };
  restart();
  settle<transfers_2>();
  EXPECT_EQ(cents_of("ann"), 50);
  EXPECT_EQ(cents_of("bob"), 50);
  EXPECT_EQ(app->process_manager<transfers_2>().status()->failed_steps, 0U);
}

TEST_F(ProcessManager, StartsFromNowWhenItIsToldTo) {
  with = [](builder& parts) {
    parts.add<account>().add<transfer>();
  };
  start();
  open_account("ann", 100);
  open_account("bob", 0);
  move_money("before", "ann", "bob", 1);
  stop();
  options.start_from = process_manager_options::origin::now;
  with = [this](builder& parts) {
    parts.add<account>().add<transfer>().add_process_manager<transfers>(options);
  };
  start();
  move_money("after", "ann", "bob", 2);
  settle();
  EXPECT_EQ(cents_of("bob"), 2);
  EXPECT_EQ(phase_of("before"), transfer::phase::running);
  restart();
  move_money("later", "ann", "bob", 4);
  settle();
  EXPECT_EQ(cents_of("bob"), 6);
}

TEST_F(ProcessManager, IsRefusedWithATargetThatWasNotAdded) {
  builder parts{settings};
  parts.add<transfer>().add_process_manager<transfers>();
  const auto started = std::move(parts).start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, error::code::bad_config);
  EXPECT_NE(started.error().detail.find("bank.account"), std::string::npos);
}

TEST_F(ProcessManager, IsUnknownWhenItWasNotAdded) {
  start();
  const auto status = app->process_manager<interest>().status();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().what, error::code::unknown_name);
}

class Timers : public ProcessManager {
 protected:
  Timers() {
    with = [this](builder& parts) {
      parts.add<account>().time_from(time).add_process_manager<interest>(options);
    };
  }
  std::uint64_t pending() { return app->process_manager<interest>().status()->timers_pending; }
};

TEST_F(Timers, FireOnceWhenTheyAreDue) {
  start();
  open_account("ann", 0);
  settle<interest>();
  time->advance(59min);
  settle<interest>();
  EXPECT_EQ(cents_of("ann"), 0);
  EXPECT_EQ(pending(), 1U);
  time->advance(1min);
  settle<interest>();
  EXPECT_EQ(cents_of("ann"), 100);
  EXPECT_EQ(pending(), 0U);
  time->advance(24h);
  settle<interest>();
  EXPECT_EQ(cents_of("ann"), 100);
}

TEST_F(Timers, FireEachPeriodInTheirPhase) {
  start();
  open_account("ann", 0, "daily");
  for (int day = 1; day <= 3; ++day) {
    time->advance(24h);
    settle<interest>();
    EXPECT_EQ(cents_of("ann"), day);
  }
  time->advance(23h);
  settle<interest>();
  EXPECT_EQ(cents_of("ann"), 3);
}

TEST_F(Timers, ThatAreCancelledDoNotFire) {
  start();
  open_account("ann", 10);
  ASSERT_TRUE(app->aggregate<account>("ann").ask(withdraw{10}).accepted());
  settle<interest>();
  EXPECT_EQ(pending(), 0U);
  time->advance(2h);
  settle<interest>();
  EXPECT_EQ(cents_of("ann"), 0);
}

TEST_F(Timers, SurviveARestartAndFireLate) {
  start();
  open_account("ann", 0);
  open_account("day", 0, "daily");
  settle<interest>();
  stop();
  time->advance(60h);
  start();
  settle<interest>();
  EXPECT_EQ(cents_of("ann"), 100);
  EXPECT_EQ(cents_of("day"), 1) << "the two that were missed fire together";
  time->advance(12h);
  settle<interest>();
  EXPECT_EQ(cents_of("day"), 2) << "in its phase";
}

TEST_F(Timers, GoByACalendarOfTheirOwnWhenTheyAreGivenOne) {
  const auto calendar = std::make_shared<testing::manual_clock>(time->now());
  options.timers_by = calendar;
  start();
  open_account("ann", 0);
  settle<interest>();
  time->advance(24h);
  settle<interest>();
  EXPECT_EQ(cents_of("ann"), 0);
  calendar->advance(59min);
  restart();
  settle<interest>();
  EXPECT_EQ(cents_of("ann"), 0);
  calendar->advance(1min);
  settle<interest>();
  EXPECT_EQ(cents_of("ann"), 100);
}

TEST_F(Timers, WaitForACalendarThatStandsBeforeAllTime) {
  const auto calendar = std::make_shared<testing::manual_clock>(timestamp::min());
  options.timers_by = calendar;
  start();
  open_account("ann", 0);
  settle<interest>();
  EXPECT_EQ(pending(), 1U);
  calendar->set(timestamp::max());
  settle<interest>();
  EXPECT_EQ(cents_of("ann"), 100);
}

TEST_F(Timers, ThatAreDueWaitForTheEventsThatCancelThem) {
  with = [this](builder& parts) {
    parts.add<account>().time_from(time);
  };
  start();
  open_account("ann", 10);
  time->advance(30min);
  ASSERT_TRUE(app->aggregate<account>("ann").ask(withdraw{10}).accepted());
  stop();
  time->advance(24h);
  with = [this](builder& parts) {
    parts.add<account>().time_from(time).add_process_manager<interest>(options);
  };
  settings.read_model_batch = 1;
  start();
  settle<interest>();
  EXPECT_EQ(cents_of("ann"), 0);
}

}  // namespace
}  // namespace cairn
