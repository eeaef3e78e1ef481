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

/// Pays, again when it is refused for the first time, and then gives up.
struct payer {
  static constexpr std::string_view stable_name = "payer";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::some_of<account, opened>>;
  using targets = cairn::targets<account>;
  struct state {
    template <class Ar> void serialize(Ar&, unsigned) {}
  };
  using reactions = cairn::reactions<payer>;

  static cairn::route route(const cairn::recorded<opened>& fact) {
    return cairn::starts(fact.meta.aggregate_id);
  }
  static void on(state&, const cairn::recorded<opened>&, reactions& then) {
    then.send<account>("shop", deposit{1});
  }
  static void on_rejected(state&, const cairn::rejected_command<account>& what, reactions& then) {
    if (what.attempts < 3) return then.retry(what.attempts * 1s);
    then.send<account>("shop", withdraw{what.attempts});
  }
};

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

TEST(ProcessManagerKit, CountsHowOftenACommandWasSent) {
  process_manager_kit<payer> kit;
  kit.when<account>("ann", opened{"ann"}).expect_sent<account>("shop", deposit{1});
  const auto refuse = [&kit] {
    return kit.when_rejected<account>("ann", account::rejection::not_open);
  };
  refuse().expect_retry(1s).expect_nothing_else();
  EXPECT_NONFATAL_FAILURE(refuse().expect_retry(3s), "after 2000000000 ns");
  EXPECT_NONFATAL_FAILURE(refuse().expect_sent<account>("shop", withdraw{3}).expect_retry(),
                          "there was none");
  // It is another command, which has been sent once.
  refuse().expect_retry(1s);
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
  EXPECT_NONFATAL_FAILURE(
      kit.when<transfer>("t1", transfer_started{"ann", "bob", 5})
          .expect_sent<account>("ann", withdraw{6}),
      "it sent another command, {\"type\":\"withdraw\",\"value\":{\"cents\":5}} for");
  EXPECT_NONFATAL_FAILURE(
      kit.when<transfer>("t2", transfer_started{"ann", "bob", 5}).expect_nothing_else(),
      "3 commands more");
}

}  // namespace
}  // namespace cairn::testing
