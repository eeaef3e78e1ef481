#include "crash/moved_money.hpp"
#include "crash/run_and_kill.hpp"
#include "support/temporary_directory.hpp"

#include <cstdio>
#include <map>
#include <random>
#include <string>

namespace cairn::tests {
namespace {

/// What the accounts have recorded because of one transfer.
struct moved {
  int withdrawn = 0;
  int deposited = 0;
};

void count_moves(runtime& app, std::map<std::string, moved>& into) {
  event_query query{.category = "bank.account"};
  for (bool at_end = false; !at_end;) {
    const auto page = app.events(query);
    ASSERT_TRUE(page) << describe(page.error());
    for (const recorded_event& one : page->events) {
      // "bank.transfer/t1-2-3@1"
      const std::string& cause = one.causation_id.text();
      if (cause.rfind("bank.transfer/", 0) != 0) continue;
      moved& of = into[cause.substr(14, cause.rfind('@') - 14)];
      of.withdrawn += one.event_type == "withdrawn" ? 1 : 0;
      of.deposited += one.event_type == "deposited" ? 1 : 0;
    }
    at_end = page->at_end;
    query.from = page->next;
  }
}

TEST(ProcessManagers, SurviveBeingKilledUnderLoadAndMoveAllMoneyOnce) {
  const unsigned seed = from_environment("CAIRN_CRASH_SEED", std::random_device{}());
  const unsigned rounds = from_environment("CAIRN_CRASH_ROUNDS", 10);
  std::printf("CAIRN_CRASH_SEED=%u CAIRN_CRASH_ROUNDS=%u\n", seed, rounds);
  std::mt19937 random{seed};
  const temporary_directory directory;
  std::size_t begun = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    const auto fresh = run_and_kill(
        MANAGER_CRASHER, directory.path().string(), round, 1 + random() % 400, "sync", 1);
    auto app = bank_with_transfers(directory.path()).start();
    ASSERT_TRUE(app) << describe(app.error());
    const auto settled = app->process_manager<bank::transfers>().settle(std::chrono::minutes{2});
    ASSERT_TRUE(settled) << describe(settled.error());
    std::int64_t sum = 0;
    for (std::uint64_t i = 0; i < accounts; ++i)
      sum += app->aggregate<bank::account>(account_id(i)).state()->state.balance_cents;
    EXPECT_EQ(sum, static_cast<std::int64_t>(accounts) * first_cents);
    std::map<std::string, moved> moves;
    count_moves(*app, moves);
    for (const acknowledged& one : fresh) {
      ++begun;
      const std::string id = transfer_id(round, one.what.client, one.what.count);
      const auto now = app->aggregate<bank::transfer>(id).state()->state.now;
      ASSERT_TRUE(now == bank::transfer::phase::finished || now == bank::transfer::phase::failed)
          << id << " is not over";
      const bool finished = now == bank::transfer::phase::finished;
      const moved& seen = moves[id];
      ASSERT_LE(seen.withdrawn, 1) << id;
      ASSERT_EQ(seen.deposited, seen.withdrawn) << id << ": there, or back again";
      ASSERT_TRUE(!finished || seen.withdrawn == 1) << id;
    }
  }
  std::printf("%zu transfers were begun, each was carried out once\n", begun);
}

}  // namespace
}  // namespace cairn::tests
