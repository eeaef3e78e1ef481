#include "cairn/persistence/commit_metadata.hpp"

#include "cairn/persistence/block.hpp"
#include "cairn/testing/commits.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

// The bytes of metadata and of the tags of single events, since format 3. CAIRN_WRITE_GOLDEN=1
// writes the golden block anew: only as long as its format has not been released.

namespace cairn::persistence {
namespace {

using tests::block_bytes;
using tests::test_commit;
using words = std::vector<std::string>;

test_commit full() {
  test_commit made = tests::commit_of({"one", "two", "three"});
  made.base = 7;
  made.command_id = "c-1";
  made.tags = {"vip"};
  made.metadata = {{"from", "web"}, {"empty", ""}, {"a", std::string(300, 'v')}};
  made.event_tags = {{"big", "vip"}, {}, {"small"}};
  return made;
}

class CommitMetadata : public testing::Test {
 protected:
  CommitMetadata() {
    names_.add(0, "bank.account");
    names_.add(2, "bank.paid");
  }

  static byte_buffer encode(const test_commit& what) {
    burst::origin nobody;
    burst encoded{nobody, 1, 0};
    tests::add_commit(encoded, what);
    byte_buffer bytes;
    bytes.append(encoded.bytes_of(encoded.entries()[0]));
    return bytes;
  }
  /// With the check that these bytes should have.
  result<commit_view> read(byte_view bytes) {
    return commit_view::parse(bytes, layout::check_of(bytes), names_, 1);
  }
  static metadata_map metadata_of(const commit_view& commit) {
    event_metadata meta;
    commit.describe({}, meta);
    return {meta.metadata.begin(), meta.metadata.end()};
  }
  static std::vector<words> tags_of(const commit_view& commit) {
    std::vector<words> all;
    event_tag_walk walk{commit.event_tags()};
    event_metadata meta;
    for (std::uint32_t i = 0; i < commit.event_count(); ++i) {
      commit.describe_tags(walk, i, meta);
      all.emplace_back(meta.tags.begin(), meta.tags.end());
    }
    return all;
  }

  block_names names_;
};

TEST_F(CommitMetadata, IsReadAsItWasWritten) {
  const byte_buffer bytes = encode(full());
  const auto commit = read(bytes.view());
  ASSERT_TRUE(commit) << commit.error().detail;
  EXPECT_EQ(metadata_of(*commit), full().metadata);
  EXPECT_EQ(commit->command_id(), "c-1");
  EXPECT_EQ(tests::look_at(*commit)->events, (words{"one", "two", "three"}));
}

TEST_F(CommitMetadata, OfNoKindCostsNoByte) {
  test_commit plain = tests::commit_of({"e"});
  const std::size_t size = encode(plain).size();
  plain.metadata = {{"k", "v"}};
  // A byte of flags, the count, and each text with its length.
  EXPECT_EQ(encode(plain).size(), size + 6);
}

TEST_F(CommitMetadata, StandsInRejectionsAndNotesToo) {
  for (test_commit one : {tests::rejected_commit(), tests::note_of("ann", {.count_max = 3})}) {
    one.metadata = full().metadata;
    one.tags = {"vip"};
    const byte_buffer bytes = encode(one);
    const auto commit = read(bytes.view());
    ASSERT_TRUE(commit) << commit.error().detail;
    EXPECT_EQ(metadata_of(*commit), one.metadata);
    EXPECT_EQ(commit->rejected(), one.rejection.has_value());
  }
}

TEST_F(CommitMetadata, ShowsEachEventItsOwnTagsBehindThoseOfTheCommandEachOnce) {
  const byte_buffer bytes = encode(full());
  const auto commit = *read(bytes.view());
  EXPECT_EQ(tags_of(commit), (std::vector<words>{{"vip", "big"}, {"vip"}, {"vip", "small"}}));
  EXPECT_TRUE(commit.says_tag(0, "big"));
  EXPECT_FALSE(commit.says_tag(1, "big"));
  EXPECT_TRUE(commit.says_tag(1, "vip"));
  EXPECT_TRUE(commit.says_tag(2, "small"));
}

TEST_F(CommitMetadata, MayPassOverTheTagsOfEvents) {
  const byte_buffer bytes = encode(full());
  const auto commit = *read(bytes.view());
  event_tag_walk walk{commit.event_tags()};
  words seen;
  walk.at(2, [&seen](std::string_view tag) { seen.emplace_back(tag); });
  EXPECT_EQ(seen, words{"small"});
}

TEST_F(CommitMetadata, HasNoTagsWhereAllEventsHaveNone) {
  test_commit one = tests::commit_of({"e", "f"});
  one.event_tags = {{}, {}};
  const byte_buffer bytes = encode(one);
  const auto commit = *read(bytes.view());
  EXPECT_TRUE(commit.event_tags().empty());
  EXPECT_EQ(tests::look_at(commit)->events, (words{"e", "f"}));
}

TEST_F(CommitMetadata, LeavesNoTagsOfAnAbandonedCommitToTheNextOne) {
  burst::origin nobody;
  burst encoded{nobody, 1, 0};
  const commit_head head{.aggregate_type = 0,
                         .aggregate_id = "ann",
                         .base = {0},
                         .time = {},
                         .command_id = {},
                         .correlation_id = {},
                         .causation_id = {},
                         .principal = {},
                         .tags = {},
                         .tags_events = true};
  encoded.begin_commit(head, 0);
  encoded.begin_event(2, 1, event_codec::binary);
  encoded.end_event();
  encoded.tag_event(words{"left over", std::string(129, 'x')});
  EXPECT_EQ(encoded.longest_tag(), 129U);
  encoded.abandon_commit();
  EXPECT_EQ(encoded.commit_bytes(), 0U);
  tests::add_commit(encoded, full());
  EXPECT_EQ(encoded.longest_tag(), 0U);
  const auto commit = *read(encoded.bytes_of(encoded.entries()[0]));
  EXPECT_EQ(tags_of(commit), (std::vector<words>{{"vip", "big"}, {"vip"}, {"vip", "small"}}));
}

TEST_F(CommitMetadata, RefusesEveryPrefix) {
  const byte_buffer bytes = encode(full());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<std::byte> prefix(bytes.data(), bytes.data() + size);
    const auto commit = read(prefix);
    ASSERT_FALSE(commit) << size;
    EXPECT_EQ(commit.error().what, error::code::corrupt);
  }
}

TEST_F(CommitMetadata, WithAnyByteChangedIsReadAsSomethingElseOrRefusedAndNeverCrashes) {
  test_commit one = full();
  one.metadata.pop_back();
  const byte_buffer bytes = encode(one);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      std::vector<std::byte> changed(bytes.data(), bytes.data() + bytes.size());
      changed[at] = static_cast<std::byte>(value);
      const auto commit = read(changed);
      if (!commit) {
        EXPECT_EQ(commit.error().what, error::code::corrupt);
        continue;
      }
      (void)metadata_of(*commit);
      if (commit->event_count() < 10) (void)tags_of(*commit);
      (void)tests::look_at(*commit);
    }
  }
}

TEST_F(CommitMetadata, RefusesFurtherFlagsThatHaveNoMeaning) {
  test_commit one = tests::commit_of({"e"});
  one.metadata = {{"k", "v"}};
  const byte_buffer bytes = encode(one);
  // Behind the fixed fields, the length of "ann", its three bytes, and the base.
  constexpr std::size_t more_at = layout::fixed_bytes + 1 + 3 + 1;
  EXPECT_EQ(bytes.data()[more_at], std::byte{layout::has_metadata});
  for (const unsigned flag : {4U, 8U, 16U, 32U, 64U, 128U}) {
    std::vector<std::byte> changed(bytes.data(), bytes.data() + bytes.size());
    changed[more_at] = static_cast<std::byte>(layout::has_metadata | flag);
    EXPECT_FALSE(read(changed)) << flag;
  }
}

// -- golden ---------------------------------------------------------------------------------------

std::filesystem::path golden() {
  return std::filesystem::path{CAIRN_GOLDEN_DIRECTORY} / "block_v3_metadata.bin";
}

stream_note described() {
  return {.hidden_up_to = 4,
          .metadata = std::make_shared<const versioned_metadata>(versioned_metadata{
              {{{"owner", "ann"}},
               {.readers = {"all"}, .writers = {"tellers", "ann"}, .metadata_writers = {"admin"}}},
              {5}})};
}

block_bytes encode_now() {
  log_end end{
      .next_offset = 1001, .next_block = 17, .time = tests::at_second(1'700'000'000), .chain = {}};
  return tests::make_block(end, {full(), tests::note_of("bob", described())}, 3);
}

TEST(GoldenMetadata, IsWrittenAsItWas) {
  const block_bytes now = encode_now();
  if (std::getenv("CAIRN_WRITE_GOLDEN") != nullptr) {
    std::ofstream{golden(), std::ios::binary} << as_text(now);
  }
  std::ifstream in{golden(), std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  EXPECT_EQ(as_text(now), text);
}

TEST(GoldenMetadata, IsStillRead) {
  std::ifstream in{golden(), std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const auto block = block_view::parse(as_bytes(text));
  ASSERT_TRUE(block) << block.error().detail;
  const auto commit = *block->commit(0);
  event_metadata meta;
  commit.describe({}, meta);
  EXPECT_EQ(metadata_map(meta.metadata.begin(), meta.metadata.end()), full().metadata);
  EXPECT_TRUE(commit.says_tag(2, "small"));
  EXPECT_FALSE(commit.says_tag(1, "small"));
  const auto noted = *block->commit(1);
  ASSERT_NE(noted.note(), nullptr);
  EXPECT_EQ(*noted.note(), described());
}

}  // namespace
}  // namespace cairn::persistence
