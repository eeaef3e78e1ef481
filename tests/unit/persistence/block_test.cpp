#include "cairn/persistence/block.hpp"

#include "cairn/testing/commits.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cairn::persistence {
namespace {

using tests::at_second;
using tests::block_bytes;
using tests::make_block;
using tests::test_commit;

/// Reads everything that can be read of the bytes; the first error, if any.
result<void> read_through(byte_view bytes) {
  const auto block = block_view::parse(bytes);
  if (!block) return block.error();
  for (std::uint32_t place = 0; place < block->header().commit_count; ++place) {
    const auto commit = block->commit(place);
    if (!commit) return commit.error();
    event_metadata meta;
    commit->describe({0}, meta);
    if (auto seen = tests::look_at(*commit); !seen) return seen.error();
  }
  return {};
}

block_bytes sample() {
  log_end end{.next_offset = 11, .next_block = 4, .time = at_second(5), .chain = {}};
  end.chain.fill(std::byte{0x5A});
  return make_block(end,
                    {{.id = "ann", .base = 7, .events = {"a1", "a2"}, .command_id = "c-1"},
                     {.id = "bob", .command_id = "c-2", .rejection = -3, .time = at_second(9)},
                     {.id = "ann", .base = 9, .events = {""}, .tags = {"vip", "eu"}}},
                    12);
}

/// A block whose checks are right for these bytes is made by the builder only; this one lies in a
/// single field and is still read without the checksum, as single commits are.
template <class T> block_bytes with_field(block_bytes block, std::size_t at, T value) {
  detail::store_little(block.data() + at, value);
  return block;
}

TEST(Block, SaysWhatWasPutIn) {
  const block_bytes bytes = sample();
  const auto block = block_view::parse(bytes);
  ASSERT_TRUE(block.has_value());
  const block_header& header = block->header();
  EXPECT_EQ(header.epoch, 12U);
  EXPECT_EQ(header.number, 4U);
  EXPECT_EQ(header.first_offset, 11U);
  EXPECT_EQ(header.event_count, 3U);
  EXPECT_EQ(header.commit_count, 3U);
  EXPECT_EQ(block->end_offset(), 14U);
  const auto first = *block->commit(0);
  EXPECT_EQ(first.aggregate_type(), "bank.account");
  EXPECT_EQ(first.aggregate_id(), "ann");
  EXPECT_EQ(first.base().value, 7U);
  EXPECT_EQ(first.last().value, 9U);
  EXPECT_EQ(first.command_id(), "c-1");
  EXPECT_EQ(first.first_offset(), 11U);
  EXPECT_EQ(first.last_offset(), 12U);
  EXPECT_EQ(tests::look_at(first)->events, (std::vector<std::string>{"a1", "a2"}));
}

TEST(Block, KeepsRejectionsTagsAndNamesOfEvents) {
  const block_bytes bytes = sample();
  const auto block = *block_view::parse(bytes);
  const auto refused = *block.commit(1);
  EXPECT_TRUE(refused.rejected());
  EXPECT_EQ(refused.rejection(), -3);
  EXPECT_EQ(refused.last_offset(), 12U);
  const auto tagged = *block.commit(2);
  event_metadata meta;
  tagged.describe({3}, meta);
  EXPECT_EQ(meta.tags, (std::vector<std::string_view>{"vip", "eu"}));
  EXPECT_EQ(meta.position.partition.value, 3U);
  const auto named = tagged.each_event([](const event_view& event) {
    EXPECT_EQ(event.type, "bank.paid");
    EXPECT_EQ(event.schema_version, 3U);
    return result<void>{};
  });
  EXPECT_TRUE(named.has_value());
}

TEST(Block, RefusesEveryPrefixOfItself) {
  const block_bytes bytes = sample();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    // In memory of its own, so that a read beyond the end is noticed.
    const block_bytes prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const auto block = block_view::parse(prefix);
    ASSERT_FALSE(block.has_value()) << size;
    EXPECT_EQ(block.error().what, error::code::corrupt) << size;
  }
}

TEST(Block, RefusesEveryBitThatFlips) {
  block_bytes bytes = sample();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    bytes[bit / 8] ^= mask;
    EXPECT_FALSE(block_view::parse(bytes).has_value()) << "byte " << bit / 8 << " bit " << bit % 8;
    bytes[bit / 8] ^= mask;
  }
  EXPECT_TRUE(read_through(bytes).has_value());
}

TEST(Block, IsReadWithoutItsChecksumAndNeverCrashes) {
  block_bytes bytes = sample();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    bytes[bit / 8] ^= mask;
    if (const auto block = block_view::parse_unchecked(bytes)) {
      for (std::uint64_t offset = 0; offset < 20; ++offset) {
        if (offset >= block->end_offset()) break;
        (void)block->commit(block->place_of(offset));
      }
    }
    bytes[bit / 8] ^= mask;
  }
}

TEST(Block, RefusesACommitWhoseOwnBytesChangedAlsoWithoutTheBlocksChecksum) {
  block_bytes bytes = sample();
  const std::string_view text = as_text(bytes);
  bytes[text.find("a2")] ^= std::byte{1};
  const auto block = block_view::parse_unchecked(bytes);
  ASSERT_TRUE(block.has_value());
  EXPECT_EQ(block->commit(0).error().what, error::code::corrupt);
  EXPECT_TRUE(block->commit(2).has_value());
}

TEST(Block, OfANewerFormatIsNotCalledCorrupt) {
  constexpr std::size_t format_at = 4;
  const block_bytes newer = with_field(sample(), format_at, std::uint16_t{block_format + 1});
  EXPECT_EQ(block_view::parse(newer).error().what, error::code::newer_format);
  EXPECT_EQ(block_view::parse_header(newer).error().what, error::code::newer_format);
  const block_bytes none = with_field(sample(), format_at, std::uint16_t{0});
  EXPECT_EQ(block_view::parse(none).error().what, error::code::corrupt);
}

TEST(Block, WithoutCommitsIsRefused) {
  constexpr std::size_t commit_count_at = 36;
  const block_bytes none = with_field(sample(), commit_count_at, std::uint32_t{0});
  EXPECT_EQ(block_view::parse_unchecked(none).error().what, error::code::corrupt);
}

TEST(Block, MovesTimesUpThatFall) {
  log_end end{.next_offset = 1, .next_block = 0, .time = at_second(10), .chain = {}};
  const block_bytes bytes =
      make_block(end, {{.time = at_second(3)}, {.time = at_second(12)}, {.time = at_second(11)}});
  const auto block = *block_view::parse(bytes);
  EXPECT_EQ(block.commit(0)->time(), at_second(10));
  EXPECT_EQ(block.commit(1)->time(), at_second(12));
  EXPECT_EQ(block.commit(2)->time(), at_second(12));
  EXPECT_EQ(block.header().time, at_second(12));
  EXPECT_EQ(end.time, at_second(12));
}

TEST(Block, CarriesOnlyTheNamesItIsGiven) {
  log_end end;
  const block_bytes bytes = make_block(end, {{.command_id = "c", .rejection = 1}});
  EXPECT_NE(as_text(bytes).find("bank.account"), std::string_view::npos);
  EXPECT_EQ(as_text(bytes).find("bank.paid"), std::string_view::npos);
}

TEST(Block, FindsTheCommitThatHasAnOffset) {
  log_end end{.next_offset = 100, .next_block = 1, .time = {}, .chain = {}};
  const test_commit nothing{.id = "bob", .events = {}, .command_id = "n"};
  // Places:                  0        1                                   2        3
  const block_bytes bytes = make_block(end,
                                       {nothing,
                                        {.events = {"100", "101"}},
                                        nothing,
                                        nothing,
                                        {.events = {"102"}},
                                        {.events = {"103", "104", "105"}},
                                        nothing});
  const auto block = *block_view::parse(bytes);
  const std::vector<std::uint32_t> places{1, 1, 4, 5, 5, 5};
  for (std::uint64_t i = 0; i < places.size(); ++i) {
    EXPECT_EQ(block.place_of(100 + i), places[i]) << 100 + i;
  }
  EXPECT_EQ(block.place_of(7), 0U);
}

TEST(Block, ContinuesTheChainOfTheBlockBefore) {
  log_end end;
  const chain_hash start = end.chain;
  const block_bytes first = make_block(end, {{}});
  const chain_hash between = end.chain;
  const block_bytes second = make_block(end, {{.base = 1}});
  EXPECT_EQ(next_link(start, first), between);
  EXPECT_EQ(next_link(between, second), end.chain);
  EXPECT_NE(next_link(start, second), end.chain);
  EXPECT_EQ(block_view::parse(second)->header().chain, end.chain);
}

}  // namespace
}  // namespace cairn::persistence
