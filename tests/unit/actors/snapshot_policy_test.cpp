#include "support/account.hpp"
#include "support/journal_and_host.hpp"

#include <atomic>
#include <set>

namespace cairn::tests {
namespace {

using policy = actors::host_options;

/// Counts its events; wants a snapshot at those versions that the test names.
struct ticker {
  static constexpr std::string_view stable_name = "ticker";
  struct tick {
    static constexpr std::string_view stable_name = "tick";
    std::uint32_t times = 1;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("times", times)); }
    bool operator==(const tick&) const = default;
  };
  struct ticked {
    static constexpr std::string_view stable_name = "ticked";
    template <class Ar> void serialize(Ar&, unsigned) {}
    bool operator==(const ticked&) const = default;
  };
  struct state {
    std::uint64_t ticks = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("ticks", ticks)); }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { none };
  using command = std::variant<tick>;
  using event = std::variant<ticked>;
  using decision = cairn::decision<event, rejection>;

  static inline std::set<std::uint64_t> wanted;

  static decision decide(const state&, const tick& wish) {
    return std::vector<event>(wish.times, event{ticked{}});
  }
  static void evolve(state& now, const ticked&) { ++now.ticks; }
  static bool snapshot_when(const state& now, const event&, version at) {
    EXPECT_EQ(now.ticks, at.value);
    return wanted.contains(at.value);
  }
};

/// What was done, in words: "3", "9 erase<=3", "9 hide<=3".
class SnapshotPolicy : public journal_and_host<ticker> {
 protected:
  ~SnapshotPolicy() override { ticker::wanted.clear(); }

  static policy every(std::uint32_t n, std::uint32_t keep = 2, bool hide = false) {
    policy made;
    made.snapshot_every = n;
    made.snapshots_kept = keep;
    made.hide_events = hide;
    return made;
  }
  void tick(std::uint32_t times = 1) { ASSERT_TRUE(ask("t", ticker::tick{times}).accepted()); }
  void tick_up_to(std::uint64_t version) {
    while (ticks_ < version) {
      tick();
      ++ticks_;
    }
  }
  std::vector<std::string> done() {
    std::vector<std::string> words;
    for (const auto& one : given()) {
      std::string text = std::to_string(one.what.version.value);
      if (one.hide_up_to) {
        text += " hide<=" + std::to_string(one.hide_up_to->value);
      } else if (one.erase_up_to) {
        text += " erase<=" + std::to_string(one.erase_up_to->value);
      }
      words.push_back(text);
    }
    return words;
  }
  std::vector<std::uint64_t> stored() {
    std::optional<version> damaged;
    std::vector<std::uint64_t> versions;
    const auto found = snapshots_->find({"ticker", "t"}, version{UINT64_MAX}, SIZE_MAX, damaged);
    for (const auto& one : *found)
      versions.push_back(one.version.value);
    return versions;
  }
  std::uint64_t ticks_ = 0;
};

using words = std::vector<std::string>;
using numbers = std::vector<std::uint64_t>;

TEST_F(SnapshotPolicy, EveryThirdKeepingTwo) {
  start(every(3, 2));
  tick_up_to(10);
  EXPECT_EQ(done(), (words{"3", "6", "9 erase<=3"}));
  tick_up_to(20);
  EXPECT_EQ(done(), (words{"3", "6", "9 erase<=3", "12 erase<=6", "15 erase<=9", "18 erase<=12"}));
  EXPECT_EQ(stored(), (numbers{18, 15}));
}

TEST_F(SnapshotPolicy, EveryThirdKeepingTwoAndHidingEvents) {
  start(every(3, 2, true));
  tick_up_to(18);
  EXPECT_EQ(done(), (words{"3", "6", "9 hide<=3", "12 hide<=6", "15 hide<=9", "18 hide<=12"}));
}

TEST_F(SnapshotPolicy, OneCommandWithManyEventsGivesOneSnapshotAtItsEnd) {
  start(every(2));
  tick(3);
  EXPECT_EQ(done(), words{"3"});
  tick(1);
  EXPECT_EQ(done(), (words{"3", "4"}));
}

TEST_F(SnapshotPolicy, WhenTheAggregateSaysSo) {
  ticker::wanted = {2};
  start(every(0));
  tick(3);
  EXPECT_EQ(done(), words{"3"});
  tick(1);
  EXPECT_EQ(done(), words{"3"});
}

TEST_F(SnapshotPolicy, WhatTheAggregateAskedForNeverErases) {
  ticker::wanted = {3, 13};
  start(every(5, 1));
  tick_up_to(15);
  EXPECT_EQ(done(), (words{"3", "5", "10 erase<=5", "13", "15 erase<=10"}));
  EXPECT_EQ(stored(), (numbers{15, 13}));
}

TEST_F(SnapshotPolicy, BothKindsWithHiddenEvents) {
  ticker::wanted = {3, 13};
  start(every(2, 3, true));
  tick_up_to(16);
  EXPECT_EQ(done(),
            (words{"2",
                   "3",
                   "4",
                   "6",
                   "8 hide<=2",
                   "10 hide<=4",
                   "12 hide<=6",
                   "13",
                   "14 hide<=8",
                   "16 hide<=10"}));
}

TEST_F(SnapshotPolicy, EverySingleOneKeepingThree) {
  start(every(1, 3));
  tick_up_to(6);
  EXPECT_EQ(done(), (words{"1", "2", "3", "4 erase<=1", "5 erase<=2", "6 erase<=3"}));
  EXPECT_EQ(stored(), (numbers{6, 5, 4}));
}

TEST_F(SnapshotPolicy, AnOverdueOneIsTakenWhenTheAggregateWakes) {
  start(every(0));
  tick_up_to(5);
  EXPECT_EQ(done(), words{});
  start_again(every(5));
  ASSERT_TRUE(ask("t", ticker::tick{0}).accepted());
  // The answer rests on nothing new, so it does not wait for the burst with the snapshot.
  while (done().empty()) {
  }
  EXPECT_EQ(done(), words{"5"});
  start_again(every(5));
  ASSERT_TRUE(ask("t", ticker::tick{0}).accepted());
  EXPECT_EQ(done(), words{"5"});
}

/// One of those in it has become unreadable, and whoever looks more than once meets a disk that has
/// gone.
class ageing_snapshots final : public persistence::snapshot_store {
 public:
  ageing_snapshots(std::unique_ptr<snapshot_store> inner, version unreadable)
      : inner_(std::move(inner)), unreadable_(unreadable) {}
  result<void> store(const std::vector<item>& items) override { return inner_->store(items); }
  result<void> erase(persistence::stream_name stream, version after, version up_to) override {
    return inner_->erase(stream, after, up_to);
  }
  result<std::vector<persistence::snapshot>> find(persistence::stream_name stream,
                                                  version up_to,
                                                  std::size_t most,
                                                  std::optional<version>& damaged) const override {
    if (looks_++ > 0) return error{error::code::io_failed, "the disk does not answer"};
    auto found = inner_->find(stream, up_to, most, damaged);
    const bool met = std::erase_if(
        *found, [this](const persistence::snapshot& one) { return one.version == unreadable_; });
    if (met) damaged = unreadable_;
    return found;
  }

  /// What is there, for a disk that answers again.
  std::unique_ptr<snapshot_store> give_back() { return std::move(inner_); }

 private:
  std::unique_ptr<snapshot_store> inner_;
  version unreadable_;
  mutable std::atomic<int> looks_{0};
};

TEST_F(SnapshotPolicy, ADamagedOneIsErasedByTheFirstLookThatMeetsIt) {
  start(every(3));
  tick_up_to(6);
  EXPECT_EQ(done(), (words{"3", "6"}));
  shut_down();
  auto ageing = std::make_unique<ageing_snapshots>(std::move(snapshots_), version{6});
  auto& disk = *ageing;
  snapshots_ = std::move(ageing);
  start(every(0));
  ASSERT_TRUE(ask("t", ticker::tick{0}).accepted());
  shut_down();
  snapshots_ = disk.give_back();
  EXPECT_EQ(stored(), numbers{3});
}

TEST_F(SnapshotPolicy, BoundsAreThoseOfTheRule) {
  const policy two_of_three = every(3, 2);
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> cases{
      {1, 0}, {6, 0}, {7, 1}, {9, 3}, {10, 4}, {12, 6}, {20, 14}};
  for (const auto& [newest, bound] : cases)
    EXPECT_EQ(actors::snapshots_to_erase(version{newest}, two_of_three).value, bound) << newest;
}

}  // namespace
}  // namespace cairn::tests
