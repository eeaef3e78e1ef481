#include "placeholders.hpp"
#include "schema_name.hpp"

#include <gtest/gtest.h>

namespace cairn::postgres {
namespace {

std::string numbered(std::string_view statement) {
  return number_placeholders(statement).text;
}

TEST(PostgresPlaceholders, AreNumberedInTheirOrder) {
  EXPECT_EQ(numbered("insert into a values (?, ?, ?)"), "insert into a values ($1, $2, $3)");
  EXPECT_EQ(number_placeholders("select ?, ?").parameters, 2U);
  EXPECT_EQ(numbered("select 1"), "select 1");
  EXPECT_EQ(numbered(""), "");
}

TEST(PostgresPlaceholders, AreNotWhatStandsInQuotesAndComments) {
  EXPECT_EQ(numbered("select '?', ?, 'it''s ?', ?"), "select '?', $1, 'it''s ?', $2");
  EXPECT_EQ(numbered(R"(select "a?""?", ?)"), R"(select "a?""?", $1)");
  EXPECT_EQ(numbered(R"(select E'\'?', ?)"), R"(select E'\'?', $1)");
  EXPECT_EQ(numbered(R"(select '\', ?, '')"), R"(select '\', $1, '')");
  EXPECT_EQ(numbered("select -- why?\n?"), "select -- why?\n$1");
  EXPECT_EQ(numbered("select /* ? /* ? */ ? */ ?"), "select /* ? /* ? */ ? */ $1");
  EXPECT_EQ(numbered("select 4 - ?, 4 / ?"), "select 4 - $1, 4 / $2");
  EXPECT_EQ(numbered("do $$ ? $$"), "do $$ ? $$");
  EXPECT_EQ(numbered("select $a$ ? $b$ ? $a$, ?"), "select $a$ ? $b$ ? $a$, $1");
}

TEST(PostgresPlaceholders, AreFoundBehindALineThatEndsWithoutALineFeed) {
  EXPECT_EQ(numbered("-- what?\rselect ?"), "-- what?\rselect $1");
}

TEST(PostgresPlaceholders, AreNotOperators) {
  EXPECT_EQ(numbered("select a ?? ?, a ??| ?"), "select a ? $1, a ?| $2");
}

TEST(PostgresPlaceholders, AreFoundInWhatIsNeverClosed) {
  for (const char* text : {"'?", "\"?", "/* ?", "-- ?", "$a$ ?", "E'\\"}) {
    EXPECT_EQ(numbered(text), text);
  }
}

TEST(PostgresSchemas, AreCalledAfterTheirReadModel) {
  EXPECT_EQ(schema_name("cairn", "bank.balances", {3}), "cairn_bank_balances_v3");
  EXPECT_EQ(schema_name("shop",
                        "Stra\xC3\x9F"
                        "e",
                        {1}),
            "shop_stra__e_v1");
  EXPECT_EQ(schema_name("cairn", "bank.balances", {3, 2}), "cairn_bank_balances_v3_2");
}

TEST(PostgresSchemas, OfLongNamesFitAndAreTold) {
  constexpr persistence::view_place longest{4'000'000'000U, 4'000'000'000U};
  const std::string one = schema_name("cairn", std::string(99, 'a') + "b", longest);
  const std::string other = schema_name("cairn", std::string(99, 'a') + "c", longest);
  EXPECT_LE(one.size(), 63U);
  EXPECT_NE(one, other);
}

TEST(PostgresSchemas, SayTheirPlace) {
  using persistence::view_place;
  EXPECT_EQ(place_of_schema("cairn_a_v12", "cairn", "a"), view_place{12});
  EXPECT_EQ(place_of_schema("cairn_a_v12_3", "cairn", "a"), (view_place{12, 3}));
  for (const char* other :
       {"cairn_a_v2_v1", "cairn_ab_v1", "cairn_a_v", "cairn_a_v1_", "cairn_a_v1_1"})
    EXPECT_EQ(place_of_schema(other, "cairn", "a"), std::nullopt) << other;
}

}  // namespace
}  // namespace cairn::postgres
