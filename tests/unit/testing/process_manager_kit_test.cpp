#include "cairn/testing/process_manager_kit.hpp"

#include "support/transfers.hpp"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

using namespace std::chrono_literals;
using bank::account;
using bank::deposit;
using bank::fail_transfer;
using bank::finish_transfer;
using bank::interest;
using bank::opened;
using bank::transfer;
using bank::transfer_finished;
using bank::transfer_started;
using bank::transfers;
using bank::withdraw;

TEST(ProcessManagerKit, ShowsTheCommandsOfAStepInTheirOrder) {
  process_manager_kit<transfers> kit;
  kit.when<transfer>("t1", transfer_started{"ann", "bob", 5})
      .expect_sent<account>("ann", withdraw{5})
      .expect_sent<account>("bob", deposit{5})
      .expect_sent<transfer>("t1", finish_transfer{})
      .expect_nothing_else();
  EXPECT_EQ(kit.find("t1")->cents, 5);
  kit.when<transfer>("t1", transfer_finished{}).expect_nothing_else();
  EXPECT_FALSE(kit.find("t1"));
}

TEST(ProcessManagerKit, HandsOnARejection) {
  process_manager_kit<transfers> kit;
  kit.when<transfer>("t1", transfer_started{"ann", "bob", 5});
  kit.accept("t1");
  kit.when_rejected<account>("t1", account::rejection::not_open)
      .expect_sent<account>("ann", deposit{5})
      .expect_sent<transfer>("t1", fail_transfer{"rejected with 1"})
      .expect_nothing_else();
}

TEST(ProcessManagerKit, KeepsStrictRoutes) {
  process_manager_kit<transfers> kit;
  kit.when<transfer>("t1", transfer_started{"ann", "bob", 5});
  kit.when<transfer>("t1", transfer_started{"ann", "bob", 5}).expect_failed(error::code::conflict);
  EXPECT_EQ(kit.find("t1")->steps, 1U);
}

TEST(ProcessManagerKit, FiresTimersWhenTheirTimeHasPassed) {
  process_manager_kit<interest> kit;
  kit.when<account>("ann", opened{"ann"}).expect_nothing_else();
  kit.when<account>("bob", opened{"daily"}).expect_nothing_else();
  EXPECT_EQ(kit.timers_pending(), 2U);
  kit.when_passes(59min).expect_nothing_else();
  kit.when_passes(1min).expect_sent<account>("ann", deposit{100}).expect_nothing_else();
  kit.when_passes(47h)
      .expect_sent<account>("bob", deposit{1})
      .expect_sent<account>("bob", deposit{1})
      .expect_nothing_else();
  kit.when<account>("bob", bank::withdrawn{1}).expect_nothing_else();
  EXPECT_EQ(kit.timers_pending(), 0U);
}

TEST(ProcessManagerKit, NoticesAnotherCommand) {
  process_manager_kit<transfers> kit;
  EXPECT_NONFATAL_FAILURE(kit.when<transfer>("t1", transfer_started{"ann", "bob", 5})
                              .expect_sent<account>("ann", withdraw{6}),
                          "it sent another command");
  EXPECT_NONFATAL_FAILURE(
      kit.when<transfer>("t2", transfer_started{"ann", "bob", 5}).expect_nothing_else(),
      "3 commands more");
}

}  // namespace
}  // namespace cairn::testing
