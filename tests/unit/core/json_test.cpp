#include "codec_samples.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>

namespace {

using cairn::error;
using cairn::from_json;
using cairn::to_json;
using namespace samples;  // NOLINT(google-build-using-namespace): the vocabulary of these tests

template <class T> error why_not(std::string_view text) {
  const auto read_back = from_json<T>(text);
  return read_back ? error{} : read_back.error();
}

/// The words of a bad_input; otherwise the name of the code.
template <class T> std::string complaint(std::string_view text) {
  const error why = why_not<T>(text);
  return why.what == error::code::bad_input ? why.detail : std::string{to_string(why.what)};
}

template <class T> void expect_round_trip(const T& value) {
  const std::string text = to_json(value);
  const auto back = from_json<T>(text);
  ASSERT_TRUE(back) << back.error().detail << "\n" << text;
  EXPECT_EQ(*back, value) << text;
}

// ---- the mapping
// --------------------------------------------------------------------------------------

TEST(Json, NamesFieldsAndCountsThoseWithoutAName) {
  EXPECT_EQ(to_json(label{"here"}), R"({"text":"here"})");
  EXPECT_EQ(to_json(purse{5}), R"({"cents":5})") << "a name of Boost";
  EXPECT_EQ(to_json(celsius{0}), R"({"_1":2731})");
  EXPECT_EQ(to_json(everything{}).substr(0, 61),
            R"({"truth":true,"letter":99,"_3":119,"_4":-8,"_5":200,"_6":-300)");
}

TEST(Json, WritesIntegersThatDoublesCannotHoldAsTexts) {
  EXPECT_EQ(to_json(std::int64_t{9007199254740992}), "9007199254740992");
  EXPECT_EQ(to_json(std::int64_t{9007199254740993}), R"("9007199254740993")");
  EXPECT_EQ(to_json(std::numeric_limits<std::int64_t>::min()), R"("-9223372036854775808")");
  EXPECT_EQ(to_json(std::numeric_limits<std::uint64_t>::max()), R"("18446744073709551615")");
  EXPECT_EQ(*from_json<std::uint64_t>("18446744073709551615"), 18446744073709551615U);
  EXPECT_EQ(*from_json<std::int64_t>("-9223372036854775808"),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*from_json<std::int32_t>(R"("-5")"), -5);
}

TEST(Json, KeepsEveryBitOfFloatingPointNumbers) {
  for (const double number : {0.1,
                              -0.0,
                              5.0,
                              1e22,
                              1.0 / 3,
                              123456789012345683968.0,
                              9007199254740993.0,
                              std::numeric_limits<double>::max(),
                              std::numeric_limits<double>::denorm_min(),
                              std::numeric_limits<double>::infinity(),
                              -std::numeric_limits<double>::infinity()}) {
    const auto back = from_json<double>(to_json(number));
    ASSERT_TRUE(back) << to_json(number);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(*back), std::bit_cast<std::uint64_t>(number));
  }
  for (const float number : {0.1F,
                             16777217.0F,
                             std::numeric_limits<float>::max(),
                             std::numeric_limits<float>::denorm_min()}) {
    EXPECT_EQ(*from_json<float>(to_json(number)), number);
  }
  EXPECT_EQ(to_json(0.1F), "0.1");
  EXPECT_EQ(to_json(std::numeric_limits<double>::quiet_NaN()), R"("nan")");
  EXPECT_TRUE(std::isnan(*from_json<double>(R"("nan")")));
}

TEST(Json, WritesMapsWithTextKeysAsObjectsAndOthersAsPairs) {
  EXPECT_EQ(to_json(std::map<std::string, bool>{{"b", true}, {"a", false}}),
            R"({"a":false,"b":true})");
  EXPECT_EQ(to_json(std::map<std::int32_t, bool>{{1, true}}), "[[1,true]]");
  EXPECT_EQ(to_json(std::map<cairn::aggregate_id, cairn::version>{{"ann", {7}}}), R"({"ann":7})");
  EXPECT_EQ((to_json(std::unordered_map<std::string, std::int32_t>{{"z", 1}, {"a", 2}, {"m", 3}})),
            R"({"a":2,"m":3,"z":1})");
  EXPECT_EQ((to_json(std::unordered_map<std::int32_t, bool>{})), "[]");
}

TEST(Json, WritesTheOtherTypesAsDocumented) {
  EXPECT_EQ(to_json(std::optional<std::int32_t>{}), "null");
  EXPECT_EQ(to_json(std::optional<std::int32_t>{5}), "5");
  EXPECT_EQ(to_json(std::make_unique<std::int32_t>(5)), "5");
  EXPECT_EQ(to_json(shape{circle{2}}), R"({"type":"shape.circle","value":{"radius":2}})");
  EXPECT_EQ(to_json(colour::deep_blue), "700");
  EXPECT_EQ(to_json(std::chrono::milliseconds{-3}), "-3");
  EXPECT_EQ(to_json(cairn::position{{1}, 2}), R"({"partition":1,"offset":2})");
  EXPECT_EQ(to_json(std::pair<bool, std::string>{true, "a"}), R"([true,"a"])");
  EXPECT_EQ(to_json(std::tuple<>{}), "[]");
  EXPECT_EQ(to_json(std::vector<std::byte>{std::byte{0}, std::byte{0xAF}}), R"("00af")");
  EXPECT_EQ(to_json(std::vector<std::uint8_t>{0, 200}), "[0,200]");
  EXPECT_EQ(to_json(std::unordered_set<std::int32_t>{}), "[]");
}

TEST(Json, TellsTheKindsOfNothingApart) {
  using doubt = std::optional<std::optional<std::int32_t>>;
  EXPECT_EQ(to_json(doubt{}), "null");
  EXPECT_EQ(to_json(doubt{std::optional<std::int32_t>{}}), "[null]");
  expect_round_trip(doubt{});
  expect_round_trip(doubt{std::optional<std::int32_t>{}});
  expect_round_trip(doubt{5});
}

TEST(Json, ReadsBackEverythingItWrites) {
  expect_round_trip(everything{});
}

TEST(Json, ReadsBackWhatPointersPointTo) {
  const rich sample = rich_sample();
  const auto back = from_json<rich>(to_json(sample));
  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(bytes_of(*back), bytes_of(sample));
}

TEST(Json, AcceptsFieldsInAnyOrderAndSpaces) {
  EXPECT_EQ(*from_json<point>(" { \"y\" : 2 ,\n \"x\" : 1 } "), (point{1, 2}));
}

// ---- texts
// --------------------------------------------------------------------------------------------

TEST(Json, KeepsEveryTextOfValidUtf8) {
  for (const char* text : {"",
                           "\"\\/\b\f\n\r\t",
                           "\x01\x1F\x7F",
                           "\xC3\xBC",
                           "\xE2\x82\xAC",
                           "\xEF\xBF\xBF",
                           "\xF0\x9F\x98\x80",
                           "\xF4\x8F\xBF\xBF",
                           "\xED\x9F\xBF"}) {
    expect_round_trip(std::string{text});
  }
  expect_round_trip(std::string(3, '\0'));
  EXPECT_EQ(*from_json<std::string>(R"("\ud83d\ude00")"), "\xF0\x9F\x98\x80");
}

TEST(Json, WritesTextsThatAreNotUtf8InHexadecimalDigits) {
  EXPECT_EQ(to_json(std::string{"a\xFF"}), R"({"#hex":"61ff"})");
  for (const char* text : {"\xFF",
                           "\x80",
                           "\xC3",
                           "\xC0\x80",
                           "\xE0\x80\x80",
                           "\xED\xA0\x80",
                           "\xF0\x80\x80\x80",
                           "\xF4\x90\x80\x80",
                           "\xF0\x9F\x98",
                           "a\xE2\x82"}) {
    expect_round_trip(std::string{text});
    expect_round_trip(std::map<std::string, std::int32_t>{{text, 1}, {"valid", 2}});
    expect_round_trip(std::unordered_map<std::string, std::int32_t>{{text, 1}, {"valid", 2}});
  }
  EXPECT_EQ(to_json(std::map<std::string, bool>{{"\xFF", true}}), R"([[{"#hex":"ff"},true]])");
}

// ---- class versions
// -----------------------------------------------------------------------------------

TEST(Json, ShowsClassVersionsOtherThanZero) {
  EXPECT_EQ(to_json(note_v2{"a", {}, "b"}), R"({"#v":2,"text":"a","tags":[],"author":"b"})");
}

TEST(Json, ReadsOlderClassVersionsAndRefusesNewerOnes) {
  EXPECT_EQ(from_json<note_v2>(R"({"text":"a"})")->author, "unknown");
  EXPECT_EQ(from_json<note_v2>(R"({"tags":["t"],"#v":1,"text":"a"})")->tags.size(), 1U);
  EXPECT_EQ(
      complaint<note_v2>(R"({"#v":3,"text":"a"})"),
      "the value was written by the newer schema version 3; this program knows versions up to "
      "2");
}

// ---- texts that may be anything
// -----------------------------------------------------------------------

TEST(Json, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(complaint<point>(R"({"x":1})"), "field \"y\" is missing");
  EXPECT_EQ(complaint<point>(R"({"x":1,"y":2,"z":3})"), "field \"z\" is unknown, or given twice");
  EXPECT_EQ(complaint<point>(R"({"x":1,"y":2,"x":1})"), "field \"x\" is unknown, or given twice");
  EXPECT_EQ(complaint<point>(R"({"x":1,"y":128})"),
            "field \"y\" must be a whole number from -128 to 127");
  EXPECT_EQ(complaint<point>(R"({"x":1,"y":1.0})"),
            "field \"y\" must be a whole number from -128 to 127");
  EXPECT_EQ(complaint<point>(R"({"#v":0,"x":1,"y":2})"), "field \"#v\" is unknown, or given twice");
  EXPECT_EQ(complaint<point>("[]"), "the value must be an object");
  EXPECT_EQ(complaint<std::vector<point>>(R"([{"x":1,"y":2},{"x":true,"y":2}])"),
            "field \"[1].x\" must be a whole number from -128 to 127");
  EXPECT_EQ(complaint<note_v2>(R"({"#v":1,"text":"a","tags":["b",5]})"),
            "field \"tags[1]\" must be a text");
  EXPECT_EQ((complaint<std::map<std::string, point>>(R"({"a":{"y":1}})")),
            "field \"a.x\" is missing");
  EXPECT_EQ((complaint<std::map<std::string, bool>>(R"({"a":true,"a":true})")),
            "field \"a\" is twice in its map");
  EXPECT_EQ(complaint<std::set<std::int32_t>>("[1,1]"), "field \"[1]\" is twice in its set");
}

TEST(Json, RefusesValuesOfAnotherKind) {
  EXPECT_EQ(complaint<bool>("1"), "the value must be true or false");
  EXPECT_EQ(complaint<std::string>(R"({"#hex":"6"})"),
            "field \"#hex\" must be bytes in hexadecimal digits");
  EXPECT_EQ(complaint<std::vector<std::byte>>(R"("0g")"),
            "the value must be bytes in hexadecimal digits");
  EXPECT_EQ((complaint<std::array<std::byte, 2>>(R"("00")")),
            "the value has another number of bytes than its type");
  EXPECT_EQ((complaint<std::array<bool, 2>>("[true]")), "the value must be an array of 2 elements");
  EXPECT_EQ(complaint<double>(R"("much")"),
            R"(the value must be a number, "nan", "inf" or "-inf")");
  EXPECT_EQ(complaint<float>("1e300"), "the value is too large for a number of single precision");
  EXPECT_EQ(complaint<std::uint64_t>("-1"),
            "the value must be a whole number from 0 to 18446744073709551615");
  for (const char* text : {"\"\"", "\"+5\"", "\" 5\"", "\"5x\"", "99999999999999999999", "null"}) {
    EXPECT_EQ(why_not<std::int64_t>(text).what, error::code::bad_input) << text;
  }
}

TEST(Json, NamesAnAlternativeThatItDoesNotKnow) {
  EXPECT_EQ(why_not<std::vector<shape>>(R"([{"type":"shape.cube","value":{}}])"),
            (error{error::code::unknown_name,
                   "field \"[0].type\": no alternative is called \"shape.cube\""}));
}

TEST(Json, RefusesTextThatIsNotJson) {
  EXPECT_EQ(complaint<bool>("").substr(0, 8), "not JSON");
  EXPECT_EQ(complaint<bool>("true true").substr(0, 20), "not JSON, at byte 9:");
  EXPECT_EQ(complaint<double>("1e999").substr(0, 8), "not JSON");
  EXPECT_EQ(complaint<std::string>("\"\xFF\"").substr(0, 8), "not JSON");
}

TEST(Json, RefusesTextThatIsTooLongOrNestsTooDeep) {
  EXPECT_EQ(why_not<bool>(std::string(cairn::json_text_max_bytes + 1, ' ')).what,
            error::code::too_large);
  EXPECT_EQ(complaint<bool>(std::string(1'000'000, '[')), "nested more than 1024 deep");
}

TEST(Json, ReadsAndWritesObjectsUpToTheDeepestNesting) {
  const std::string deepest = to_json(chain(cairn::codec_nesting_max));
  EXPECT_TRUE(from_json<tree>(deepest));
  const std::string deeper = R"({"_1":0,"_2":)" + deepest + R"(,"_3":null,"_4":[]})";
  EXPECT_NE(complaint<tree>(deeper).find("is nested too deep"), std::string::npos);
  EXPECT_THROW((void)to_json(chain(cairn::codec_nesting_max + 1)), cairn::nested_too_deep);
}

TEST(Json, RefusesEveryPrefixOfAnObject) {
  const std::string text = to_json(rich_sample());
  for (std::size_t size = 0; size < text.size(); size += 7) {
    ASSERT_EQ(why_not<rich>(text.substr(0, size)).what, error::code::bad_input) << size;
  }
}

TEST(Json, SurvivesEveryChangedLetter) {
  const std::string text = to_json(rich_sample());
  const std::string_view letters = "\"{]0-,\xFF";
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = letters[at % letters.size()];
    const auto back = from_json<rich>(changed);
    if (!back) continue;
    ASSERT_TRUE(from_json<rich>(to_json(*back))) << changed;
  }
}

TEST(Json, ReportsWhatAUsersSerializeThrows) {
  EXPECT_EQ(why_not<celsius>(R"({"_1":-99999})"),
            (error{error::code::user_code_threw, "serialize threw: colder than cold"}));
}

}  // namespace
