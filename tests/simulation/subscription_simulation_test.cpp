#include "support/counter.hpp"

#include "cairn/cairn.hpp"
#include "cairn/testing/simulation.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>

// Subscriptions of a runtime without threads: whoever would wait runs it.

namespace cairn::testing {
namespace {

using counting::add;
using counting::counter;

constexpr std::chrono::seconds long_enough{60};

class SubscriptionWithoutThreads : public ::testing::Test {
 protected:
  SubscriptionWithoutThreads() {
    world.add<counter>();
    world.client([left = 5](simulated_client& me) mutable {
      me.aggregate<counter>("c").ask(
          add{1}, {.command_id = std::to_string(left)}, [](const outcome<counter>&) {});
      return --left > 0;
    });
    const auto done = world.run();
    EXPECT_TRUE(done.ok()) << describe(done);
  }

  simulation world{1, {}};
};

TEST_F(SubscriptionWithoutThreads, ShowsWhatIsThereAndWhatIsRecordedThen) {
  auto all = world.app().subscribe({});
  ASSERT_TRUE(all);
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(std::holds_alternative<subscribed_event>(all->next(long_enough)));
  EXPECT_TRUE(std::holds_alternative<caught_up>(all->next(long_enough)));
  EXPECT_TRUE(std::holds_alternative<nothing_yet>(all->next({})));
  ASSERT_TRUE(world.app().aggregate<counter>("c").ask(add{1}).accepted());
  EXPECT_TRUE(std::holds_alternative<subscribed_event>(all->next(long_enough)));
}

TEST_F(SubscriptionWithoutThreads, DeliversToConsumersAndCallbacks) {
  auto mailer = world.app().named_subscription("mailer", {.consumers_max = 2});
  ASSERT_TRUE(mailer);
  auto one = mailer->join();
  ASSERT_TRUE(one);
  for (std::uint64_t offset = 1; offset <= 5; ++offset) {
    auto got = one->next(long_enough);
    ASSERT_TRUE(got);
    ASSERT_TRUE(got->has_value());
    EXPECT_EQ((**got)->position.offset, offset);
    ASSERT_TRUE((*got)->ack());
  }
  one->leave();
  int called = 0;
  const auto other = mailer->join({}, [&called](delivery got) {
    ++called;
    EXPECT_TRUE(got.ack());
  });
  ASSERT_TRUE(other);
  ASSERT_TRUE(world.app().aggregate<counter>("c").ask(add{1}).accepted());
  for (int i = 0; i < 100 && called == 0; ++i)
    (void)world.app().aggregate<counter>("c").ask(counting::sing{});
  EXPECT_EQ(called, 1);
  ASSERT_TRUE(mailer->flush());
  EXPECT_EQ(mailer->status().checkpoint, event_cursor{{6}});
}

}  // namespace
}  // namespace cairn::testing
