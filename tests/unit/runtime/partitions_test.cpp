#include "support/bank_models.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

// Four logs with a writer each, behind one door.

namespace cairn {
namespace {

using bank::account;
using bank::deposit;
using bank::open;
using bank::withdraw;
using tests::event_count;
using tests::holdings;

constexpr std::uint16_t partitions = 4;
constexpr int accounts = 60;

std::string account_id(int i) {
  return "account-" + std::to_string(i);
}

class Partitions : public testing::Test {
 protected:
  [[nodiscard]] config settings(std::uint16_t count = partitions) const {
    config made = tests::small_store(directory_.path());
    made.partitions = count;
    return made;
  }
  void start() {
    auto started = tests::start_bank(settings());
    ASSERT_TRUE(started) << describe(started.error());
    app_.emplace(*std::move(started));
  }
  void restart() {
    ASSERT_TRUE(app_->stop());
    app_.reset();
    start();
  }
  [[nodiscard]] aggregate_handle<account> at(int i) {
    return app_->aggregate<account>(account_id(i));
  }
  /// Opens all accounts and pays each its number and one, with an id; where the payments stand.
  std::vector<position> fill() {
    std::vector<position> places;
    for (int i = 0; i < accounts; ++i) {
      EXPECT_TRUE(at(i).ask(open{"x"}).accepted());
      const auto paid = at(i).ask(deposit{i + 1}, {.command_id = "pay"});
      EXPECT_TRUE(paid.accepted());
      places.push_back(paid.accepted()->position);
    }
    return places;
  }
  [[nodiscard]] static holdings::all::answer filled(std::int64_t more = 0) {
    holdings::all::answer all;
    for (int i = 0; i < accounts; ++i)
      all.emplace(account_id(i), i + 1 + more);
    return all;
  }
  [[nodiscard]] std::uint64_t durable_events() const {
    std::uint64_t all = 0;
    for (const std::uint64_t offset : app_->status().durable_offsets)
      all += offset;
    return all;
  }

  tests::temporary_directory directory_;
  std::optional<runtime> app_;
};

TEST_F(Partitions, EachHaveAGaplessOrderOfTheirOwn) {
  start();
  const auto places = fill();
  std::map<std::uint16_t, std::uint64_t> newest;
  for (int i = 0; i < accounts; ++i) {
    // An account's events stand in one partition, one after the other.
    const auto events = at(i).history();
    ASSERT_TRUE(events);
    ASSERT_EQ(events->size(), 2U);
    EXPECT_EQ(events->back().position, places[static_cast<std::size_t>(i)]);
    EXPECT_EQ(events->front().position.partition, events->back().position.partition);
    EXPECT_EQ(events->front().position.offset + 1, events->back().position.offset);
    std::uint64_t& last = newest[events->front().position.partition.value];
    EXPECT_EQ(events->front().position.offset, last + 1);
    last = events->back().position.offset;
  }
  EXPECT_EQ(newest.size(), partitions);
  const auto offsets = app_->status().durable_offsets;
  ASSERT_EQ(offsets.size(), partitions);
  for (const auto& [partition, offset] : newest)
    EXPECT_EQ(offsets[partition], offset);
  EXPECT_EQ(app_->verify()->events, std::uint64_t{accounts * 2});
}

TEST_F(Partitions, KeepAggregatesAndIdsOverRestarts) {
  start();
  const auto places = fill();
  for (int i = 0; i < accounts; ++i)
    ASSERT_TRUE(at(i).ask(withdraw{1'000}, {.command_id = "too much"}).rejected());
  for (int run = 1; run <= 3; ++run) {
    restart();
    for (int i = 0; i < accounts; ++i) {
      const auto again = at(i).ask(deposit{7'000}, {.command_id = "pay"});
      ASSERT_TRUE(again.accepted());
      EXPECT_TRUE(again.accepted()->repeated);
      EXPECT_EQ(again.accepted()->position, places[static_cast<std::size_t>(i)]);
      const auto refused = at(i).ask(deposit{7'000}, {.command_id = "too much"});
      ASSERT_TRUE(refused.rejected());
      EXPECT_EQ(*refused.rejected(), account::rejection::insufficient_funds);
      ASSERT_TRUE(at(i).ask(deposit{1}).accepted());
      EXPECT_EQ(at(i).state()->state.balance_cents, i + 1 + run);
    }
  }
  EXPECT_EQ(app_->verify()->events, std::uint64_t{accounts * 5});
}

TEST_F(Partitions, HaveACheckpointEachInEveryReadModel) {
  start();
  (void)fill();
  const read_options now{.caught_up = true};
  for (int run = 1; run <= 3; ++run) {
    EXPECT_EQ(*app_->read<holdings>(now).ask(holdings::all{}), filled(run - 1));
    // As many as there are: nothing is applied twice, and nothing is left out.
    EXPECT_EQ(*app_->read<event_count>(now).ask(event_count::all{}), durable_events());
    const auto offsets = app_->status().durable_offsets;
    for (const auto& checkpoints :
         {app_->read<holdings>().checkpoints(), app_->read<event_count>().checkpoints()}) {
      ASSERT_TRUE(checkpoints);
      ASSERT_EQ(checkpoints->size(), partitions);
      for (std::uint16_t i = 0; i < partitions; ++i)
        EXPECT_EQ((*checkpoints)[i], (position{{i}, offsets[i]}));
    }
    restart();
    for (int i = 0; i < accounts; ++i)
      ASSERT_TRUE(at(i).ask(deposit{1}).accepted());
  }
}

TEST_F(Partitions, AreWaitedForByTheReceiptsOfEach) {
  start();
  (void)fill();
  for (std::int64_t round = 1; round <= 10; ++round) {
    std::vector<position> mine;
    std::set<partition_id> seen;
    for (int i = 0; i < accounts; ++i) {
      const auto paid = at(i).ask(deposit{1});
      ASSERT_TRUE(paid.accepted());
      mine.push_back(paid.accepted()->position);
      seen.insert(paid.accepted()->position.partition);
    }
    ASSERT_EQ(seen.size(), partitions);
    const auto held = app_->read<holdings>({.at_least_all = mine}).ask(holdings::all{});
    ASSERT_TRUE(held) << describe(held.error());
    EXPECT_EQ(*held, filled(round));
  }
  const auto nowhere = app_->read<holdings>({.at_least = position{{partitions}, 1}}).wait();
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().what, error::code::bad_input);
  // What will only be there later is waited for in its own partition, whatever the others have.
  const position later{{2}, app_->status().durable_offsets[2] + 1};
  const auto stale = app_->read<holdings>({.at_least = later, .timeout = {}}).wait();
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().what, error::code::stale);
}

TEST_F(Partitions, TakeManyCommandsAtOnceInTheOrderOfEachAggregate) {
  start();
  std::vector<addressed<account>> wishes;
  for (int i = 0; i < accounts; ++i)
    wishes.push_back({.id = account_id(i), .wish = open{"x"}});
  for (int n = 0; n < 12'000; ++n)
    wishes.push_back({.id = account_id(n % accounts), .wish = deposit{1}});
  // One that is refused at the door, before it has a partition.
  wishes.push_back({.id = "", .wish = deposit{1}});
  const auto outcomes = app_->ask_many<account>(std::move(wishes));
  for (int n = 0; n < 12'000; ++n) {
    const auto& out = outcomes[static_cast<std::size_t>(accounts + n)];
    ASSERT_TRUE(out.accepted());
    EXPECT_EQ(out.accepted()->version.value, static_cast<std::uint64_t>(n / accounts + 2));
  }
  ASSERT_TRUE(outcomes.back().failed());
  EXPECT_EQ(outcomes.back().failed()->what, error::code::bad_input);
  // All credit has come back, or stopping would have to wait for it.
  // Credit comes back right behind the answer.
  while (app_->status().commands_in_flight != 0)
    std::this_thread::yield();
  EXPECT_TRUE(app_->stop());
}

TEST_F(Partitions, LoseNothingWhenTheyAreStoppedUnderLoad) {
  std::uint64_t accepted = 0;
  for (int run = 0; run < 3; ++run) {
    start();
    std::atomic<std::uint64_t> fresh{0};
    std::vector<std::thread> clients;
    for (int t = 0; t < 8; ++t) {
      clients.emplace_back([&, mine = at(t)] {
        if (mine.ask(open{"x"}).accepted()) ++fresh;
        while (mine.ask(deposit{1}).accepted())
          ++fresh;
      });
    }
    while (fresh < 300)
      std::this_thread::yield();
    EXPECT_TRUE(app_->stop());
    for (auto& one : clients)
      one.join();
    app_.reset();
    accepted += fresh;
  }
  start();
  EXPECT_EQ(app_->verify()->events, accepted);
  EXPECT_EQ(*app_->read<event_count>({.caught_up = true}).ask(event_count::all{}), accepted);
}

TEST_F(Partitions, AreFixedOnceTheStoreExists) {
  start();
  (void)fill();
  app_.reset();
  for (const auto other : std::initializer_list<std::uint16_t>{1, 3, 5}) {
    const auto started = tests::start_bank(settings(other));
    ASSERT_FALSE(started) << other;
    EXPECT_EQ(started.error().what, error::code::bad_config);
    EXPECT_NE(started.error().detail.find("4"), std::string::npos) << started.error().detail;
  }
  start();
  EXPECT_EQ(*app_->read<holdings>({.caught_up = true}).ask(holdings::all{}), filled());
}

TEST_F(Partitions, AreNotOpenedWhenTheLogOfOneIsMissing) {
  start();
  (void)fill();
  app_.reset();
  std::filesystem::remove_all(directory_.path() / "p0003" / "log");
  const auto started = tests::start_bank(settings());
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, error::code::corrupt);
  EXPECT_NE(started.error().detail.find("p0003"), std::string::npos) << started.error().detail;
}

}  // namespace
}  // namespace cairn
