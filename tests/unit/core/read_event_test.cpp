#include "cairn/detail/read_event.hpp"

#include "support/ledger_versions.hpp"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>
#include <vector>

namespace cairn {
namespace {

using detail::read_event_as;
using detail::visit_type_of;
using now::ledger;

/// What a test has stored; keeps the bytes.
struct stored {
  template <class Event>
  explicit stored(const Event& fact, event_codec codec = event_codec::binary)
      : event{.type = Event::stable_name,
              .schema_version = schema_version_of<Event>(),
              .codec = codec} {
    detail::encode_event(fact, codec, bytes);
    event.payload = bytes.view();
  }
  byte_buffer bytes;
  raw_event event;
};

/// The story that a ledger tells of the event.
result<std::vector<std::string>> read(const raw_event& event) {
  ledger::state now;
  result<void> done = detail::unknown_event(ledger::stable_name, event);
  visit_type_of<ledger>(event, [&]<class T>() {
    done = read_event_as<ledger, T>(event, [&now](const auto& fact) {
      ledger::evolve(now, fact);
      return result<void>{};
    });
  });
  if (!done) return done.error();
  return now.story;
}

using story = std::vector<std::string>;

class ReadEvent : public ::testing::TestWithParam<event_codec> {};

TEST_P(ReadEvent, TakesACurrentEventAsItIs) {
  EXPECT_EQ(*read(stored{now::credited{5}, GetParam()}.event), (story{"+5"}));
  EXPECT_EQ(*read(stored{now::opened{"ann", "CHF"}, GetParam()}.event), (story{"opened in CHF"}));
}

TEST_P(ReadEvent, KnowsFormerNames) {
  stored old{now::credited{5}, GetParam()};
  for (const std::string_view name : {"paid_in", "received"}) {
    old.event.type = name;
    EXPECT_EQ(*read(old.event), (story{"+5"}));
  }
}

TEST_P(ReadEvent, LeavesOlderClassVersionsToSerialize) {
  EXPECT_EQ(*read(stored{then::opened{"ann"}, GetParam()}.event), (story{"opened in EUR"}));
}

TEST_P(ReadEvent, ChoosesAmongTypesOfOneNameByTheStoredVersion) {
  EXPECT_EQ(*read(stored{then::adjusted{3}, GetParam()}.event), (story{"code 7: 3"}));
  EXPECT_EQ(*read(stored{now::coded_adjustment{3, 9}, GetParam()}.event), (story{"code 9: 3"}));
  EXPECT_EQ(*read(stored{now::adjusted{3, "oops"}, GetParam()}.event), (story{"oops: 3"}));
}

TEST_P(ReadEvent, UpcastsToSeveralToOnePerhapsAndToNone) {
  EXPECT_EQ(*read(stored{then::moved{5, 2}, GetParam()}.event), (story{"+5", "-2"}));
  EXPECT_EQ(*read(stored{then::rounded{1}, GetParam()}.event), (story{"+1"}));
  EXPECT_EQ(*read(stored{then::rounded{0}, GetParam()}.event), (story{}));
  EXPECT_EQ(*read(stored{then::mused{"hm"}, GetParam()}.event), (story{}));
}

TEST_P(ReadEvent, SaysWhatUpcastHasThrown) {
  const auto done = read(stored{then::moved{-1, 0}, GetParam()}.event);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, error::code::user_code_threw);
  EXPECT_EQ(done.error().detail, "upcast: moved less than nothing");
}

TEST_P(ReadEvent, RefusesWhatANewerClassVersionHasWritten) {
  stored newer{now::adjusted{3, "oops"}, GetParam()};
  newer.event.schema_version = 3;
  const auto done = read(newer.event);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, error::code::newer_format);
  EXPECT_EQ(done.error().detail,
            "\"adjusted\" was written by the newer schema version 3; this program knows versions "
            "up to 2");
}

TEST_P(ReadEvent, RefusesDamagedFields) {
  const raw_event damaged{
      .type = "credited", .codec = GetParam(), .payload = as_bytes("{\"cents\":")};
  EXPECT_EQ(read(damaged).error().what, error::code::corrupt);
}

INSTANTIATE_TEST_SUITE_P(InBothCodecs,
                         ReadEvent,
                         ::testing::Values(event_codec::binary, event_codec::json),
                         [](const auto& codec) {
                           return codec.param == event_codec::json ? "Json" : "Binary";
                         });

TEST(ReadAnyEvent, NamesACodecThatItDoesNotKnow) {
  stored strange{now::credited{5}};
  strange.event.codec = static_cast<event_codec>(9);
  const auto done = read(strange.event);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, error::code::newer_format);
  EXPECT_EQ(done.error().detail,
            "\"credited\" is stored in the codec 9, which this version of Cairn does not know");
}

TEST(ReadAnyEvent, NamesAnEventThatItDoesNotKnow) {
  const auto done = read({.type = "vanished"});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, error::code::unknown_name);
  EXPECT_EQ(done.error().detail, "test.ledger has no event \"vanished\"");
}

}  // namespace
}  // namespace cairn

namespace only_some {

/// A program that knows versions 1 and 4 of a name only.
struct sparse {
  struct first {
    static constexpr std::string_view stable_name = "e";
  };
  struct last {
    static constexpr std::string_view stable_name = "e";
  };
  using event = std::variant<last>;
  using retired = std::tuple<first>;
};

}  // namespace only_some

BOOST_CLASS_VERSION(only_some::sparse::first, 1)
BOOST_CLASS_VERSION(only_some::sparse::last, 4)

namespace cairn {
namespace {

TEST(ReadAnyEvent, GivesVersionsInBetweenToTheNextNewerType) {
  using only_some::sparse;
  const auto reader_of = [](std::uint32_t version) -> std::string {
    const raw_event event{.type = "e", .schema_version = version};
    std::string name = "nobody";
    visit_type_of<sparse>(
        event, [&]<class T>() { name = std::is_same_v<T, sparse::first> ? "first" : "last"; });
    return name;
  };
  EXPECT_EQ(reader_of(0), "first");
  EXPECT_EQ(reader_of(1), "first");
  EXPECT_EQ(reader_of(2), "last");
  EXPECT_EQ(reader_of(4), "last");
  EXPECT_EQ(reader_of(5), "last");  // and refuses it
}

}  // namespace
}  // namespace cairn
