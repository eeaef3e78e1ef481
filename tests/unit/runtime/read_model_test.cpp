#include "support/account.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>

namespace cairn {
namespace {

using bank::account;
using bank::deposit;
using bank::deposited;
using bank::open;
using bank::opened;
using bank::withdrawn;
using tests::small_store;

/// On disk: what each account holds.
template <std::uint32_t Version> struct balances {
  static constexpr std::string_view stable_name = "bank.balances";
  static constexpr std::uint32_t version = Version;
  using sources = cairn::sources<all_of<account>>;
  struct tables {
    table<std::string, std::int64_t> by_account;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("by_account", by_account));
    }
  };
  static void apply(tables& now, const recorded<opened>& fact) {
    now.by_account.put(std::string{fact.meta.aggregate_id}, 0);
  }
  static void apply(tables& now, const recorded<deposited>& fact) { add(now, fact, fact->cents); }
  static void apply(tables& now, const recorded<withdrawn>& fact) { add(now, fact, -fact->cents); }
  template <class Fact> static void add(tables& now, const Fact& fact, std::int64_t cents) {
    // A version 2 that counts double shows that it was built anew.
    now.by_account.update(std::string{fact.meta.aggregate_id},
                          [cents](std::int64_t& held) { held += cents * Version; });
  }
  struct balance_of {
    std::string owner;
    using answer = std::optional<std::int64_t>;
  };
  static std::optional<std::int64_t> query(const tables& now, const balance_of& question) {
    return now.by_account.get(question.owner);
  }
  struct all {
    using answer = std::map<std::string, std::int64_t>;
  };
  static typename all::answer query(const tables& now, const all& /*question*/) {
    typename all::answer found;
    now.by_account.each(
        [&found](const std::string& owner, std::int64_t cents) { found.emplace(owner, cents); });
    return found;
  }
};

/// In memory: how often something was paid in.
struct deposits {
  static constexpr std::string_view stable_name = "bank.deposits";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<some_of<account, deposited>>;
  struct state {
    std::uint64_t count = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("count", count)); }
  };
  static void apply(state& now, const recorded<deposited>& /*fact*/) { ++now.count; }
  struct how_many {
    using answer = std::uint64_t;
  };
  static std::uint64_t query(const state& now, const how_many& /*question*/) { return now.count; }
};

class ReadModel : public ::testing::Test {
 protected:
  template <std::uint32_t Version = 1> void start(const config& settings) {
    auto started = builder{settings}
                       .add<account>()
                       .template add_read_model<balances<Version>>()
                       .template add_read_model<deposits>()
                       .start();
    ASSERT_TRUE(started) << describe(started.error());
    app_.emplace(*std::move(started));
  }
  template <std::uint32_t Version = 1> void start() {
    start<Version>(small_store(directory_.path()));
  }

  tests::temporary_directory directory_;
  std::optional<runtime> app_;
};

TEST_F(ReadModel, ShowsOnesOwnWrites) {
  start();
  auto ann = app_->aggregate<account>("ann");
  ASSERT_TRUE(ann.ask(open{"ann"}).accepted());
  for (int i = 1; i <= 50; ++i) {
    const auto out = ann.ask(deposit{1});
    ASSERT_TRUE(out.accepted());
    const read_options mine{.at_least = out.accepted()->position};
    const auto held = app_->read<balances<1>>(mine).ask(balances<1>::balance_of{"ann"});
    ASSERT_TRUE(held) << describe(held.error());
    EXPECT_EQ(*held, i);
    const auto count = app_->read<deposits>(mine).ask(deposits::how_many{});
    ASSERT_TRUE(count);
    EXPECT_EQ(*count, static_cast<std::uint64_t>(i));
  }
}

TEST_F(ReadModel, AppliesNothingTwiceOverRestarts) {
  for (int run = 1; run <= 4; ++run) {
    start();
    auto ann = app_->aggregate<account>("ann");
    (void)ann.ask(open{"ann"});
    ASSERT_TRUE(ann.ask(deposit{10}).accepted());
    const read_options now{.caught_up = true};
    EXPECT_EQ(*app_->read<balances<1>>(now).ask(balances<1>::balance_of{"ann"}), run * 10);
    EXPECT_EQ(*app_->read<deposits>(now).ask(deposits::how_many{}),
              static_cast<std::uint64_t>(run));
    ASSERT_TRUE(app_->stop());
    app_.reset();
  }
}

TEST_F(ReadModel, IsBuiltAnewWhenItsVersionChanges) {
  start();
  auto ann = app_->aggregate<account>("ann");
  ASSERT_TRUE(ann.ask(open{"ann"}).accepted());
  ASSERT_TRUE(ann.ask(deposit{10}).accepted());
  ASSERT_TRUE(app_->read<balances<1>>({.caught_up = true}).ask(balances<1>::all{}));
  app_.reset();
  start<2>();
  const auto now = app_->read<balances<2>>({.caught_up = true}).ask(balances<2>::all{});
  ASSERT_TRUE(now) << describe(now.error());
  EXPECT_EQ(*now, (std::map<std::string, std::int64_t>{{"ann", 20}}));
}

TEST_F(ReadModel, SaysThatItIsStaleWhenThePositionDoesNotComeInTime) {
  start();
  const auto late = app_->read<balances<1>>({.at_least = position{{0}, 1'000}, .timeout = {}})
                        .ask(balances<1>::all{});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().what, error::code::stale);
}

TEST_F(ReadModel, OfWhichNobodyHasHeardIsAnError) {
  auto started = builder{small_store(directory_.path())}.add<account>().start();
  ASSERT_TRUE(started);
  const auto answer = started->read<deposits>().ask(deposits::how_many{});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what, error::code::unknown_name);
}

TEST_F(ReadModel, FollowsSeveralPartitionsAlsoInMemory) {
  config settings;
  settings.in_memory = true;
  settings.partitions = 3;
  start(settings);
  for (int i = 0; i < 30; ++i) {
    const std::string id = std::to_string(i);
    ASSERT_TRUE(app_->aggregate<account>(id).ask(open{id}).accepted());
    ASSERT_TRUE(app_->aggregate<account>(id).ask(deposit{i + 1}).accepted());
  }
  const auto now = app_->read<balances<1>>({.caught_up = true}).ask(balances<1>::all{});
  ASSERT_TRUE(now) << describe(now.error());
  ASSERT_EQ(now->size(), 30U);
  for (const auto& [owner, cents] : *now)
    EXPECT_EQ(cents, std::stoi(owner) + 1);
}

}  // namespace
}  // namespace cairn
