#include "support/host_fixture.hpp"

#include <thread>

namespace cairn::tests {
namespace {

using bank::deposit;
using bank::open;
using bank::withdraw;
using rejection = account::rejection;

class Host : public host_fixture {
 protected:
  void open_with(const std::string& id, std::int64_t cents) {
    ASSERT_TRUE(ask(id, open{id}).accepted());
    ASSERT_TRUE(ask(id, deposit{cents}).accepted());
  }
};

TEST_F(Host, AnswersWithVersionAndPosition) {
  start();
  const auto first = ask("ann", open{"ann"});
  ASSERT_TRUE(first.accepted());
  EXPECT_EQ(first.accepted()->version, version{1});
  EXPECT_EQ(first.accepted()->position.offset, 1U);
  const auto second = ask("bob", open{"bob"});
  ASSERT_TRUE(second.accepted());
  EXPECT_EQ(second.accepted()->version, version{1});
  EXPECT_EQ(second.accepted()->position.offset, 2U);
}

TEST_F(Host, RejectsWithTheReasonOfTheDomainAndStoresNothing) {
  start();
  const auto out = ask("ann", deposit{5});
  ASSERT_TRUE(out.rejected());
  EXPECT_EQ(*out.rejected(), rejection::not_open);
  EXPECT_EQ(journal_->durable_offset(), 0U);
}

TEST_F(Host, DecidesTheNextCommandBeforeTheLastOneIsDurable) {
  start();
  open_with("ann", 100);
  shut_gate();
  answers all;
  for (int i = 0; i < 10; ++i)
    send("ann", withdraw{10}, all.taker());
  send("ann", withdraw{1}, all.taker());
  open_gate();
  const auto outcomes = all.wait_for(11);
  for (std::size_t i = 0; i < 10; ++i) {
    ASSERT_TRUE(outcomes[i].accepted());
    EXPECT_EQ(outcomes[i].accepted()->version.value, 3 + i);
  }
  ASSERT_TRUE(outcomes[10].rejected());
  EXPECT_EQ(*outcomes[10].rejected(), rejection::insufficient_funds);
  EXPECT_EQ(stored_balance("ann"), 0);
}

TEST_F(Host, HoldsBackARejectionUntilTheStateThatItRestsOnIsDurable) {
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  shut_gate();
  answers deposits;
  answers rejections;
  send("ann", deposit{5}, deposits.taker());
  send("ann", withdraw{6}, rejections.taker());
  // Another aggregate with nothing on its way is answered at once, and the host has run by then.
  const auto other = ask("bob", deposit{5});
  EXPECT_TRUE(other.rejected());
  EXPECT_EQ(rejections.count(), 0U);
  open_gate();
  EXPECT_TRUE(rejections.wait_for(1)[0].rejected());
  EXPECT_EQ(deposits.count(), 1U);
}

TEST_F(Host, AnswersAnotherExpectedVersionWithTheActualOne) {
  start();
  open_with("ann", 100);
  const auto stale = ask("ann", withdraw{1}, {.expected = version{1}});
  ASSERT_TRUE(stale.failed());
  EXPECT_EQ(stale.failed()->what, error::code::conflict);
  EXPECT_EQ(stale.failed()->actual_version, 2U);
  EXPECT_TRUE(ask("ann", withdraw{1}, {.expected = version{2}}).accepted());
  EXPECT_TRUE(ask("new", open{"new"}, {.expected = version{0}}).accepted());
  EXPECT_TRUE(ask("new", open{"new"}, {.expected = version{0}}).failed());
  const auto absent = ask("bob", deposit{1}, {.expected = expectation::exists()});
  ASSERT_TRUE(absent.failed());
  EXPECT_EQ(absent.failed()->what, error::code::conflict);
  EXPECT_EQ(absent.failed()->actual_version, 0U);
  EXPECT_TRUE(ask("bob", open{"bob"}, {.expected = expectation::none()}).accepted());
  EXPECT_TRUE(ask("bob", open{"bob"}, {.expected = expectation::none()}).failed());
  EXPECT_TRUE(ask("bob", deposit{1}, {.expected = expectation::exists()}).accepted());
}

TEST_F(Host, GivesARepeatedCommandTheFirstOutcome) {
  start();
  open_with("ann", 100);
  const auto first = ask("ann", withdraw{30}, {.command_id = "a"});
  const auto again = ask("ann", withdraw{30}, {.command_id = "a"});
  ASSERT_TRUE(first.accepted());
  ASSERT_TRUE(again.accepted());
  EXPECT_FALSE(first.accepted()->repeated);
  EXPECT_TRUE(again.accepted()->repeated);
  EXPECT_EQ(again.accepted()->position, first.accepted()->position);
  EXPECT_EQ(again.accepted()->version, first.accepted()->version);
  EXPECT_EQ(stored_balance("ann"), 70);
}

TEST_F(Host, RemembersARejectionWithAnIdAlsoWhenTheStateHasChanged) {
  start();
  open_with("ann", 10);
  EXPECT_TRUE(ask("ann", withdraw{20}, {.command_id = "a"}).rejected());
  EXPECT_TRUE(ask("ann", deposit{100}).accepted());
  const auto again = ask("ann", withdraw{20}, {.command_id = "a"});
  ASSERT_TRUE(again.rejected());
  EXPECT_EQ(*again.rejected(), rejection::insufficient_funds);
}

TEST_F(Host, RepeatsThatMeetTheOriginalOnItsWayGetItsOutcome) {
  start();
  open_with("ann", 100);
  shut_gate();
  answers all;
  for (int i = 0; i < 3; ++i)
    send("ann", withdraw{30}, all.taker(), {.command_id = "a"});
  open_gate();
  const auto outcomes = all.wait_for(3);
  for (const auto& one : outcomes) {
    ASSERT_TRUE(one.accepted());
    EXPECT_EQ(one.accepted()->position.offset, 3U);
  }
  EXPECT_EQ(stored_balance("ann"), 70);
}

TEST_F(Host, RemembersMoreIdsThanItKeepsInMemory) {
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  constexpr int many = 500;
  for (int i = 0; i < many; ++i) {
    ASSERT_TRUE(ask("ann", deposit{1}, {.command_id = std::to_string(i)}).accepted());
  }
  for (int i = 0; i < many; ++i) {
    const auto again = ask("ann", deposit{1}, {.command_id = std::to_string(i)});
    ASSERT_TRUE(again.accepted());
    EXPECT_TRUE(again.accepted()->repeated) << i;
  }
  EXPECT_EQ(stored_balance("ann"), many);
}

TEST_F(Host, RefusesCommandsBeyondTheLimitOfOneAggregate) {
  start({.commands_per_aggregate_max = 10});
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  shut_gate();
  answers all;
  for (int i = 0; i < 15; ++i)
    send("ann", deposit{1}, all.taker());
  for (const auto& early : all.wait_for(5)) {
    ASSERT_TRUE(early.failed());
    EXPECT_EQ(early.failed()->what, error::code::overloaded);
  }
  open_gate();
  (void)all.wait_for(15);
  EXPECT_EQ(stored_balance("ann"), 10);
}

TEST_F(Host, TakesBackWhatAFullDiskRefusedAndGoesOnOnceThereIsRoom) {
  start();
  open_with("ann", 100);
  shut_gate();
  fill_disk(true);
  answers all;
  for (int i = 0; i < 5; ++i)
    send("ann", withdraw{20}, all.taker());
  open_gate();
  for (const auto& one : all.wait_for(5)) {
    ASSERT_TRUE(one.failed());
    EXPECT_EQ(effect_of(one.failed()->what), error::effect::none);
  }
  fill_disk(false);
  const auto later = ask("ann", withdraw{100});
  ASSERT_TRUE(later.accepted()) << (later.failed() ? describe(*later.failed()) : "rejected");
  EXPECT_EQ(stored_balance("ann"), 0);
}

TEST_F(Host, PutsIdleAggregatesToSleepAndLosesNothing) {
  start({.awake_aggregates_max = 10});
  constexpr int aggregates = 200;
  answers all;
  for (int i = 0; i < aggregates; ++i)
    send("a" + std::to_string(i), open{"x"}, all.taker());
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < aggregates; ++i)
      send("a" + std::to_string(i), deposit{1}, all.taker());
  }
  for (const auto& one : all.wait_for(aggregates * 6))
    EXPECT_TRUE(one.accepted());
  for (int i = 0; i < aggregates; i += 17)
    EXPECT_EQ(stored_balance("a" + std::to_string(i)), 5);
  // Those are all durable, so each command lets some go to sleep.
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(ask("a1", deposit{1}).accepted());
  EXPECT_GT(host_->counters().put_to_sleep.load(), 100U);
  EXPECT_LE(host_->counters().awake.load(), 11U);
}

TEST_F(Host, PutsAggregatesToSleepThatHaveBeenIdleForLong) {
  start({.sleep_after = std::chrono::milliseconds{1}});
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  while (host_->counters().put_to_sleep.load() == 0)
    std::this_thread::yield();
  EXPECT_TRUE(ask("ann", deposit{1}).accepted());
  EXPECT_EQ(stored_balance("ann"), 1);
}

TEST_F(Host, PutsIdleAggregatesToSleepWhateverThePolicyIsForTooMany) {
  using policy = actors::replacement_policy;
  for (const policy each :
       {policy::lru, policy::mru, policy::lfu, policy::segmented_lru, policy::w_tiny_lfu}) {
    start({.sleep_after = std::chrono::milliseconds{1}, .replacement = {.policy = each}});
    for (const char* const id : {"ann", "bob", "cid"}) {
      ASSERT_TRUE(ask(id, open{id}).accepted());
      ASSERT_TRUE(ask(id, deposit{1}).accepted());
    }
    while (host_->counters().awake.load() != 0)
      std::this_thread::yield();
    EXPECT_TRUE(ask("ann", deposit{1}).accepted());
    EXPECT_EQ(stored_balance("ann"), 2);
    shut_down();
  }
}

TEST_F(Host, KeepsTheOrderOfCommandsThatComeWhileItWakes) {
  start({.awake_aggregates_max = 1});
  answers all;
  send("ann", open{"ann"}, all.taker());
  for (int i = 1; i <= 100; ++i) {
    send("ann", deposit{1}, all.taker());
    if (i % 10 == 0) {
      EXPECT_TRUE(ask("other" + std::to_string(i), open{"x"}).accepted());
    }
  }
  const auto outcomes = all.wait_for(101);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    ASSERT_TRUE(outcomes[i].accepted());
    EXPECT_EQ(outcomes[i].accepted()->version.value, i + 1);
  }
}

TEST_F(Host, WakesFromASnapshotAndTheEventsAfterIt) {
  start({.awake_aggregates_max = 1, .snapshot_every = 10});
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  for (int i = 0; i < 34; ++i)
    ASSERT_TRUE(ask("ann", deposit{1}).accepted());
  const auto found = actors::replay(type_, "ann", *journal_, *snapshots_, {}, silent_log());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->version, version{35});
  EXPECT_EQ(found->snapshot, version{30});
  EXPECT_EQ(stored_balance("ann"), 34);
}

/// Runs a strand only when the test says so.
class hand_cranked final : public actors::executor {
 public:
  std::unique_ptr<actors::strand> attach(kind /*how*/, std::function<void()> run) override {
    run_ = std::move(run);
    return std::make_unique<crank>(due_);
  }
  /// False when nobody has woken the strand.
  bool turn() {
    if (!due_.exchange(false)) return false;
    run_();
    return true;
  }

 private:
  class crank final : public actors::strand {
   public:
    explicit crank(std::atomic<bool>& due) : due_(due) {}
    void wake() override { due_ = true; }
    void wake_after(std::chrono::nanoseconds /*delay*/) override {}
    void stop() override {}

   private:
    std::atomic<bool>& due_;
  };
  std::function<void()> run_;
  std::atomic<bool> due_{false};
};

TEST_F(Host, ForgetsNoCommandThatComesWhileItIsBusyWithMany) {
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  hand_cranked crank;
  recovery_->stop();
  host_->detach();
  actors::recovery_pool recovery{*snapshots_, {}};
  auto host = std::make_unique<actors::host>(
      actors::host::surroundings{&type_, 0, 1, journal_.get(), &recovery, &clock_},
      actors::host_options{});
  host_ = std::move(host);
  host_->attach(crank);
  answers all;
  // More than a host takes in one run, and then some while it still has a backlog.
  for (int i = 0; i < 600; ++i)
    send("ann", deposit{1}, all.taker());
  ASSERT_TRUE(crank.turn());
  for (int i = 0; i < 5; ++i)
    send("ann", deposit{1}, all.taker());
  recovery.stop();
  while (crank.turn()) {
  }
  // Its recovery has been answered or refused by now, and with it every command.
  EXPECT_EQ(all.wait_for(605).size(), 605U);
  host_.reset();
}

TEST_F(Host, AnswersWhatIsLeftWhenItEnds) {
  start();
  ASSERT_TRUE(ask("ann", open{"ann"}).accepted());
  recovery_->stop();
  host_->detach();
  answers all;
  send("ann", deposit{1}, all.taker());
  shut_down();
  const auto left = all.wait_for(1);
  ASSERT_TRUE(left[0].failed());
  EXPECT_EQ(left[0].failed()->what, error::code::shutting_down);
}

}  // namespace
}  // namespace cairn::tests
