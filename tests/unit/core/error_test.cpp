#include "cairn/error.hpp"

#include "cairn/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace cairn {
namespace {

constexpr std::uint16_t newest_code = 28;

TEST(Error, HasANameAndAdviceForEachCode) {
  std::set<std::string> names;
  for (std::uint16_t number = 1; number <= newest_code; ++number) {
    const auto code = static_cast<error::code>(number);
    EXPECT_NE(to_string(code), "unnumbered") << number;
    EXPECT_TRUE(advice(code).ends_with('.')) << number;
    EXPECT_TRUE(names.emplace(to_string(code)).second) << number;
  }
  EXPECT_EQ(to_string(static_cast<error::code>(newest_code + 1)), "unnumbered");
}

TEST(Error, KeepsItsNumbers) {
  EXPECT_EQ(static_cast<int>(error::code::timed_out), 1);
  EXPECT_EQ(static_cast<int>(error::code::conflict), 5);
  EXPECT_EQ(static_cast<int>(error::code::user_code_threw), 12);
  EXPECT_EQ(static_cast<int>(error::code::io_failed), 24);
  EXPECT_EQ(static_cast<int>(error::code::forbidden), newest_code);
}

TEST(Error, SaysWhetherSomethingMayBeStored) {
  EXPECT_EQ(effect_of(error::code::uncertain), error::effect::uncertain);
  EXPECT_EQ(effect_of(error::code::timed_out), error::effect::uncertain);
  EXPECT_EQ(effect_of(error::code::overloaded), error::effect::none);
  EXPECT_EQ(effect_of(error::code::store_full), error::effect::none);
}

TEST(Error, DescribesItselfInSentences) {
  EXPECT_EQ(describe({error::code::stale, "balances is at 7, 9 was asked for"}),
            "stale: balances is at 7, 9 was asked for. Ask again, or give it more time, or ask "
            "without `at_least`.");
  EXPECT_EQ(describe({error::code::bad_input, ""}), "bad_input. Correct the argument.");
}

TEST(Result, HoldsAValueOrTheReasonWhyThereIsNone) {
  const result<int> found{7};
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(*found, 7);

  const result<int> lost{error{error::code::timed_out, "no answer from node 2"}};
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().what, error::code::timed_out);
}

TEST(Result, GivesAwayAValueThatCannotBeCopied) {
  result<std::unique_ptr<int>> made{std::make_unique<int>(3)};
  const std::unique_ptr<int> taken = *std::move(made);
  EXPECT_EQ(*taken, 3);
}

TEST(Result, OfVoidIsSuccessUnlessAReasonIsGiven) {
  EXPECT_TRUE(result<void>{}.has_value());
  EXPECT_FALSE(result<void>(error{error::code::corrupt, ""}).has_value());
}

}  // namespace
}  // namespace cairn
