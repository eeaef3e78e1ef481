#pragma once

#include "cairn/persistence/block_log.hpp"
#include "cairn/testing/commits.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// What every log promises. A log joins with a struct and one line:
//
//   struct my_log {
//     static constexpr bool reopens = true;  // open() finds again what was stored; else false
//     std::unique_ptr<cairn::persistence::block_log> open();
//   };
//   namespace cairn::persistence {
//   INSTANTIATE_TYPED_TEST_SUITE_P(Mine, BlockLogContract, my_log);
//   }
//
// `static constexpr std::size_t block_bytes_max` may say that blocks are limited; it must not be
// below 1 MiB, the largest event. Cases that a log cannot do are reported as skipped.

namespace cairn::persistence {

/// The size of a block that the log has to take, at most; 64 MiB unless it says otherwise.
template <class Backend> [[nodiscard]] constexpr std::size_t block_bytes_max_of() {
  if constexpr (requires { Backend::block_bytes_max; }) {
    return Backend::block_bytes_max;
  } else {
    return std::size_t{64} << 20U;
  }
}

template <class Backend> class BlockLogContract : public ::testing::Test {
 protected:
  using block_bytes = tests::block_bytes;
  using test_commit = tests::test_commit;

  BlockLogContract() : log_(backend_.open()) { claim(); }

  void claim() {
    const auto claimed = *log_->claim();
    epoch_ = claimed.epoch;
    end_ = claimed.end;
  }

  void reopen() {
    log_.reset();
    log_ = backend_.open();
  }

  block_bytes next_block(const std::vector<test_commit>& commits) {
    return tests::make_block(end_, commits, epoch_);
  }

  result<void> append(const std::vector<block_bytes>& blocks) {
    const std::vector<byte_view> views{blocks.begin(), blocks.end()};
    return log_->append(epoch_, views);
  }

  /// Appends one block for each number, with that many events; 0 for a rejection.
  void fill(const std::vector<std::size_t>& counts) {
    for (const std::size_t count : counts) {
      ASSERT_TRUE(
          append({next_block({count == 0 ? tests::rejected_commit() : tests::commit_of(count)})})
              .has_value());
    }
  }

  static std::int64_t number_of(const result<std::optional<byte_view>>& found) {
    if (!found) return -2;
    if (!found->has_value()) return -1;
    return static_cast<std::int64_t>(block_view::parse(**found)->header().number);
  }

  /// The number of the block that a reader finds at the offset; -1 for none.
  std::int64_t seek(std::uint64_t offset) { return number_of((*log_->read())->seek(offset)); }

  Backend backend_;
  std::unique_ptr<block_log> log_;
  std::uint64_t epoch_ = 0;
  log_end end_;
};

TYPED_TEST_SUITE_P(BlockLogContract);

TYPED_TEST_P(BlockLogContract, IsEmptyAtFirst) {
  EXPECT_EQ(this->end_.next_offset, 1U);
  EXPECT_EQ(this->end_.next_block, 0U);
  EXPECT_EQ(this->seek(1), -1);
  EXPECT_EQ(verify(*this->log_)->blocks, 0U);
}

TYPED_TEST_P(BlockLogContract, GivesBackTheBytesInOrder) {
  const auto first = this->next_block({tests::commit_of(2)});
  const auto second = this->next_block({tests::commit_of(1), tests::rejected_commit()});
  ASSERT_TRUE(this->append({first, second}).has_value());
  const auto reader = *this->log_->read();
  const auto one = *reader->seek(1);
  EXPECT_EQ(tests::block_bytes(one->begin(), one->end()), first);
  const auto two = *reader->next();
  EXPECT_EQ(tests::block_bytes(two->begin(), two->end()), second);
  EXPECT_FALSE((*reader->next()).has_value());
}

TYPED_TEST_P(BlockLogContract, FindsTheBlockThatHasAnOffset) {
  this->fill({3, 1, 2});
  const std::vector<std::int64_t> blocks{0, 0, 0, 1, 2, 2, -1, -1};
  for (std::size_t i = 0; i < blocks.size(); ++i)
    EXPECT_EQ(this->seek(i + 1), blocks[i]) << i + 1;
}

TYPED_TEST_P(BlockLogContract, FindsTheFirstOfTheBlocksThatShareAnOffset) {
  this->fill({0, 0, 2, 0, 0, 1, 0});  // offsets 1 1 1 3 3 3 4
  EXPECT_EQ(this->seek(1), 0);
  EXPECT_EQ(this->seek(2), 2);
  EXPECT_EQ(this->seek(3), 3);
  EXPECT_EQ(this->seek(4), 6);
  EXPECT_EQ(this->seek(5), -1);
}

TYPED_TEST_P(BlockLogContract, GoesStraightToABlockByItsNumber) {
  this->fill({0, 0, 2, 0, 0, 1, 0});
  const std::vector<std::uint64_t> offsets{1, 1, 1, 3, 3, 3, 4, 4};
  for (std::uint64_t number = 0; number < offsets.size(); ++number) {
    const auto reader = *this->log_->read();
    const std::int64_t expected = number < 7 ? static_cast<std::int64_t>(number) : -1;
    EXPECT_EQ(this->number_of(reader->seek_block(offsets[number], number)), expected);
  }
}

TYPED_TEST_P(BlockLogContract, GoesOnFromWhereItWasSought) {
  this->fill({2, 0, 2, 1});
  const auto reader = *this->log_->read();
  EXPECT_EQ(this->number_of(reader->seek(2)), 0);
  EXPECT_EQ(this->number_of(reader->next()), 1);
  EXPECT_EQ(this->number_of(reader->seek(4)), 2);
  EXPECT_EQ(this->number_of(reader->next()), 3);
  EXPECT_EQ(this->number_of(reader->next()), -1);
}

TYPED_TEST_P(BlockLogContract, ShowsAReaderWhatWasThereWhenItBegan) {
  this->fill({1});
  const auto early = *this->log_->read();
  this->fill({1});
  EXPECT_EQ(this->number_of(early->seek(1)), 0);
  EXPECT_EQ(this->number_of(early->next()), -1);
  EXPECT_EQ(this->number_of(early->seek(2)), -1);
  EXPECT_EQ(this->seek(2), 1);
}

TYPED_TEST_P(BlockLogContract, StoresAllBlocksOfAListOrNone) {
  this->fill({1});
  const log_end before = this->end_;
  const auto good = this->next_block({tests::commit_of(1)});
  const tests::block_bytes bad(200, std::byte{'?'});
  EXPECT_EQ(this->append({good, bad}).error().what, error::code::corrupt);
  EXPECT_EQ(this->seek(2), -1);
  this->claim();
  EXPECT_EQ(this->end_.next_offset, before.next_offset);
  this->fill({1});
  EXPECT_EQ(verify(*this->log_)->events, 2U);
}

TYPED_TEST_P(BlockLogContract, RefusesAFormerOwner) {
  this->fill({1});
  const std::uint64_t former = this->epoch_;
  this->claim();
  EXPECT_GT(this->epoch_, former);
  const log_end claimed = this->end_;
  const auto late = this->next_block({tests::commit_of(1)});
  const byte_view view{late};
  EXPECT_EQ(this->log_->append(former, {&view, 1}).error().what, error::code::fenced);
  EXPECT_EQ(this->seek(2), -1);
  this->end_ = claimed;
  this->fill({1});
  EXPECT_EQ(verify(*this->log_)->blocks, 2U);
}

TYPED_TEST_P(BlockLogContract, GoesOnAfterAnotherClaimWhereTheLogEnds) {
  this->fill({2, 0, 3});
  const log_end before = this->end_;
  this->claim();
  EXPECT_EQ(this->end_.next_offset, before.next_offset);
  EXPECT_EQ(this->end_.next_block, before.next_block);
  EXPECT_EQ(this->end_.time, before.time);
  EXPECT_EQ(this->end_.chain, before.chain);
  this->fill({1});
  this->claim();
  this->fill({0, 1});
  EXPECT_EQ(verify(*this->log_)->blocks, 6U);
}

TYPED_TEST_P(BlockLogContract, KeepsEverythingWhenReopened) {
  if constexpr (!TypeParam::reopens) GTEST_SKIP() << "kept in memory";
  this->fill({2, 0, 3});
  const log_end before = this->end_;
  const std::uint64_t former = this->epoch_;
  this->reopen();
  this->claim();
  EXPECT_GT(this->epoch_, former);
  EXPECT_EQ(this->end_.next_offset, before.next_offset);
  EXPECT_EQ(this->end_.chain, before.chain);
  this->fill({1, 0});
  EXPECT_EQ(verify(*this->log_)->events, 6U);
}

TYPED_TEST_P(BlockLogContract, HoldsBlocksOfVeryDifferentSizes) {
  if constexpr (block_bytes_max_of<TypeParam>() < (std::size_t{4} << 20U)) {
    GTEST_SKIP() << "blocks are limited";
  }
  tests::test_commit large = tests::commit_of(1);
  large.events[0].assign(std::size_t{3} << 20U, 'x');
  ASSERT_TRUE(
      this->append({this->next_block({large}), this->next_block({tests::rejected_commit()})}));
  this->fill({1});
  EXPECT_EQ(this->seek(1), 0);
  EXPECT_EQ(this->seek(2), 1);
  EXPECT_EQ(verify(*this->log_)->commits, 3U);
}

TYPED_TEST_P(BlockLogContract, IsVerifiedOverManyReaders) {
  std::vector<tests::block_bytes> blocks;
  for (int i = 0; i < 700; ++i)
    blocks.push_back(this->next_block({tests::commit_of(1)}));
  ASSERT_TRUE(this->append(blocks).has_value());
  const auto report = *verify(*this->log_);
  EXPECT_EQ(report.blocks, 700U);
  EXPECT_EQ(report.commits, 700U);
  EXPECT_EQ(report.events, 700U);
}

TYPED_TEST_P(BlockLogContract, FindsABlockThatWasExchanged) {
  this->fill({1});
  const log_end fork = this->end_;
  const auto truth = this->next_block({tests::commit_of({"truth"})});
  const auto after = this->next_block({tests::commit_of(1)});
  this->end_ = fork;
  const auto forged = this->next_block({tests::commit_of({"lies!"})});
  ASSERT_EQ(truth.size(), forged.size());
  ASSERT_TRUE(this->append({forged, after}).has_value());
  const auto found = verify(*this->log_);
  EXPECT_EQ(found.error().what, error::code::corrupt);
  EXPECT_NE(found.error().detail.find("block 2 "), std::string::npos) << found.error().detail;
}

TYPED_TEST_P(BlockLogContract, FindsABlockThatWasRemoved) {
  this->fill({1});
  (void)this->next_block({tests::rejected_commit()});  // shares its offset with the next one
  ASSERT_TRUE(this->append({this->next_block({tests::commit_of(1)})}).has_value());
  const auto found = verify(*this->log_);
  EXPECT_EQ(found.error().what, error::code::corrupt);
  EXPECT_NE(found.error().detail.find("block 2 "), std::string::npos) << found.error().detail;
}

TYPED_TEST_P(BlockLogContract, FindsAnEventWhoseBytesChanged) {
  this->fill({1});
  auto block = this->next_block({tests::commit_of({"truth"})});
  block[as_text(block).find("truth")] ^= std::byte{4};
  ASSERT_TRUE(this->append({block}).has_value());
  EXPECT_EQ(verify(*this->log_).error().what, error::code::corrupt);
}

TYPED_TEST_P(BlockLogContract, StoresNothingForAnEmptyList) {
  this->fill({1});
  const log_end before = this->end_;
  ASSERT_TRUE(this->append({}).has_value());
  EXPECT_EQ(this->seek(2), -1);
  this->claim();
  EXPECT_EQ(this->end_.next_block, before.next_block);
  this->fill({1});
  EXPECT_EQ(verify(*this->log_)->blocks, 2U);
}

TYPED_TEST_P(BlockLogContract, GoesOnWhereItEndedAfterALongListWasRefused) {
  this->fill({2});
  const log_end before = this->end_;
  std::vector<tests::block_bytes> list;
  for (int i = 0; i < 30; ++i)
    list.push_back(this->next_block({tests::commit_of(1)}));
  list.emplace_back(200, std::byte{'?'});
  EXPECT_EQ(this->append(list).error().what, error::code::corrupt);
  EXPECT_EQ(this->seek(3), -1);
  this->claim();
  EXPECT_EQ(this->end_.chain, before.chain);
  this->fill({1, 1});
  EXPECT_EQ(verify(*this->log_)->events, 4U);
}

TYPED_TEST_P(BlockLogContract, LetsAFormerOwnerGoOnOnceItHasClaimedAgain) {
  this->fill({1});
  const std::uint64_t former = this->epoch_;
  this->claim();
  this->fill({1});
  const auto late = this->next_block({tests::commit_of(1)});
  const byte_view view{late};
  ASSERT_FALSE(this->log_->append(former, {&view, 1}).has_value());
  this->claim();
  this->fill({1});
  EXPECT_EQ(verify(*this->log_)->events, 3U);
}

TYPED_TEST_P(BlockLogContract, KeepsTheBytesThatAReaderHasShownWhileItGrows) {
  const auto first = this->next_block({tests::commit_of({"the first"})});
  ASSERT_TRUE(this->append({first}).has_value());
  const auto reader = *this->log_->read();
  const auto shown = *reader->seek(1);
  for (int i = 0; i < 100; ++i)
    this->fill({3});
  EXPECT_EQ(tests::block_bytes(shown->begin(), shown->end()), first);
}

TYPED_TEST_P(BlockLogContract, ShowsReadersWholeListsWhileItIsWritten) {
  constexpr int lists = 60;
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::thread reading{[&] {
    std::uint64_t before = 0;
    for (bool last = false; !last;) {
      last = done.load();
      const auto reader = *this->log_->read();
      std::uint64_t blocks = 0;
      auto found = reader->seek(1);
      for (; found && found->has_value(); found = reader->next())
        ++blocks;
      torn += !found || blocks % 3 != 0 || blocks < before ? 1 : 0;
      before = blocks;
    }
    torn += before == 3 * lists ? 0 : 1;
  }};
  for (int i = 0; i < lists; ++i) {
    const auto one = this->next_block({tests::commit_of(1)});
    const auto two = this->next_block({tests::commit_of(1)});
    EXPECT_TRUE(this->append({one, two, this->next_block({tests::rejected_commit()})}).has_value());
  }
  done = true;
  reading.join();
  EXPECT_EQ(torn.load(), 0);
}

REGISTER_TYPED_TEST_SUITE_P(BlockLogContract,
                            IsEmptyAtFirst,
                            GivesBackTheBytesInOrder,
                            FindsTheBlockThatHasAnOffset,
                            FindsTheFirstOfTheBlocksThatShareAnOffset,
                            GoesStraightToABlockByItsNumber,
                            GoesOnFromWhereItWasSought,
                            ShowsAReaderWhatWasThereWhenItBegan,
                            StoresAllBlocksOfAListOrNone,
                            RefusesAFormerOwner,
                            GoesOnAfterAnotherClaimWhereTheLogEnds,
                            KeepsEverythingWhenReopened,
                            HoldsBlocksOfVeryDifferentSizes,
                            StoresNothingForAnEmptyList,
                            GoesOnWhereItEndedAfterALongListWasRefused,
                            LetsAFormerOwnerGoOnOnceItHasClaimedAgain,
                            KeepsTheBytesThatAReaderHasShownWhileItGrows,
                            ShowsReadersWholeListsWhileItIsWritten,
                            IsVerifiedOverManyReaders,
                            FindsABlockThatWasExchanged,
                            FindsABlockThatWasRemoved,
                            FindsAnEventWhoseBytesChanged);

}  // namespace cairn::persistence
