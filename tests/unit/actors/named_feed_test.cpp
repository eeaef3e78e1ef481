#include "cairn/actors/named_feed.hpp"

#include "lmdb/lmdb_view.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/testing/manual_clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// A durable subscription on plain threads, with its state on the disk.

namespace cairn::actors {
namespace {

using std::chrono::seconds;

constexpr seconds long_enough{60};

/// Events 1, 2, 3, ... of one partition, of ten aggregates.
class listed_events final : public subscription_source {
 public:
  void put(std::uint64_t count) {
    const std::lock_guard lock{mutex_};
    for (std::uint64_t i = 0; i < count; ++i) {
      recorded_event made;
      made.position.offset = events_.size() + 1;
      made.aggregate_id = std::to_string(made.position.offset % 10);
      events_.push_back(std::move(made));
    }
  }
  void fail_next(error why) {
    const std::lock_guard lock{mutex_};
    failure_ = std::move(why);
  }
  [[nodiscard]] std::size_t most_read_at_once() const { return most_; }

  result<std::vector<std::uint64_t>> start() override { return std::vector<std::uint64_t>{0}; }
  result<subscription_page> read(const std::vector<std::uint64_t>& behind,
                                 std::uint32_t max) override {
    const std::lock_guard lock{mutex_};
    if (failure_) return *std::exchange(failure_, std::nullopt);
    const std::uint64_t end = std::min<std::uint64_t>(behind[0] + max, events_.size());
    subscription_page page{.events = {}, .reached = {end}, .at_end = end == events_.size()};
    for (std::uint64_t i = behind[0]; i < end; ++i)
      page.events.push_back(events_[i]);
    most_ = std::max(most_.load(), page.events.size());
    return page;
  }
  result<recorded_event> at(const position& where) override {
    const std::lock_guard lock{mutex_};
    if (where.offset == 0 || where.offset > events_.size())
      return error{error::code::not_found, "no such event"};
    return events_[where.offset - 1];
  }

 private:
  std::mutex mutex_;
  std::vector<recorded_event> events_;
  std::optional<error> failure_;
  std::atomic<std::size_t> most_{0};
};

class NamedFeed : public ::testing::Test {
 protected:
  ~NamedFeed() override { stop(); }

  void start(named_feed::options options = {}) {
    options.name = "mailer";
    options.linger = {};
    auto view = persistence::lmdb::open_view(
        directory_.path(),
        {.name = "subscription/mailer", .tables = named_feed::table_names(), .journal_id = "j"},
        std::uint64_t{16} << 20U);
    ASSERT_TRUE(view) << describe(view.error());
    feed_ = std::make_shared<named_feed>(std::move(options), source_, *std::move(view), *time_);
    ASSERT_TRUE(feed_->start(*executor_));
  }
  void stop() {
    if (feed_) feed_->stop();
    feed_.reset();
  }
  /// Nothing is stored any more.
  void crash() { feed_.reset(); }

  void put(std::uint64_t count) {
    source_->put(count);
    feed_->hint();
  }
  named_feed::consumer_id join(std::uint32_t credit = 100) {
    const auto who = feed_->join(credit, nullptr);
    EXPECT_TRUE(who);
    return who ? *who : 0;
  }
  /// The offset of the next event; 0: none.
  std::uint64_t next(named_feed::consumer_id who, seconds timeout = long_enough) {
    const auto found = feed_->next(who, timeout);
    EXPECT_TRUE(found);
    if (!found || !found->has_value()) return 0;
    last_ = **found;
    return last_.event->position.offset;
  }
  void ack() { ASSERT_TRUE(feed_->settle(last_.which, {})); }
  void ack_up_to(named_feed::consumer_id who, std::uint64_t offset) {
    while (last_.event == nullptr || last_.event->position.offset < offset) {
      ASSERT_NE(next(who), 0U);
      ack();
    }
  }

  tests::temporary_directory directory_;
  std::unique_ptr<executor> executor_ = make_thread_executor(2);
  std::shared_ptr<testing::manual_clock> time_ = std::make_shared<testing::manual_clock>();
  std::shared_ptr<listed_events> source_ = std::make_shared<listed_events>();
  std::shared_ptr<named_feed> feed_;
  delivery_window::handed_out last_;
};

TEST_F(NamedFeed, GoesOnAfterARestartBehindWhatWasAcknowledged) {
  start();
  put(10);
  ack_up_to(join(), 6);
  stop();
  start();
  EXPECT_EQ(next(join()), 7U);
}

TEST_F(NamedFeed, DeliversAgainAfterACrashOnlyWhatWasNotStored) {
  start();
  put(10);
  const auto who = join();
  ack_up_to(who, 3);
  // The fourth is on its way, the fifth is done.
  ASSERT_EQ(next(who), 4U);
  ASSERT_EQ(next(who), 5U);
  ack();
  ASSERT_TRUE(feed_->flush());
  crash();
  start();
  const auto again = join();
  EXPECT_EQ(next(again), 4U);
  EXPECT_EQ(next(again), 6U);
}

TEST_F(NamedFeed, CountsAttemptsOverARestart) {
  start({.window = {.retries_max = 1}});
  put(1);
  ASSERT_EQ(next(join()), 1U);
  ASSERT_TRUE(feed_->settle(last_.which, {verdict::kind::retry, {}, "no"}));
  stop();
  start({.window = {.retries_max = 1}});
  ASSERT_EQ(next(join()), 1U);
  EXPECT_EQ(last_.attempt, 2U);
  ASSERT_TRUE(feed_->settle(last_.which, {verdict::kind::retry, {}, "no"}));
  EXPECT_EQ(feed_->parked({}, 10)->size(), 1U);
}

TEST_F(NamedFeed, DeliversAgainWhenTheClockSaysSo) {
  start({.window = {.ack_timeout = seconds{30}}});
  put(1);
  const auto who = join();
  ASSERT_EQ(next(who), 1U);
  EXPECT_EQ(next(who, seconds{0}), 0U);
  std::thread waiter{[&] {
    EXPECT_EQ(next(who), 1U);
    EXPECT_EQ(last_.attempt, 2U);
  }};
  time_->advance(seconds{30});
  waiter.join();
}

TEST_F(NamedFeed, ListsReplaysAndDiscardsWhatIsParkedAlsoAfterARestart) {
  start();
  put(3);
  const auto who = join();
  for (std::uint64_t offset = 1; offset <= 3; ++offset) {
    ASSERT_EQ(next(who), offset);
    ASSERT_TRUE(feed_->settle(last_.which, {verdict::kind::park, {}, "bad address"}));
  }
  stop();
  start();
  const auto parked = feed_->parked({}, 2);
  ASSERT_TRUE(parked);
  ASSERT_EQ(parked->size(), 2U);
  EXPECT_EQ((*parked)[0].at.offset, 1U);
  EXPECT_EQ((*parked)[0].note.reason, "bad address");
  EXPECT_EQ((*parked)[0].note.attempts, 1U);
  ASSERT_TRUE(feed_->discard({{}, 1}));
  EXPECT_EQ(feed_->discard({{}, 1}).error().what, error::code::not_found);
  EXPECT_EQ(feed_->replay({{}, 1}).error().what, error::code::not_found);
  ASSERT_TRUE(feed_->replay({{}, 2}));
  crash();
  start();
  const auto again = join();
  ASSERT_EQ(next(again), 2U);
  ack();
  EXPECT_EQ(next(again, seconds{0}), 0U);
  const auto left = feed_->parked({}, 10);
  ASSERT_EQ(left->size(), 1U);
  EXPECT_EQ(left->front().at.offset, 3U);
}

TEST_F(NamedFeed, ReadsNoMoreThanItsWindowWhenNobodyAsks) {
  start({.window = {.events_max = 20}});
  put(10'000);
  const auto who = join(1'000);
  for (std::uint64_t offset = 1; offset <= 20; ++offset)
    ASSERT_EQ(next(who), offset);
  EXPECT_EQ(next(who, seconds{0}), 0U);
  const auto now = feed_->now();
  EXPECT_EQ(now.window.delivered, 20U);
  EXPECT_EQ(now.window.waiting, 0U);
  EXPECT_LE(source_->most_read_at_once(), 20U);
  ack();
  EXPECT_EQ(next(who, seconds{0}), 0U) << "the window begins with the oldest that is not settled";
}

TEST_F(NamedFeed, TriesAgainWhenItCannotReadNowAndEndsWhenItCannotAtAll) {
  start();
  const auto who = join();
  source_->fail_next({error::code::timed_out, "the index"});
  put(1);
  std::thread mover{[&] {
    while (feed_->now().window.waiting + feed_->now().window.delivered == 0)
      time_->advance(seconds{1});
  }};
  EXPECT_EQ(next(who), 1U);
  mover.join();
  ack();
  source_->fail_next({error::code::corrupt, "block 7"});
  put(1);
  const auto found = feed_->next(who, long_enough);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().what, error::code::corrupt);
}

TEST_F(NamedFeed, EndsWhenItsKeyThrows) {
  start({.window = {.keyed = true}, .key = [](const recorded_event&) -> std::string {
           throw std::runtime_error{"no key"};
         }});
  const auto who = join();
  put(1);
  const auto found = feed_->next(who, long_enough);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().what, error::code::user_code_threw);
}

TEST_F(NamedFeed, AnswersThoseWhoWaitWhenItIsClosed) {
  start();
  const auto who = join();
  std::thread waiter{[&] {
    const auto found = feed_->next(who, long_enough);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what, error::code::shutting_down);
  }};
  feed_->close();
  waiter.join();
  EXPECT_EQ(feed_->join(1, nullptr).error().what, error::code::shutting_down);
  stop();
}

TEST_F(NamedFeed, IsSharedByManyConsumersInTheOrderOfEachKey) {
  constexpr std::uint64_t count = 3'000;
  start({.window = {.keyed = true, .consumers_max = 4, .events_max = 100},
         .key = [](const recorded_event& one) {
           return one.aggregate_id;
         }});
  std::mutex mutex;
  std::map<std::string, std::uint64_t> newest;
  std::atomic<std::uint64_t> done{0};
  const auto work = [&](bool leaves) {
    auto who = *feed_->join(5, nullptr);
    for (std::uint64_t turn = 1; done < count; ++turn) {
      const auto found = feed_->next(who, std::chrono::milliseconds{20});
      ASSERT_TRUE(found);
      if (!found->has_value()) continue;
      if (leaves && turn % 50 == 0) {
        // With what it has just got.
        feed_->leave(who);
        who = *feed_->join(5, nullptr);
        continue;
      }
      const recorded_event& event = *(*found)->event;
      {
        const std::lock_guard lock{mutex};
        std::uint64_t& before = newest[event.aggregate_id];
        // The first one of aggregate 0 is the tenth.
        const std::uint64_t first =
            event.aggregate_id == "0" ? 10 : std::stoull(event.aggregate_id);
        EXPECT_EQ(event.position.offset, before == 0 ? first : before + 10);
        before = event.position.offset;
      }
      ASSERT_TRUE(feed_->settle((*found)->which, {}));
      ++done;
    }
    feed_->leave(who);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back(work, i == 0);
  for (std::uint64_t i = 0; i < count / 100; ++i)
    put(100);
  for (auto& one : threads)
    one.join();
  EXPECT_EQ(done, count);
  ASSERT_TRUE(feed_->flush());
  EXPECT_EQ(feed_->now().reached, std::vector<std::uint64_t>{count});
}

}  // namespace
}  // namespace cairn::actors
