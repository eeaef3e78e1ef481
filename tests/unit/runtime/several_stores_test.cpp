#include "support/bank_models.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

// Several runtimes in one process, as for tenants: what one does, no other one notices.

namespace cairn {
namespace {

using bank::account;
using bank::deposit;
using bank::open;
using bank::withdraw;
using tests::event_count;
using tests::holdings;
using tests::small_store;

class SeveralStores : public testing::Test {
 protected:
  [[nodiscard]] config on_disk(const std::string& name) const {
    return small_store(directory_.path() / name);
  }
  static config in_memory() {
    config settings;
    settings.in_memory = true;
    return settings;
  }
  static runtime start(const config& settings) {
    auto started = tests::start_bank(settings);
    EXPECT_TRUE(started) << describe(started.error());
    return *std::move(started);
  }
  static std::int64_t held_by_ann(runtime& app) {
    return app.aggregate<account>("ann").state()->state.balance_cents;
  }

  tests::temporary_directory directory_;
};

TEST_F(SeveralStores, ShareNeitherAggregatesNorPositionsNorIdsNorReadModels) {
  std::vector<runtime> all;
  all.push_back(start(on_disk("one")));
  all.push_back(start(on_disk("two")));
  all.push_back(start(in_memory()));
  std::int64_t cents = 0;
  for (runtime& app : all) {
    auto ann = app.aggregate<account>("ann");
    cents += 10;
    // The same id everywhere, and nowhere a repeat.
    const auto opened = ann.ask(open{"ann"}, {.command_id = "c-1"});
    ASSERT_TRUE(opened.accepted());
    EXPECT_FALSE(opened.accepted()->repeated);
    EXPECT_EQ(opened.accepted()->position, (position{{0}, 1}));
    const auto refused = ann.ask(withdraw{cents}, {.command_id = "c-2"});
    ASSERT_TRUE(refused.rejected());
    const auto paid = ann.ask(deposit{cents}, {.command_id = "c-3"});
    ASSERT_TRUE(paid.accepted());
    EXPECT_FALSE(paid.accepted()->repeated);
    EXPECT_EQ(paid.accepted()->position, (position{{0}, 2}));
  }
  cents = 0;
  for (runtime& app : all) {
    cents += 10;
    EXPECT_EQ(held_by_ann(app), cents);
    EXPECT_EQ(app.aggregate<account>("ann").history()->size(), 2U);
    const read_options now{.caught_up = true};
    EXPECT_EQ(*app.read<holdings>(now).ask(holdings::all{}),
              (holdings::all::answer{{"ann", cents}}));
    EXPECT_EQ(*app.read<event_count>(now).ask(event_count::all{}), 2U);
    EXPECT_EQ(app.verify()->events, 2U);
    EXPECT_EQ(app.status().events, 2U);
  }
}

TEST_F(SeveralStores, AreNotDisturbedWhenOneOfThemStopsAndStarts) {
  runtime steady_one = start(on_disk("steady"));
  auto ann = steady_one.aggregate<account>("ann");
  ASSERT_TRUE(ann.ask(open{"ann"}).accepted());
  std::atomic<bool> enough{false};
  std::atomic<std::int64_t> paid{0};
  std::thread client{[&] {
    while (!enough) {
      ASSERT_TRUE(ann.ask(deposit{1}).accepted());
      ++paid;
    }
  }};
  for (int i = 0; i < 5; ++i) {
    runtime other = start(i % 2 == 0 ? on_disk("other") : in_memory());
    auto bob = other.aggregate<account>("bob" + std::to_string(i));
    EXPECT_TRUE(bob.ask(open{"bob"}).accepted());
    const std::int64_t before = paid;
    EXPECT_TRUE(other.stop());
    while (paid < before + 10)
      std::this_thread::yield();
  }
  enough = true;
  client.join();
  EXPECT_EQ(held_by_ann(steady_one), paid.load());
  EXPECT_EQ(steady_one.verify()->events, static_cast<std::uint64_t>(paid.load()) + 1);
}

TEST_F(SeveralStores, OfOneDirectoryAreRefusedUntilTheFirstOneHasStopped) {
  runtime first = start(on_disk("one"));
  std::filesystem::create_directory_symlink(directory_.path() / "one", directory_.path() / "link");
  for (const char* name : {"one", "link", "../"}) {
    const auto path = std::string{name} == "../" ? directory_.path() / "one" / ".." / "one"
                                                 : directory_.path() / name;
    const auto second = tests::start_bank(small_store(path));
    ASSERT_FALSE(second) << path;
    EXPECT_EQ(second.error().what, error::code::store_locked);
    EXPECT_NE(second.error().detail.find(path.string() + " is in use by process "),
              std::string::npos)
        << second.error().detail;
    EXPECT_TRUE(second.error().detail.ends_with("which is this one")) << second.error().detail;
  }
  // Those that were refused have taken nothing away.
  EXPECT_TRUE(first.aggregate<account>("ann").ask(open{"ann"}).accepted());
  ASSERT_TRUE(first.stop());
  runtime second = start(on_disk("one"));
  EXPECT_TRUE(second.aggregate<account>("ann").ask(deposit{1}).accepted());
}

TEST_F(SeveralStores, ServeThreeTenantsAtOnceUnderLoad) {
  constexpr int tenants = 3;
  constexpr int rounds = 20;
  constexpr int accounts = 50;
  std::vector<runtime> all;
  for (int i = 0; i < tenants; ++i)
    all.push_back(start(on_disk("tenant" + std::to_string(i))));
  std::vector<std::thread> clients;
  for (int i = 0; i < tenants; ++i) {
    clients.emplace_back([&app = all[static_cast<std::size_t>(i)], i] {
      for (int round = 0; round < rounds; ++round) {
        std::vector<addressed<account>> wishes;
        for (int n = 0; n < accounts; ++n) {
          const std::string id = "a" + std::to_string(n);
          if (round == 0) {
            wishes.push_back({.id = id, .wish = open{id}});
          } else {
            wishes.push_back({.id = id,
                              .wish = deposit{i + 1},
                              .options = {.command_id = "r" + std::to_string(round)}});
          }
        }
        for (const auto& out : app.ask_many<account>(std::move(wishes))) {
          ASSERT_TRUE(out.accepted());
          ASSERT_FALSE(out.accepted()->repeated);
        }
      }
    });
  }
  for (auto& one : clients)
    one.join();
  for (int i = 0; i < tenants; ++i) {
    runtime& app = all[static_cast<std::size_t>(i)];
    const auto held = app.read<holdings>({.caught_up = true}).ask(holdings::all{});
    ASSERT_TRUE(held) << describe(held.error());
    ASSERT_EQ(held->size(), static_cast<std::size_t>(accounts));
    for (const auto& [id, cents] : *held)
      EXPECT_EQ(cents, (rounds - 1) * (i + 1)) << id << " of tenant " << i;
    EXPECT_EQ(app.verify()->events, static_cast<std::uint64_t>(rounds * accounts));
    EXPECT_EQ(app.status().durable_offsets,
              (std::vector<std::uint64_t>{static_cast<std::uint64_t>(rounds * accounts)}));
  }
}

}  // namespace
}  // namespace cairn
