#include "search_text.hpp"

#include "search_condition.hpp"

#include "cairn/ids.hpp"

#include <gtest/gtest.h>

#include <string>

// How a search is written, and what is wrong with one that cannot be read.

namespace cairn::detail {
namespace {

std::string tree_of(std::string_view text) {
  const auto found = parse_search(text);
  return found ? to_text(*found) : found.error().detail;
}

TEST(SearchText, MeansAllOfItsWords) {
  EXPECT_EQ(tree_of("refund"), "\"refund\"");
  EXPECT_EQ(tree_of("  late   refund "), "(all \"late\" \"refund\")");
  EXPECT_EQ(tree_of("late AND refund"), "(all \"late\" \"refund\")");
}

TEST(SearchText, BindsAndTighterThanOr) {
  EXPECT_EQ(tree_of("a OR b c OR d"), "(any \"a\" (all \"b\" \"c\") \"d\")");
  EXPECT_EQ(tree_of("(a OR b) c"), "(all (any \"a\" \"b\") \"c\")");
}

TEST(SearchText, ExcludesBehindNotAndMinus) {
  EXPECT_EQ(tree_of("a NOT b"), "(all \"a\" (none \"b\"))");
  EXPECT_EQ(tree_of("a -b"), "(all \"a\" (none \"b\"))");
  EXPECT_EQ(tree_of("NOT (a OR b)"), "(none (any \"a\" \"b\"))");
  EXPECT_EQ(tree_of("well-known"), "\"well-known\"") << "only in front of a word";
}

TEST(SearchText, KeepsWhatIsQuotedAsItIs) {
  EXPECT_EQ(tree_of("\"two words\""), "\"two words\"");
  EXPECT_EQ(tree_of("\"say \"\"so\"\"\""), "\"say \"so\"\"");
  EXPECT_EQ(tree_of("\"AND\""), "\"AND\"");
  EXPECT_EQ(tree_of("\"tag:x\""), "\"tag:x\"");
}

TEST(SearchText, MayMeanWhateverBeginsSo) {
  EXPECT_EQ(tree_of("refun*"), "\"refun\"*");
  EXPECT_EQ(tree_of("\"two wor\"*"), "\"two wor\"*");
}

TEST(SearchText, KnowsItsFields) {
  EXPECT_EQ(tree_of("refund AND type:order.*"), "(all \"refund\" type:\"order.\"*)");
  EXPECT_EQ(tree_of("aggregate:bank.account/ann principal:\"Ann Lee\" tag:vip"),
            "(all aggregate:\"bank.account/ann\" principal:\"Ann Lee\" tag:\"vip\")");
  EXPECT_EQ(tree_of("after:2026-11-01 before:2026-12-01 correlation:r1 command:c1"),
            "(all after:\"2026-11-01\" before:\"2026-12-01\" correlation:\"r1\" command:\"c1\")");
  EXPECT_EQ(tree_of("colour:red"), "\"colour:red\"") << "no field of that name";
  EXPECT_EQ(tree_of("ORDER ANDROID NOTE"), "(all \"ORDER\" \"ANDROID\" \"NOTE\")");
}

TEST(SearchText, SaysWhereItCannotBeRead) {
  EXPECT_EQ(tree_of(""), "search, byte 1: there is nothing to search for");
  EXPECT_EQ(tree_of("   "), "search, byte 4: there is nothing to search for");
  EXPECT_EQ(tree_of("a AND"), "search, byte 6: a word is missing");
  EXPECT_EQ(tree_of("a OR OR b"), "search, byte 6: a word is missing");
  EXPECT_EQ(tree_of("OR"), "search, byte 1: a word is missing");
  EXPECT_EQ(tree_of("(a"), "search, byte 3: a parenthesis is not closed");
  EXPECT_EQ(tree_of("a)"), "search, byte 2: a parenthesis is closed that was not opened");
  EXPECT_EQ(tree_of("()"), "search, byte 2: a word is missing");
  EXPECT_EQ(tree_of("\"a"), "search, byte 3: a quotation mark is not closed");
  EXPECT_EQ(tree_of("type:"), "search, byte 6: a word is missing behind type:");
  EXPECT_EQ(tree_of("type: a"), "search, byte 6: a word is missing behind type:");
  EXPECT_EQ(tree_of("*"), "search, byte 2: a word has no letters");
  EXPECT_EQ(tree_of("\"\""), "search, byte 3: a word has no letters");
  EXPECT_EQ(tree_of("NOT"), "search, byte 4: a word is missing");
}

TEST(SearchText, HasLimits) {
  EXPECT_FALSE(parse_search(std::string(search_text_max_bytes + 1, 'a')));
  EXPECT_TRUE(parse_search(std::string(search_text_max_bytes, 'a')));
  const auto nested = [](std::size_t levels) {
    return std::string(levels, '(') + "a" + std::string(levels, ')');
  };
  EXPECT_TRUE(parse_search(nested(search_depth_max - 1)));
  EXPECT_EQ(parse_search(nested(search_depth_max)).error().what, error::code::bad_input);
  EXPECT_FALSE(parse_search(std::string(1'500, '-') + "a"));
  std::string words;
  for (std::size_t i = 0; i < search_words_max; ++i)
    words += "a ";
  EXPECT_TRUE(parse_search(words));
  EXPECT_FALSE(parse_search(words + "a"));
}

TEST(SearchCondition, TakesTimesInUtcAndNothingElse) {
  const auto value_of = [](std::string_view time) -> std::int64_t {
    const auto made = condition_of(*parse_search("after:" + std::string{time}));
    return made ? std::get<std::int64_t>(made->values.front()) / 1'000'000'000 : -1;
  };
  EXPECT_EQ(value_of("1970-01-02"), 86'400);
  EXPECT_EQ(value_of("1970-01-02Z"), 86'400);
  EXPECT_EQ(value_of("1970-01-01T01:02"), 3'720);
  EXPECT_EQ(value_of("1970-01-01T01:02:03Z"), 3'723);
  EXPECT_EQ(value_of("9999-12-31T23:59"),
            timestamp::max().time_since_epoch().count() / 1'000'000'000)
      << "the end of time";
  EXPECT_LT(value_of("0001-01-01"), -9'000'000'000);
  for (const auto* wrong : {"yesterday",
                            "1970",
                            "1970-02-30",
                            "1970-01-01T25:00",
                            "1970-01-01T01",
                            "1970-1-1",
                            "1970-01-01 ",
                            "1970-01-01x",
                            "1970-01-0*",
                            "+970-01-01"}) {
    EXPECT_EQ(value_of("\"" + std::string{wrong} + "\""), -1) << wrong;
  }
}

TEST(SearchCondition, PutsWhatIsSearchedForIntoValuesOnly) {
  const auto made = condition_of(*parse_search("\"a\"\" OR b\" tag:\"x' or 1\""));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->sql,
            "(number in (select rowid from words where words match ?) and "
            "number in (select number from tag where name = ?))");
  EXPECT_EQ(std::get<std::string>(made->values[0]), "\"a\"\" OR b\"");
  EXPECT_EQ(std::get<std::string>(made->values[1]), "x' or 1");
}

}  // namespace
}  // namespace cairn::detail
