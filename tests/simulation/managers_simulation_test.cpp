#include "support/transfers.hpp"

#include "cairn/testing/simulation.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace cairn::testing {
namespace {

using bank::account;
using bank::deposit;
using bank::open;
using bank::start_transfer;
using bank::transfer;
using bank::transfers;

constexpr int accounts = 4;
constexpr std::int64_t first_cents = 100;

std::string account_of(std::uint64_t number) {
  return "a" + std::to_string(number % accounts);
}

/// Sends it until there is an answer that says that it has happened.
template <class A>
void insist(simulated_client& me,
            const std::string& id,
            typename A::command wish,
            const std::string& command_id) {
  me.aggregate<A>(id).ask(
      wish, {.command_id = command_id}, [&me, id, wish, command_id](const outcome<A>& what) {
        if (!what.accepted() && !what.rejected()) insist<A>(me, id, wish, command_id);
      });
}

/// Views are lost with each crash here, so the managers are folded anew each time: all their
/// commands are sent again, under the ids that they had.
TEST(ManagersSimulation, MovesMoneyOnceWhateverFailsAndLosesNone) {
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    simulation world{seed, {.fail_writes = 0.03, .crashes = 0.005, .lose_messages = 0.05}};
    world.add<account>().add<transfer>();
    world.add_process_manager<transfers>();
    constexpr int moves = 12;
    world.client([step = 0](simulated_client& me) mutable {
      const auto number = static_cast<std::uint64_t>(step);
      if (step < accounts) {
        insist<account>(me, account_of(number), open{"x"}, "open" + account_of(number));
      } else if (step < 2 * accounts) {
        insist<account>(me, account_of(number), deposit{first_cents}, "in" + account_of(number));
      } else {
        const std::string id = "t" + std::to_string(step);
        const std::string to = step % 5 == 0 ? "nobody" : account_of(me.random().next());
        insist<transfer>(
            me, id, start_transfer{account_of(me.random().next()), to, 1 + step * 4}, "start" + id);
      }
      return ++step < 2 * accounts + moves;
    });
    const auto done = world.run();
    ASSERT_TRUE(done.ok()) << describe(done);
    const auto settled = world.app().process_manager<transfers>().settle(std::chrono::minutes{5});
    ASSERT_TRUE(settled) << describe(settled.error());
    std::int64_t sum = 0;
    for (std::uint64_t i = 0; i < accounts; ++i)
      sum += world.app().aggregate<account>(account_of(i)).state()->state.balance_cents;
    EXPECT_EQ(sum, accounts * first_cents);
    for (int step = 2 * accounts; step < 2 * accounts + moves; ++step) {
      const auto what = world.app().aggregate<transfer>("t" + std::to_string(step)).state();
      EXPECT_TRUE(what->state.now == transfer::phase::finished ||
                  what->state.now == transfer::phase::failed);
    }
  }
}

}  // namespace
}  // namespace cairn::testing
