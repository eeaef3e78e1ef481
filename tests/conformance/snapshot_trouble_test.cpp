#include "lmdb/lmdb_snapshots.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/actors/snapshot_writer.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

// What Pekko's tests say of snapshots that cannot be stored or erased: here it is told in the log,
// and nobody else is troubled.

namespace cairn::conformance {
namespace {

using persistence::snapshot_store;

/// Fails each time.
class broken_snapshots final : public snapshot_store {
 public:
  result<void> store(const std::vector<item>& /*items*/) override {
    return error{error::code::store_full, "no room for it"};
  }
  result<void> erase(persistence::stream_name /*stream*/,
                     version /*after*/,
                     version /*up_to*/) override {
    return error{error::code::io_failed, "it sticks"};
  }
  result<std::vector<persistence::snapshot>> find(
      persistence::stream_name /*stream*/,
      version /*up_to*/,
      std::size_t /*most*/,
      std::optional<version>& /*damaged*/) const override {
    return std::vector<persistence::snapshot>{};
  }
};

class SnapshotTrouble : public ::testing::Test {
 protected:
  /// Returns once everything that was given has been tried.
  std::vector<std::string> lines_after_stop() {
    writer_.stop();
    return lines_;
  }

  broken_snapshots store_;
  std::mutex mutex_;
  std::vector<std::string> lines_;
  int stored_ = 0;
  actors::snapshot_writer writer_{store_,
                                  [this](log_level level, std::string_view line) {
                                    EXPECT_EQ(level, log_level::warning);
                                    const std::lock_guard lock{mutex_};
                                    lines_.emplace_back(line);
                                  },
                                  [this](const snapshot_store::item& /*one*/) {
                                    ++stored_;
                                  }};
};

TEST_F(SnapshotTrouble, OfStoringIsToldAndCountsAsNoSnapshot) {
  writer_.give({{"tally", "t", {version{4}, timestamp{}, 0, {}}, {}, {}}});
  const auto lines = lines_after_stop();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("no room for it"), std::string::npos);
  EXPECT_EQ(writer_.stored(), 0U);
  // Nothing is hidden behind one that is not there.
  EXPECT_EQ(stored_, 0);
}

TEST_F(SnapshotTrouble, OfErasingIsToldForEach) {
  writer_.erase({"tally", "t", version{4}});
  writer_.erase({"tally", "u", version{7}});
  const auto lines = lines_after_stop();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find("it sticks"), std::string::npos);
}

/// Real snapshots, which are stored when the test says so.
class ManySnapshots : public ::testing::Test {
 protected:
  static constexpr std::size_t mib = std::size_t{1} << 20U;

  static snapshot_store::item item_of(const std::string& id,
                                      std::uint64_t at,
                                      std::size_t bytes,
                                      std::optional<version> erase_up_to = {}) {
    return {"tally", id, {version{at}, timestamp{}, 0, std::vector<std::byte>(bytes)}, erase_up_to};
  }
  std::vector<std::uint64_t> stored(const std::string& id) {
    std::optional<version> damaged;
    std::vector<std::uint64_t> versions;
    const auto found = store_->find({"tally", id}, version{UINT64_MAX}, SIZE_MAX, damaged);
    for (const auto& one : *found)
      versions.push_back(one.version.value);
    return versions;
  }

  tests::temporary_directory directory_;
  std::unique_ptr<snapshot_store> store_ =
      *persistence::lmdb::open_snapshots(directory_.path(), 32 * mib);
  std::vector<std::string> lines_;
  actors::snapshot_writer writer_{
      *store_,
      [this](log_level /*level*/, std::string_view line) { lines_.emplace_back(line); },
      {},
      [] {
      }};
};

TEST_F(ManySnapshots, AreStoredAlsoBesideOneForWhichThereIsNoRoom) {
  writer_.give({item_of("a", 1, 100), item_of("b", 1, 33 * mib), item_of("c", 1, 100)});
  writer_.stop();
  EXPECT_EQ(stored("a"), std::vector<std::uint64_t>{1});
  EXPECT_EQ(stored("b"), std::vector<std::uint64_t>{});
  EXPECT_EQ(stored("c"), std::vector<std::uint64_t>{1});
  EXPECT_EQ(lines_.size(), 1U);
}

TEST_F(ManySnapshots, ThatWaitHaveABoundedSizeOfWhichTheNewestOfAnAggregateHaveTheirPart) {
  // Together more than may wait, but each one makes those before it superfluous.
  for (std::uint64_t at = 1; at <= 80; ++at)
    writer_.give({item_of("a", at, 2 * mib, version{at - 1})});
  EXPECT_EQ(writer_.dropped(), 0U);
  writer_.stop();
  EXPECT_EQ(stored("a"), std::vector<std::uint64_t>{80});
  for (std::uint64_t at = 1; at <= 80; ++at)
    writer_.give({item_of("b", at, 2 * mib)});
  EXPECT_GT(writer_.dropped(), 40U);
  EXPECT_LT(writer_.dropped(), 60U);
}

TEST_F(ManySnapshots, MayBeLargerThanAllThatMayWaitWhenOneIsAlone) {
  writer_.give({item_of("a", 1, 80 * mib)});
  EXPECT_EQ(writer_.dropped(), 0U);
}

}  // namespace
}  // namespace cairn::conformance
