#include "subscription_body.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

// A subscription on plain threads, over a journal that is only a number.

namespace cairn {
namespace {

using std::chrono::seconds;

constexpr seconds long_enough{60};

/// One partition with so many events.
class counted_events {
 public:
  void put(std::uint64_t count) {
    durable_ += count;
    hub->hint();
  }
  [[nodiscard]] result<event_page> read(const event_query& query) {
    ++reads;
    most_asked = std::max(most_asked.load(), query.limit);
    if (failing) return error{error::code::corrupt, "block 7"};
    const std::uint64_t from = std::get<event_cursor>(query.from).before()[0];
    const std::uint64_t durable = durable_;
    const std::uint64_t end = std::min<std::uint64_t>(from + query.limit, durable);
    event_page page;
    for (std::uint64_t offset = from + 1; offset <= end; ++offset) {
      recorded_event one;
      one.position.offset = offset;
      page.events.push_back(std::move(one));
    }
    page.next = event_cursor{{end}};
    page.at_end = end == durable;
    return page;
  }

  std::shared_ptr<detail::subscription_hub> hub = std::make_shared<detail::subscription_hub>();
  std::atomic<std::uint64_t> reads{0};
  std::atomic<std::uint32_t> most_asked{0};
  std::atomic<bool> failing{false};

 private:
  std::atomic<std::uint64_t> durable_{0};
};

class SubscriptionBody : public ::testing::Test {
 protected:
  SubscriptionBody() { events_.hub->runs_on(executor_.get()); }
  ~SubscriptionBody() override { stop(); }

  void stop() {
    events_.hub->close();
    events_.hub->finish();
  }
  subscription follow(std::uint32_t buffer, subscription_callback callback = nullptr) {
    const bool calls = static_cast<bool>(callback);
    auto made = std::make_shared<subscription::body>(subscription::body::parts{
        .read = [this](const event_query& query) { return events_.read(query); },
        .query = {.limit = buffer},
        .from = {0},
        .progress_every = 1'000,
        .runs_on = nullptr,
        .hub = events_.hub,
        .callback = std::move(callback)});
    EXPECT_TRUE(events_.hub->add_running(made, [&](actors::executor& on) {
      if (calls) made->call(on);
    }));
    return subscription{std::move(made)};
  }

  std::unique_ptr<actors::executor> executor_ = actors::make_thread_executor(2);
  counted_events events_;
};

TEST_F(SubscriptionBody, ReadsItsBufferWhenItIsAskedAndNothingAhead) {
  subscription slow = follow(10);
  events_.put(1'000);
  EXPECT_EQ(events_.reads, 0U);
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(std::holds_alternative<subscribed_event>(slow.next(long_enough)));
  EXPECT_EQ(events_.reads, 1U);
  ASSERT_TRUE(std::holds_alternative<subscribed_event>(slow.next(long_enough)));
  EXPECT_EQ(events_.reads, 2U);
  EXPECT_EQ(events_.most_asked, 10U);
}

TEST_F(SubscriptionBody, LooksAgainNowAndThenWhenAHintWasLost) {
  subscription all = follow(10);
  ASSERT_TRUE(std::holds_alternative<caught_up>(all.next(long_enough)));
  auto waiting = std::async(std::launch::async, [&] { return all.next(long_enough); });
  // Into a journal of which it does not hear.
  auto hub = std::exchange(events_.hub, std::make_shared<detail::subscription_hub>());
  events_.put(1);
  EXPECT_TRUE(std::holds_alternative<subscribed_event>(waiting.get()));
  events_.hub = std::move(hub);
}

TEST_F(SubscriptionBody, EndsForGoodWhenTheJournalCannotBeRead) {
  events_.failing = true;
  subscription all = follow(10);
  for (int i = 0; i < 2; ++i) {
    const auto item = all.next(long_enough);
    ASSERT_TRUE(std::holds_alternative<ended>(item));
    EXPECT_EQ(std::get<ended>(item).why.what, error::code::corrupt);
    events_.failing = false;
  }
}

TEST_F(SubscriptionBody, LosesNothingWhenManyFollowWhatManyWrite) {
  constexpr std::uint64_t writers = 3;
  constexpr std::uint64_t each = 2'000;
  const auto check = [](std::uint64_t& seen, const subscription_item& item) {
    const auto* one = std::get_if<subscribed_event>(&item);
    if (one == nullptr) return;
    ++seen;
    EXPECT_EQ(one->event.position.offset, seen);
  };
  std::vector<std::promise<void>> done(2);
  std::vector<std::uint64_t> seen(2, 0);
  std::vector<subscription> called;
  for (std::size_t i = 0; i < 2; ++i) {
    called.push_back(follow(7, [&, i](const subscription_item& item) -> result<void> {
      check(seen[i], item);
      if (seen[i] == writers * each && std::holds_alternative<subscribed_event>(item))
        done[i].set_value();
      return {};
    }));
  }
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < writers; ++i) {
    threads.emplace_back([&] {
      for (std::uint64_t j = 0; j < each; ++j)
        events_.put(1);
    });
  }
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      subscription pulled = follow(7);
      for (std::uint64_t mine = 0; mine < writers * each;) {
        const auto item = pulled.next(long_enough);
        ASSERT_FALSE(std::holds_alternative<ended>(item));
        check(mine, item);
      }
    });
  }
  for (auto& one : threads)
    one.join();
  for (auto& one : done)
    one.get_future().wait();
}

}  // namespace
}  // namespace cairn
