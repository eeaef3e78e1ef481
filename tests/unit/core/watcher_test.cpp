#include "cairn/detail/watcher.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cairn::detail {
namespace {

using namespace std::chrono_literals;

class silent_carrier final : public watch_carrier {
 public:
  bool schedule(std::shared_ptr<watcher> /*who*/) override { return false; }
  bool run_until(const std::function<bool()>& /*holds*/,
                 std::chrono::nanoseconds /*longest*/) override {
    return false;
  }
};

/// Watches one partition whose updates are their offsets.
class Watcher : public ::testing::Test {
 protected:
  void make(watcher::options settings) {
    who_ = std::make_shared<watcher>(std::move(settings), std::make_shared<silent_carrier>());
  }
  /// A batch each, as of a model that commits each event alone.
  void offer(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t offset = first; offset <= last; ++offset) {
      who_->offer(std::make_shared<const watcher::batch>(
          watcher::batch{emitted_update{.at = {partition_id{0}, offset},
                                        .what = std::make_shared<const std::uint64_t>(offset)}}));
    }
  }
  /// Takes what waits.
  std::vector<std::uint64_t> take() {
    std::vector<std::uint64_t> found;
    for (;;) {
      const auto news = who_->next(0ns);
      if (!news) {
        end_ = news.error();
        return found;
      }
      if (!*news) return found;
      found.push_back((*news)->at.offset);
    }
  }
  static std::vector<std::uint64_t> from_to(std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint64_t> all;
    for (; first <= last; ++first)
      all.push_back(first);
    return all;
  }
  /// Whether an update's number is even.
  static concern even(const void* what) {
    return *static_cast<const std::uint64_t*>(what) % 2 == 0 ? concern::yes : concern::no;
  }

  std::shared_ptr<watcher> who_;
  std::optional<error> end_;
};

TEST_F(Watcher, IsToldWhatItsPictureDoesNotShow) {
  make({});
  offer(1, 5);
  who_->begin({3});
  offer(6, 7);
  EXPECT_EQ(take(), from_to(4, 7));
  EXPECT_FALSE(end_);
}

/// Its thread may have to wait for a processor as long as others have one.
TEST_F(Watcher, MissesNothingHoweverManyBatchesComeBeforeItsPictureIsTaken) {
  make({.buffer_max = 2'000});
  offer(1, 1'500);
  who_->begin({10});
  EXPECT_EQ(take(), from_to(11, 1'500));
  EXPECT_FALSE(end_);
}

TEST_F(Watcher, CountsWhatWaitsAndNotWhatItsPictureShows) {
  make({.buffer_max = 3});
  offer(1, 1'000);
  who_->begin({997});
  EXPECT_EQ(take(), from_to(998, 1'000));
  EXPECT_FALSE(end_);
}

TEST_F(Watcher, IsEndedByOneUpdateMoreThanMayWait) {
  for (const bool early : {true, false}) {
    end_.reset();
    make({.buffer_max = 3});
    if (early) offer(1, 5);
    who_->begin({1});
    if (!early) offer(2, 5);
    EXPECT_TRUE(take().empty());
    ASSERT_TRUE(end_);
    EXPECT_EQ(end_->what, error::code::overloaded);
    EXPECT_NE(end_->detail.find("more than 3 updates"), std::string::npos) << end_->detail;
    EXPECT_TRUE(who_->is_over());
  }
}

TEST_F(Watcher, HoldsNoMoreThanAFewWhilePicturesTakeForEver) {
  make({.buffer_max = 3});
  offer(1, watcher::early_max + 1);
  EXPECT_FALSE(who_->is_over());
  offer(watcher::early_max + 2, watcher::early_max + 4);
  EXPECT_TRUE(who_->is_over());
  who_->begin({watcher::early_max + 3});
  EXPECT_TRUE(take().empty());
  ASSERT_TRUE(end_);
  EXPECT_EQ(end_->what, error::code::overloaded);
}

TEST_F(Watcher, IsToldWhatConcernsItAndOnlyThatCounts) {
  make({.concerns = even, .buffer_max = 3});
  offer(1, 7);
  who_->begin({2});
  offer(8, 9);
  EXPECT_EQ(take(), (std::vector<std::uint64_t>{4, 6, 8}));
  EXPECT_FALSE(end_);
}

TEST_F(Watcher, IsToldOnceOfManyIfItOnlyWantsToKnowThatThereIsSomething) {
  make({.coalesce = true});
  offer(1, 5'000);
  who_->begin({});
  offer(5'001, 6'000);
  EXPECT_EQ(take().size(), 1U);
  offer(6'001, 6'002);
  EXPECT_EQ(take().size(), 1U);
  EXPECT_FALSE(end_);
}

}  // namespace
}  // namespace cairn::detail
