#include "delivery.hpp"

#include <gtest/gtest.h>

// What a consumer of JetStream says in the reply subject of a message, and what is said to it.

namespace cairn::nats {
namespace {

using namespace std::chrono_literals;

void expect_the_delivery(std::string_view subject) {
  const auto found = delivery_from(subject);
  ASSERT_TRUE(found) << subject;
  EXPECT_EQ(found->acknowledge_to, subject);
  EXPECT_EQ(found->stream, "COMMANDS");
  EXPECT_EQ(found->attempt, 2U);
  EXPECT_EQ(found->number_in_stream, 71U);
  EXPECT_EQ(message_id_of(*found), "COMMANDS.71.1700000000000000001");
}

TEST(NatsDelivery, IsReadFromTheReplySubjectOfAnyServer) {
  expect_the_delivery("$JS.ACK.COMMANDS.cairn.2.71.80.1700000000000000001.5");
  expect_the_delivery("$JS.ACK.hub.AbC.COMMANDS.cairn.2.71.80.1700000000000000001.5");
  expect_the_delivery("$JS.ACK.hub.AbC.COMMANDS.cairn.2.71.80.1700000000000000001.5.random");
}

TEST(NatsDelivery, IsNotReadFromOtherSubjects) {
  EXPECT_FALSE(delivery_from(""));
  EXPECT_FALSE(delivery_from("_INBOX.abc"));
  EXPECT_FALSE(delivery_from("$JS.ACK."));
  EXPECT_FALSE(delivery_from("$JS.ACK.COMMANDS.cairn.2.71.80.1"));
  EXPECT_FALSE(delivery_from("$JS.ACK.COMMANDS.cairn.x.71.80.1.5"));
  EXPECT_FALSE(delivery_from("$JS.ACK.COMMANDS.cairn.2.71x.80.1.5"));
}

TEST(NatsDelivery, IsAskedForAgainAfterAPauseThatGrowsUpToItsBound) {
  EXPECT_EQ(again_after(0ns), "-NAK");
  EXPECT_EQ(again_after(5ns), "-NAK {\"delay\": 5}");
  EXPECT_EQ(pause_behind(1, 100ms, 1s), 100ms);
  EXPECT_EQ(pause_behind(3, 100ms, 1s), 400ms);
  EXPECT_EQ(pause_behind(5, 100ms, 1s), 1s);
  EXPECT_EQ(pause_behind(~std::uint64_t{0}, 1ns, std::chrono::nanoseconds::max()),
            std::chrono::nanoseconds::max());
}

TEST(NatsDelivery, IsRepeatedByWhatWentWrong) {
  EXPECT_EQ(retry_of(error::code::overloaded), retry::always);
  EXPECT_EQ(retry_of(error::code::uncertain), retry::always);
  EXPECT_EQ(retry_of(error::code::conflict), retry::some_times);
  EXPECT_EQ(retry_of(error::code::user_code_threw), retry::some_times);
  EXPECT_EQ(retry_of(error::code::bad_input), retry::never);
  EXPECT_EQ(retry_of(error::code::unhandled), retry::never);
  EXPECT_EQ(retry_of(error::code::forbidden), retry::never);
}

}  // namespace
}  // namespace cairn::nats
