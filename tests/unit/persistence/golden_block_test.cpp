#include "cairn/persistence/block.hpp"
#include "cairn/testing/commits.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

// A block as format 1 has it, for ever. CAIRN_WRITE_GOLDEN=1 writes the file anew: for a new format
// under a new name, never for one that has been released.

namespace cairn::persistence {
namespace {

using tests::at_second;
using tests::block_bytes;

const std::filesystem::path golden = std::filesystem::path{CAIRN_GOLDEN_DIRECTORY} / "block_v1.bin";

block_bytes encode_now() {
  log_end end{.next_offset = 1001, .next_block = 17, .time = at_second(1'700'000'000), .chain = {}};
  end.chain.fill(std::byte{0xA5});
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
                            {.id = "ann", .base = 302, .events = {std::string(200, 'x')}}},
                           3);
}

block_bytes stored() {
  std::ifstream in{golden, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const byte_view bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

class GoldenBlock : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (std::getenv("CAIRN_WRITE_GOLDEN") == nullptr) return;
    const block_bytes now = encode_now();
    std::ofstream{golden, std::ios::binary} << as_text(now);
  }
};

TEST_F(GoldenBlock, OfFormat1IsStillRead) {
  const block_bytes bytes = stored();
  const auto block = block_view::parse(bytes);
  ASSERT_TRUE(block.has_value()) << block.error().detail;
  EXPECT_EQ(block->header().number, 17U);
  EXPECT_EQ(block->header().epoch, 3U);
  EXPECT_EQ(block->end_offset(), 1004U);
  const auto first = *block->commit(0);
  EXPECT_EQ(*tests::look_at(first), (tests::seen_commit{"ann", 300, 1001, {"opened", ""}}));
  EXPECT_EQ(first.command_id(), "req-81");
  event_metadata meta;
  first.describe({}, meta);
  EXPECT_EQ(meta.correlation_id, "order-7");
  EXPECT_EQ(meta.tags, (std::vector<std::string_view>{"vip", "eu"}));
  EXPECT_EQ(block->commit(1)->rejection(), -2);
  EXPECT_EQ(block->commit(1)->time(), at_second(1'700'000'001));
}

TEST_F(GoldenBlock, OfFormat1IsStillWritten) {
  EXPECT_EQ(encode_now(), stored());
}

TEST_F(GoldenBlock, OfFormat1HasTheSameLink) {
  const block_bytes bytes = stored();
  chain_hash previous;
  previous.fill(std::byte{0xA5});
  EXPECT_EQ(next_link(previous, bytes), block_view::parse(bytes)->header().chain);
}

}  // namespace
}  // namespace cairn::persistence
