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
  result<std::vector<persistence::snapshot>> find(persistence::stream_name /*stream*/,
                                                  version /*up_to*/,
                                                  std::size_t /*most*/,
                                                  std::size_t& /*damaged*/) const override {
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

}  // namespace
}  // namespace cairn::conformance
