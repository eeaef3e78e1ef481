#include "support/pads_on_probe.hpp"

namespace cairn::tests {
namespace {

using lines = std::vector<std::string>;
using namespace std::chrono_literals;

/// A group fails; what was decided on top of it is decided again. Number 2 is what fails.
class DecidingAgain : public pads_on_probe {};

TEST_F(DecidingAgain, KeepsTheOrderInWhichTheCommandsCame) {
  start();
  ASSERT_TRUE(ask("a", pad::add{"1"}).accepted());
  begin_failing();
  send(3, "a", pad::add{"3"});
  wait_until_decided();
  send(4, "a", pad::add{"4"});
  wait_until_decided();
  send(5, "a", pad::add{"5"});
  EXPECT_EQ(release_and_wait_for(4), (lines{"", "", "store_full", "v2", "v3", "v4"}));
  EXPECT_EQ(stored("a"), (lines{"1", "3", "4", "5"}));
}

TEST_F(DecidingAgain, ComesBeforeWhatIsSentByTheOneThatFailed) {
  start();
  probe_.hold_next();
  probe_.reject_next();
  auto resend = [this](const outcome<pad>&) {
    send(4, "a", pad::add{"4"});
  };
  using message = detail::message_with_callback<pad, decltype(resend)>;
  auto first = std::make_unique<message>(pad::add{"2"}, resend);
  first->aggregate_id = "a";
  first->stream_hash = persistence::hash_of({pad::stable_name, "a"});
  host_->send(first.release());
  ASSERT_TRUE(probe_.wait_until_held());
  send(3, "a", pad::add{"3"});
  wait_until_decided();
  EXPECT_EQ(release_and_wait_for(2), (lines{"", "", "", "v1", "v2"}));
  EXPECT_EQ(stored("a"), (lines{"3", "4"}));
}

TEST_F(DecidingAgain, AnswersFromAStateThatIsAndNotFromOneThatNeverWas) {
  start();
  ASSERT_TRUE(ask("a", pad::add{"1"}).accepted());
  begin_failing();
  // On the state that never was: accepted, a conflict, rejected, accepted.
  send(3, "a", pad::add{"3"}, {.expected = version{2}});
  send(4, "a", pad::add{"4"}, {.expected = version{1}});
  wait_until_decided();
  send(5, "a", pad::add_unless{"5", "2"});
  send(6, "a", pad::add_unless{"6", "4"});
  wait_until_decided();
  EXPECT_EQ(release_and_wait_for(5),
            (lines{"", "", "store_full", "conflict", "v2", "v3", "is there"}));
  EXPECT_EQ(stored("a"), (lines{"1", "4", "5"}));
}

/// Those who only wait, in the very group that fails, are no part of it.
TEST_F(DecidingAgain, IsForThoseInTheGroupWhoOnlyWaitedForIt) {
  start();
  ASSERT_TRUE(ask("a", pad::add{"1"}).accepted());
  probe_.hold_next();
  probe_.reject_next();
  // One chain, hence one burst.
  auto oldest = message_of(2, "a", pad::add{"2"});
  auto newest = message_of(3, "a", pad::add_unless{"3", "2"});
  newest->next = oldest.get();
  host_->send_chain(newest.release(), oldest.release());
  ASSERT_TRUE(probe_.wait_until_held());
  EXPECT_EQ(release_and_wait_for(2), (lines{"", "", "store_full", "v2"}));
  EXPECT_EQ(stored("a"), (lines{"1", "3"}));
}

TEST_F(DecidingAgain, MakesARepeatTheFirstOfItsIdWhenTheFirstIsNotStored) {
  start();
  probe_.hold_next();
  probe_.reject_next();
  send(2, "a", pad::add{"2"}, {.command_id = "x"});
  ASSERT_TRUE(probe_.wait_until_held());
  send(3, "a", pad::add{"2"}, {.command_id = "x"});
  send(4, "a", pad::add{"2"}, {.command_id = "x"});
  wait_until_decided();
  EXPECT_EQ(release_and_wait_for(3), (lines{"", "", "store_full", "v1", "v1 again"}));
  EXPECT_EQ(stored("a"), lines{"2"});
  start_again();
  const auto later = ask("a", pad::add{"2"}, {.command_id = "x"});
  EXPECT_EQ(in_words(later), "v1 again");
}

TEST_F(DecidingAgain, CallsWhatTheDecisionSaidOnce) {
  start();
  begin_failing();
  send(3, "a", pad::add{"3"});
  wait_until_decided();
  const int called = pad::called;
  const int decided = pad::decided;
  EXPECT_EQ(release_and_wait_for(2), (lines{"", "", "store_full", "v1"}));
  EXPECT_EQ(pad::called - called, 1);
  EXPECT_EQ(pad::decided - decided, 1);
}

TEST_F(DecidingAgain, TakesBackACommandThatWasSetAsideOnAStateThatNeverWas) {
  start();
  probe_.hold_next();
  probe_.reject_next();
  send(2, "a", pad::lock{});
  ASSERT_TRUE(probe_.wait_until_held());
  send(3, "a", pad::add_unlocked{"3"});
  wait_until_decided();
  send(4, "a", pad::add{"4"});
  wait_until_decided();
  EXPECT_EQ(release_and_wait_for(3), (lines{"", "", "store_full", "v1", "v2"}));
  EXPECT_EQ(stored("a"), (lines{"3", "4"}));
}

TEST_F(DecidingAgain, LeavesSetAsideWhatOnlyAFailedDecisionWantedBack) {
  start({.event_bytes_max = 8U << 20U});
  ASSERT_TRUE(ask("a", pad::lock{}).accepted());
  send(3, "a", pad::add_unlocked{"3"});
  wait_until_decided();
  const int decided = pad::decided;
  probe_.hold_next();
  probe_.reject_next();
  // So long that its burst leaves before what it brings back is decided.
  send(2, "a", pad::unlock{std::string(2U << 20U, 'x')});
  ASSERT_TRUE(probe_.wait_until_held());
  wait_until_decided();
  EXPECT_EQ(pad::decided - decided, 2);
  EXPECT_EQ(release_and_wait_for(1), (lines{"", "", "store_full"}));
  send(4, "a", pad::add{"4"});
  ASSERT_EQ(answers_.wait_for(2).back().second, "v2");
  // Neither the failure nor the next command has touched it.
  EXPECT_EQ(pad::decided - decided, 3);
  send(5, "a", pad::unlock{});
  answers_.wait_for(4);
  EXPECT_EQ(stored("a"), (lines{"4", "3"}));
}

TEST_F(DecidingAgain, IsNotForOneWhoseDeadlineHasPassed) {
  start();
  begin_failing();
  send(3, "a", pad::add{"3"}, {.timeout = 3s});
  send(4, "a", pad::add{"4"}, {.timeout = 9s});
  wait_until_decided();
  moved_time_.advance(5s);
  EXPECT_EQ(release_and_wait_for(3), (lines{"", "", "store_full", "expired", "v1"}));
  EXPECT_EQ(stored("a"), lines{"4"});
}

TEST_F(DecidingAgain, IsOfNoUseWhenTheStoreTakesNoMoreWrites) {
  start();
  const int decided = pad::decided;
  begin_failing({error::code::uncertain, "the disk is gone"});
  send(3, "a", pad::add{"3"});
  send(4, "a", pad::add_unless{"4", "2"});
  send(5, "a", pad::add{"5"}, {.command_id = "x"});
  wait_until_decided();
  send(6, "a", pad::add{"5"}, {.command_id = "x"});
  wait_until_decided();
  // The last one repeats something, so it cannot say that nothing is stored.
  EXPECT_EQ(
      release_and_wait_for(5),
      (lines{
          "", "", "uncertain", "storage_failed", "storage_failed", "storage_failed", "uncertain"}));
  EXPECT_EQ(pad::decided - decided, 4);
  EXPECT_EQ(stored("a"), lines{});
}

TEST_F(DecidingAgain, HappensOnceMoreWhenTheNextGroupFailsToo) {
  start({.event_bytes_max = 8U << 20U});
  begin_failing();
  // So long that its burst leaves before the next one is decided, both times.
  send(3, "a", pad::add{std::string(2U << 20U, 'x')});
  send(4, "a", pad::add{"4"});
  send(5, "a", pad::add_unless{"5", "4"});
  wait_until_decided();
  const int decided = pad::decided;
  probe_.fail_nth(2, {error::code::store_full, "once more"});
  EXPECT_EQ(release_and_wait_for(4), (lines{"", "", "store_full", "store_full", "v1", "is there"}));
  EXPECT_EQ(pad::decided - decided, 5);
  EXPECT_EQ(stored("a"), lines{"4"});
}

TEST_F(DecidingAgain, IsForAtomicCommitsToo) {
  start();
  ASSERT_TRUE(ask("a", pad::add{"1"}).accepted());
  ASSERT_TRUE(ask("b", pad::add{"0"}).accepted());
  begin_failing();
  add_together(3, {"a", "b"}, "3");
  // Each of the two is asked for in a run of its own.
  wait_until_decided();
  wait_until_decided();
  send(4, "b", pad::add_unless{"4", "3"});
  wait_until_decided();
  // Behind the commands that have come meanwhile.
  EXPECT_EQ(release_and_wait_for(3), (lines{"", "", "store_full", "accepted", "v2"}));
  EXPECT_EQ(stored("a"), (lines{"1", "3"}));
  EXPECT_EQ(stored("b"), (lines{"0", "4", "3"}));
}

TEST_F(DecidingAgain, IsNotForTheAtomicCommitThatFailedItself) {
  start();
  ASSERT_TRUE(ask("a", pad::add{"0"}).accepted());
  ASSERT_TRUE(ask("b", pad::add{"1"}).accepted());
  probe_.hold_next();
  probe_.reject_next();
  add_together(2, {"a", "b"}, "2");
  ASSERT_TRUE(probe_.wait_until_held());
  send(3, "b", pad::add{"3"});
  wait_until_decided();
  add_together(4, {"a", "b"}, "4");
  wait_until_decided();
  wait_until_decided();
  EXPECT_EQ(release_and_wait_for(3), (lines{"", "", "store_full", "v2", "accepted"}));
  EXPECT_EQ(stored("a"), (lines{"0", "4"}));
  EXPECT_EQ(stored("b"), (lines{"1", "3", "4"}));
}

TEST_F(DecidingAgain, AnswersEverybodyWhenTheHostStopsBeforeIt) {
  start();
  begin_failing();
  send(3, "a", pad::add{"3"});
  send(4, "a", pad::add_unless{"4", "2"});
  add_together(5, {"a", "b"}, "5");
  wait_until_decided();
  recovery_->stop();
  host_->detach();
  probe_.release();
  shut_down();
  EXPECT_EQ(release_and_wait_for(4),
            (lines{"", "", "store_full", "shutting_down", "shutting_down", "shutting_down"}));
  EXPECT_EQ(stored("a"), lines{});
}

TEST_F(DecidingAgain, TakesASnapshotOfWhatIsStoredAndOfNothingElse) {
  start({.snapshot_every = 2});
  ASSERT_TRUE(ask("a", pad::add{"1"}).accepted());
  begin_failing();
  send(3, "a", pad::add{"3"});
  wait_until_decided();
  EXPECT_EQ(release_and_wait_for(2), (lines{"", "", "store_full", "v2"}));
  // One at version 2, and of what is stored.
  const auto kept = given();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].what.version, version{2});
  start_again();
  EXPECT_EQ(in_words(ask("a", pad::add_unless{"4", "2"})), "v3");
}

}  // namespace
}  // namespace cairn::tests
