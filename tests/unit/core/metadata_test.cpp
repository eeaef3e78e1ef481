#include "cairn/metadata.hpp"

#include <gtest/gtest.h>

namespace cairn {
namespace {

constexpr metadata_limits small{.entries_max = 2, .bytes_max = 10};

template <class Metadata> error::code refusal(const Metadata& what, metadata_limits limits = {}) {
  const auto good = check_metadata(what, limits);
  EXPECT_FALSE(good);
  return good ? error::code{} : good.error().what;
}

TEST(Metadata, IsGoodUpToItsLimits) {
  EXPECT_TRUE(check_metadata(metadata_map{}, {.entries_max = 0, .bytes_max = 0}));
  EXPECT_TRUE(check_metadata(metadata_map{{"ab", "cde"}, {"f", "ghij"}}, small));
  EXPECT_EQ(refusal(metadata_map{{"ab", "cde"}, {"f", "ghijk"}}, small), error::code::too_large);
  EXPECT_EQ(refusal(metadata_map{{"a", ""}, {"b", ""}, {"c", ""}}, small), error::code::too_large);
}

TEST(Metadata, NeedsKeysThatArePresentShortAndUnique) {
  EXPECT_EQ(refusal(metadata_map{{"", "x"}}), error::code::bad_input);
  EXPECT_EQ(refusal(metadata_map{{std::string(129, 'k'), ""}}), error::code::bad_input);
  EXPECT_TRUE(check_metadata(metadata_map{{std::string(128, 'k'), ""}}, {}));
  EXPECT_EQ(refusal(metadata_map{{"a", "1"}, {"b", "2"}, {"a", "1"}}), error::code::bad_input);
}

TEST(StreamMetadata, CountsEachRoleAsAnEntry) {
  EXPECT_TRUE(check_metadata(stream_metadata{{{"a", "b"}}, {.readers = {"all"}}}, small));
  EXPECT_EQ(refusal(stream_metadata{{{"a", "b"}}, {.readers = {"x"}, .removers = {"y"}}}, small),
            error::code::too_large);
  EXPECT_EQ(refusal(stream_metadata{{}, {.metadata_writers = {"long, 11 by"}}}, small),
            error::code::too_large);
}

TEST(StreamMetadata, NeedsRolesThatArePresentAndShort) {
  EXPECT_EQ(refusal(stream_metadata{{}, {.writers = {""}}}), error::code::bad_input);
  EXPECT_EQ(refusal(stream_metadata{{}, {.writers = {std::string(129, 'r')}}}),
            error::code::bad_input);
  EXPECT_EQ(refusal(stream_metadata{{{"", ""}}, {}}), error::code::bad_input);
}

}  // namespace
}  // namespace cairn
