#include "cairn/persistence/block.hpp"
#include "cairn/testing/commits.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

// Blocks as each format has them, for ever. Those of format 3 stand beside the tests of what is new
// in it, such as commit_metadata_test.cpp.

namespace cairn::persistence {
namespace {

using std::chrono::hours;
using tests::at_second;
using tests::block_bytes;

constexpr const char* format_1 = "block_v1.bin";
constexpr const char* format_2 = "block_v2.bin";
constexpr const char* format_3 = "block_v3.bin";

std::filesystem::path golden(const char* name) {
  return std::filesystem::path{CAIRN_GOLDEN_DIRECTORY} / name;
}

block_bytes encode_now() {
  log_end end{.next_offset = 1001, .next_block = 17, .time = at_second(1'700'000'000), .chain = {}};
  end.chain.fill(std::byte{0xA5});
  tests::test_commit noted = tests::note_of("eve",
                                            {.hidden_up_to = 40,
                                             .reset_at = 12,
                                             .tombstoned = true,
                                             .count_max = 1000,
                                             .age_max = hours{24}});
  noted.base = 44;
  noted.command_id = "req-83";
  return tests::make_block(end,
                           {{.id = "ann",
                             .base = 300,
                             .events = {"opened", ""},
                             .command_id = "req-81",
                             .time = at_second(1'700'000'001),
                             .tags = {"vip", "eu"},
                             .correlation_id = "order-7"},
                            {.id = "bob",
                             .base = 2,
                             .command_id = "req-82",
                             .rejection = -2,
                             .time = at_second(1'699'999'999)},
                            {.id = "ann", .base = 302, .events = {std::string(200, 'x')}},
                            noted,
                            {.id = "ann", .base = 303, .events = {"paid"}, .linked = true},
                            {.id = "bob", .base = 2, .events = {"received"}},
                            {.id = "ann",
                             .base = 304,
                             .events = {"drawn", "told"},
                             .command_id = "req-84",
                             .reply = "balance 17"},
                            {.id = "ann",
                             .base = 306,
                             .events = {},
                             .command_id = "req-85",
                             .reply = std::string(130, 'y')}},
                           3);
}

block_bytes stored(const char* name) {
  std::ifstream in{golden(name), std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const byte_view bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

/// What the first three commits of all formats say.
void expect_the_first_three(const block_view& block) {
  EXPECT_EQ(block.header().number, 17U);
  EXPECT_EQ(block.header().epoch, 3U);
  const auto first = *block.commit(0);
  EXPECT_EQ(*tests::look_at(first), (tests::seen_commit{"ann", 300, 1001, {"opened", ""}}));
  EXPECT_EQ(first.command_id(), "req-81");
  event_metadata meta;
  first.describe({}, meta);
  EXPECT_EQ(meta.correlation_id, "order-7");
  EXPECT_EQ(meta.tags, (std::vector<std::string_view>{"vip", "eu"}));
  EXPECT_EQ(block.commit(1)->rejection(), -2);
  EXPECT_EQ(block.commit(1)->time(), at_second(1'700'000'001));
  EXPECT_EQ(*tests::look_at(*block.commit(2)),
            (tests::seen_commit{"ann", 302, 1003, {std::string(200, 'x')}}));
}

/// What a block of format 2 has behind them, and one of format 3 again.
void expect_the_next_three(const block_view& block) {
  const auto noted = *block.commit(3);
  ASSERT_NE(noted.note(), nullptr);
  EXPECT_EQ(*noted.note(),
            (stream_note{.hidden_up_to = 40,
                         .reset_at = 12,
                         .tombstoned = true,
                         .count_max = 1000,
                         .age_max = hours{24}}));
  EXPECT_EQ(noted.aggregate_id(), "eve");
  EXPECT_EQ(noted.last().value, 44U);
  EXPECT_EQ(noted.command_id(), "req-83");
  EXPECT_TRUE(block.commit(4)->linked());
  EXPECT_FALSE(block.commit(5)->linked());
  EXPECT_EQ(*tests::look_at(*block.commit(5)), (tests::seen_commit{"bob", 2, 1005, {"received"}}));
}

class GoldenBlock : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (std::getenv("CAIRN_WRITE_GOLDEN") == nullptr) return;
    const block_bytes now = encode_now();
    std::ofstream{golden(format_3), std::ios::binary} << as_text(now);
  }
};

TEST_F(GoldenBlock, OfFormat1IsStillRead) {
  const block_bytes bytes = stored(format_1);
  const auto block = block_view::parse(bytes);
  ASSERT_TRUE(block.has_value()) << block.error().detail;
  EXPECT_EQ(block->end_offset(), 1004U);
  expect_the_first_three(*block);
}

TEST_F(GoldenBlock, OfFormat2IsStillRead) {
  const block_bytes bytes = stored(format_2);
  const auto block = block_view::parse(bytes);
  ASSERT_TRUE(block.has_value()) << block.error().detail;
  EXPECT_EQ(block->end_offset(), 1006U);
  expect_the_first_three(*block);
  expect_the_next_three(*block);
}

TEST_F(GoldenBlock, OfFormat3IsStillRead) {
  const block_bytes bytes = stored(format_3);
  const auto block = block_view::parse(bytes);
  ASSERT_TRUE(block.has_value()) << block.error().detail;
  EXPECT_EQ(block->end_offset(), 1008U);
  expect_the_first_three(*block);
  expect_the_next_three(*block);
  EXPECT_TRUE(block->commit(5)->reply().empty());
  EXPECT_EQ(as_text(block->commit(6)->reply()), "balance 17");
  EXPECT_EQ(*tests::look_at(*block->commit(6)),
            (tests::seen_commit{"ann", 304, 1006, {"drawn", "told"}}));
  EXPECT_EQ(as_text(block->commit(7)->reply()), std::string(130, 'y'));
  EXPECT_EQ(block->commit(7)->event_count(), 0U);
}

TEST_F(GoldenBlock, OfFormat3IsStillWritten) {
  EXPECT_EQ(encode_now(), stored(format_3));
}

TEST_F(GoldenBlock, OfEachFormatHasTheSameLink) {
  for (const char* name : {format_1, format_2, format_3}) {
    const block_bytes bytes = stored(name);
    chain_hash previous;
    previous.fill(std::byte{0xA5});
    EXPECT_EQ(next_link(previous, bytes), block_view::parse(bytes)->header().chain) << name;
  }
}

}  // namespace
}  // namespace cairn::persistence
