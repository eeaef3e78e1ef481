#pragma once

#include "support/account.hpp"
#include "support/grumpy.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn::tests {

/// A runtime with accounts and one whose code throws, and what it logs.
class running_aggregates : public ::testing::Test {
 protected:
  void start(const config& settings) {
    auto started = builder{settings}
                       .add<bank::account>({.snapshot_every = 10})
                       .add<grumpy>()
                       .log([this](log_level /*level*/, std::string_view line) {
                         const std::lock_guard lock{mutex_};
                         lines_.emplace_back(line);
                       })
                       .start();
    ASSERT_TRUE(started) << describe(started.error());
    app_.emplace(*std::move(started));
  }
  void start() { start(small_store(directory_.path())); }
  void restart() {
    ASSERT_TRUE(app_->stop());
    app_.reset();
    start();
  }

  temporary_directory directory_;
  std::optional<runtime> app_;
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace cairn::tests
