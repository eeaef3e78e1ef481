#include "cairn/actors/delivery_window.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

// What a durable subscription decides, without threads, disk and time.

namespace cairn::actors {
namespace {

using std::chrono::seconds;
using window = delivery_window;
using handed = std::optional<window::handed_out>;

recorded_event event_at(std::uint64_t offset, std::uint16_t partition = 0) {
  recorded_event made;
  made.position = {{partition}, offset};
  return made;
}

class DeliveryWindow : public testing::Test {
 protected:
  void begin(window::settings how, window::offsets reached = {0}) {
    made.emplace(how, std::move(reached), std::map<position, remembered>{});
  }
  void add(std::uint64_t offset, std::string key = {}) {
    made->add(event_at(offset), std::move(key));
  }
  window::consumer_id join(std::uint32_t credit = 10) {
    const auto who = made->join(credit);
    EXPECT_TRUE(who);
    return who ? *who : 0;
  }
  handed take(window::consumer_id who) {
    made->tick(now, {});
    return made->take(who, now);
  }
  /// The offset of what it gets; 0: nothing.
  std::uint64_t offset_for(window::consumer_id who) {
    last = take(who);
    return last ? last->event->position.offset : 0;
  }
  result<void> answer(const handed& what, verdict::kind how, seconds delay = {}) {
    return made->settle(what->which, {how, delay, "why"}, now, {});
  }
  result<void> ack(const handed& what) { return answer(what, verdict::kind::ack); }

  std::optional<window> made;
  handed last;
  window::time_point now{seconds{1'000}};
};

TEST_F(DeliveryWindow, MovesItsCheckpointWhenEverythingBeforeIsAcknowledged) {
  begin({});
  for (const std::uint64_t offset : {2U, 5U, 9U})
    add(offset);
  const auto who = join();
  const handed first = take(who);
  const handed second = take(who);
  ASSERT_TRUE(ack(second));
  EXPECT_EQ(made->reached(), window::offsets{1});
  ASSERT_TRUE(ack(first));
  EXPECT_EQ(made->reached(), window::offsets{8});
  ASSERT_TRUE(ack(take(who)));
  EXPECT_EQ(made->reached(), window::offsets{9});
  made->passed({20});
  EXPECT_EQ(made->reached(), window::offsets{20});
}

TEST_F(DeliveryWindow, RemembersWhatIsAcknowledgedBehindTheCheckpointUntilThatHasPassedIt) {
  begin({});
  add(1);
  add(2);
  const auto who = join();
  const handed first = take(who);
  ASSERT_TRUE(ack(take(who)));
  auto changes = made->take_changes();
  ASSERT_EQ(changes.rows.size(), 1U);
  EXPECT_EQ(changes.rows[0].first.offset, 2U);
  EXPECT_EQ(changes.rows[0].second, (remembered{true, 1}));
  EXPECT_EQ(changes.reached, window::offsets{0});
  ASSERT_TRUE(ack(first));
  changes = made->take_changes();
  ASSERT_EQ(changes.rows.size(), 1U);
  EXPECT_EQ(changes.rows[0].second, std::nullopt);
  EXPECT_EQ(changes.reached, window::offsets{2});
}

TEST_F(DeliveryWindow, GivesNoMoreThanTheCredit) {
  begin({});
  for (std::uint64_t offset = 1; offset <= 3; ++offset)
    add(offset);
  const auto who = join(2);
  const handed first = take(who);
  EXPECT_EQ(offset_for(who), 2U);
  EXPECT_EQ(offset_for(who), 0U);
  ASSERT_TRUE(ack(first));
  EXPECT_EQ(offset_for(who), 3U);
}

TEST_F(DeliveryWindow, RefusesConsumersBeyondTheirMaximum) {
  begin({.consumers_max = 1});
  const auto first = join();
  const auto second = made->join(1);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().what, error::code::overloaded);
  made->leave(first);
  EXPECT_TRUE(made->join(1));
  EXPECT_EQ(made->join(0).error().what, error::code::bad_input);
}

TEST_F(DeliveryWindow, DeliversAgainWhatIsNotAcknowledgedInTime) {
  begin({.ack_timeout = seconds{30}});
  add(1);
  const auto who = join();
  const handed first = take(who);
  now += seconds{29};
  EXPECT_EQ(offset_for(who), 0U);
  now += seconds{1};
  ASSERT_EQ(offset_for(who), 1U);
  EXPECT_EQ(last->attempt, 2U);
  const auto late = ack(first);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().what, error::code::expired);
  EXPECT_TRUE(ack(last));
  EXPECT_FALSE(ack(last));
}

TEST_F(DeliveryWindow, RetriesAfterTheDelayAndParksWhatCameTooOften) {
  begin({.retries_max = 2});
  add(1);
  add(2);
  const auto who = join();
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(offset_for(who), 1U) << i;
    ASSERT_TRUE(answer(last, verdict::kind::retry, seconds{10}));
    if (i == 0) {
      const handed other = take(who);
      ASSERT_EQ(other->event->position.offset, 2U);
      ASSERT_TRUE(ack(other));
    }
    now += seconds{9};
    EXPECT_EQ(offset_for(who), 0U);
    now += seconds{1};
  }
  EXPECT_EQ(offset_for(who), 0U);
  EXPECT_EQ(made->reached(), window::offsets{2});
  const auto changes = made->take_changes();
  ASSERT_EQ(changes.parked.size(), 1U);
  EXPECT_EQ(changes.parked[0].first.offset, 1U);
  EXPECT_EQ(changes.parked[0].second->reason, "delivered 3 times: why");
  EXPECT_EQ(changes.parked[0].second->attempts, 3U);
}

TEST_F(DeliveryWindow, GivesWhatAConsumerLeavesBehindToTheOthersWithoutCountingIt) {
  begin({.consumers_max = 2});
  add(1);
  const auto first = join();
  const auto second = join();
  ASSERT_TRUE(take(first));
  made->leave(first);
  ASSERT_EQ(offset_for(second), 1U);
  EXPECT_EQ(last->attempt, 1U);
}

TEST_F(DeliveryWindow, DeliversTheNextOneOfAKeyOnlyWhenTheOneBeforeIsSettled) {
  begin({.keyed = true});
  add(1, "a");
  add(2, "a");
  add(3, "b");
  const auto who = join();
  const handed a = take(who);
  EXPECT_EQ(offset_for(who), 3U);
  EXPECT_EQ(offset_for(who), 0U);
  ASSERT_TRUE(answer(a, verdict::kind::retry, seconds{5}));
  EXPECT_EQ(offset_for(who), 0U);
  now += seconds{5};
  ASSERT_EQ(offset_for(who), 1U);
  ASSERT_TRUE(answer(last, verdict::kind::park));
  EXPECT_EQ(offset_for(who), 2U);
}

TEST_F(DeliveryWindow, PinsAKeyToAConsumerAndSharesKeysOut) {
  begin({.keyed = true, .consumers_max = 3, .events_max = 1'000});
  const window::consumer_id all[] = {join(1'000), join(1'000), join(1'000)};
  for (std::uint64_t offset = 1; offset <= 900; ++offset)
    add(offset, std::to_string(offset % 90));
  std::map<std::uint64_t, window::consumer_id> owner;
  std::map<window::consumer_id, int> keys;
  for (bool more = true; more;) {
    more = false;
    for (const auto who : all) {
      const handed one = take(who);
      if (!one) continue;
      more = true;
      const std::uint64_t key = one->event->position.offset % 90;
      if (owner.emplace(key, who).second) ++keys[who];
      EXPECT_EQ(owner[key], who);
      ASSERT_TRUE(ack(one));
    }
  }
  EXPECT_EQ(made->reached(), window::offsets{900});
  for (const auto who : all)
    EXPECT_GT(keys[who], 10);
}

TEST_F(DeliveryWindow, ServesThoseWhoWaitInTurn) {
  begin({.consumers_max = 2});
  const auto first = join();
  const auto second = join();
  add(1);
  EXPECT_EQ(offset_for(first), 1U);
  add(2);
  made->waits(second, true);
  EXPECT_EQ(offset_for(first), 0U);
  EXPECT_EQ(offset_for(second), 2U);
  made->waits(second, false);
  add(3);
  add(4);
  made->waits(first, true);
  made->waits(second, true);
  EXPECT_EQ(offset_for(first), 3U);
  EXPECT_EQ(offset_for(second), 4U);
}

TEST_F(DeliveryWindow, HasRoomForSoManyEventsAndNoMore) {
  begin({.events_max = 2});
  const auto who = join();
  add(1);
  add(2);
  EXPECT_EQ(made->room(), 0U);
  const handed first = take(who);
  ASSERT_TRUE(ack(take(who)));
  EXPECT_EQ(made->room(), 0U) << "the one that was acknowledged must be remembered";
  ASSERT_TRUE(ack(first));
  EXPECT_EQ(made->room(), 2U);
}

TEST_F(DeliveryWindow, ReplaysAParkedEventUntilItIsAcknowledged) {
  begin({});
  const auto who = join();
  add(1);
  ASSERT_TRUE(answer(take(who), verdict::kind::park));
  (void)made->take_changes();
  ASSERT_TRUE(made->replay(event_at(1), {.reason = "why"}, {}));
  ASSERT_TRUE(made->replay(event_at(1), {.reason = "why"}, {}));
  auto changes = made->take_changes();
  ASSERT_EQ(changes.parked.size(), 1U);
  EXPECT_TRUE(changes.parked[0].second->replaying);
  ASSERT_EQ(offset_for(who), 1U);
  EXPECT_EQ(last->attempt, 1U);
  ASSERT_TRUE(ack(last));
  EXPECT_EQ(offset_for(who), 0U);
  changes = made->take_changes();
  ASSERT_EQ(changes.parked.size(), 1U);
  EXPECT_EQ(changes.parked[0].second, std::nullopt);
  EXPECT_EQ(changes.reached, window::offsets{1});
}

TEST_F(DeliveryWindow, KeepsWhatCouldNotBeStoredForTheNextTime) {
  begin({});
  const auto who = join();
  add(1);
  add(2);
  ASSERT_TRUE(take(who));
  ASSERT_TRUE(answer(take(who), verdict::kind::park));
  made->give_back(made->take_changes());
  ASSERT_TRUE(made->has_changes());
  const auto again = made->take_changes();
  ASSERT_EQ(again.rows.size(), 1U);
  EXPECT_EQ(again.rows[0].second, (remembered{true, 1}));
  ASSERT_EQ(again.parked.size(), 1U);
  EXPECT_EQ(again.parked[0].second->reason, "why");
  EXPECT_FALSE(made->has_changes());
}

/// A window with everything around it played by chance: several partitions and consumers, answers
/// of all kinds, time, storing, and crashes that leave what was stored.
class played_window {
 public:
  played_window(std::uint64_t seed, bool keyed) : random_(seed), keyed_(keyed) { start(); }

  void play(int steps) {
    for (int i = 0; i < steps; ++i)
      step();
    // From here on everybody answers.
    crash();
    for (int i = 0; i < 20'000 && !is_done(); ++i) {
      read();
      now_ += seconds{1};
      for (const auto who : consumers_)
        if (deliver(who)) settle_last(verdict::kind::ack);
      store();
    }
    EXPECT_TRUE(is_done());
    EXPECT_EQ(stored_.size(), 0U) << "rows that nobody needs are left";
  }

 private:
  static constexpr std::uint64_t events = 60;

  [[nodiscard]] bool is_done() const { return reached_ == window::offsets{events, events}; }
  [[nodiscard]] std::string key_of(const position& at) const {
    return std::to_string(at.offset % 7);
  }

  void start() {
    window_.emplace(window::settings{.keyed = keyed_,
                                     .ack_timeout = seconds{20},
                                     .retries_max = 3,
                                     .consumers_max = 3,
                                     .events_max = 16},
                    reached_,
                    stored_);
    read_ = reached_;
    consumers_.clear();
    held_.clear();
    order_.clear();
    for (int i = 0; i < 3; ++i)
      consumers_.push_back(*window_->join(4));
  }

  void step() {
    const auto dice = random_() % 20;
    const auto who = consumers_[random_() % consumers_.size()];
    if (dice < 4) return read();
    if (dice < 10) return (void)deliver(who);
    if (dice < 14) return settle_some();
    if (dice < 16) return store();
    if (dice == 16) now_ += seconds{random_() % 15};
    if (dice == 17) leave_and_join();
    if (dice == 18 && random_() % 10 == 0) crash();
  }

  void read() {
    for (std::uint16_t partition = 0; partition < 2; ++partition) {
      while (read_[partition] < events && window_->room() > 0) {
        // Every fifth event is not meant.
        const std::uint64_t offset = ++read_[partition];
        if (offset % 5 != 0)
          window_->add(event_at(offset, partition), key_of({{partition}, offset}));
      }
    }
    window_->passed(read_);
  }

  bool deliver(window::consumer_id who) {
    window_->tick(now_, {});
    forget_late();
    const handed got = window_->take(who, now_);
    if (!got) return false;
    const position at = got->event->position;
    EXPECT_FALSE(durably_settled_.contains(at)) << "offset " << at.offset << " came again";
    EXPECT_FALSE(settled_.contains(at)) << "offset " << at.offset << " came again";
    for (const auto& [other, until] : held_) {
      if (keyed_) {
        EXPECT_NE(key_of(other.event->position), key_of(at)) << "two of a key at once";
      }
    }
    if (keyed_) {
      auto& newest = order_[{at.partition.value, key_of(at)}];
      EXPECT_GE(at.offset, newest) << "out of order";
      newest = at.offset;
    }
    EXPECT_LE(got->attempt, 4U);
    held_.emplace_back(*got, now_ + seconds{20});
    return true;
  }

  void forget_late() {
    std::erase_if(held_, [this](const auto& one) { return one.second <= now_; });
  }

  void settle_some() {
    forget_late();
    window_->tick(now_, {});
    if (held_.empty()) return;
    std::swap(held_[random_() % held_.size()], held_.back());
    constexpr verdict::kind kinds[] = {verdict::kind::ack,
                                       verdict::kind::ack,
                                       verdict::kind::retry,
                                       verdict::kind::skip,
                                       verdict::kind::park};
    settle_last(kinds[random_() % 5]);
  }

  void settle_last(verdict::kind how) {
    const auto one = held_.back().first;
    held_.pop_back();
    ASSERT_TRUE(window_->settle(one.which, {how, seconds{random_() % 5}, "dice"}, now_, {}));
    if (how != verdict::kind::retry) settled_.insert(one.event->position);
  }

  void leave_and_join() {
    const auto place = random_() % consumers_.size();
    window_->leave(consumers_[place]);
    // What it held is void; which that was, only the window knows.
    std::erase_if(held_, [&](const auto& one) { return !still_held(one.first); });
    consumers_[place] = *window_->join(4);
  }
  bool still_held(const window::handed_out& one) {
    // Asked without an effect: a retry at once of what is held would be one.
    return window_->is_delivered(one.which);
  }

  void store() {
    auto changes = window_->take_changes();
    if (random_() % 4 == 0) return window_->give_back(std::move(changes));
    reached_ = changes.reached;
    for (const auto& [at, row] : changes.rows) {
      if (row) {
        stored_[at] = *row;
      } else {
        stored_.erase(at);
      }
    }
    for (const auto& [at, note] : changes.parked) {
      EXPECT_TRUE(note);
      parked_.insert(at);
    }
    durably_settled_.insert(settled_.begin(), settled_.end());
    durably_settled_.insert(parked_.begin(), parked_.end());
    for (std::uint16_t partition = 0; partition < 2; ++partition) {
      for (std::uint64_t offset = 1; offset <= reached_[partition]; ++offset) {
        if (offset % 5 == 0) continue;
        const position at{{partition}, offset};
        EXPECT_TRUE(durably_settled_.contains(at)) << "lost offset " << offset;
      }
    }
  }

  void crash() {
    settled_.clear();
    start();
  }

  std::mt19937_64 random_;
  const bool keyed_;
  std::optional<window> window_;
  window::time_point now_{seconds{1'000}};
  std::vector<window::consumer_id> consumers_;
  std::vector<std::pair<window::handed_out, window::time_point>> held_;
  std::map<std::pair<std::uint16_t, std::string>, std::uint64_t> order_;
  window::offsets read_{0, 0};
  std::set<position> settled_;
  // The disk.
  window::offsets reached_{0, 0};
  std::map<position, remembered> stored_;
  std::set<position> parked_;
  std::set<position> durably_settled_;
};

TEST(PlayedDeliveryWindow, LosesNothingRepeatsNothingThatIsStoredAndKeepsTheOrderOfKeys) {
  for (std::uint64_t seed = 0; seed < 400 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    played_window{seed, seed % 2 == 0}.play(600);
  }
}

}  // namespace
}  // namespace cairn::actors
