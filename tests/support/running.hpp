#pragma once

#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cairn::tests {

/// A runtime on a store in a temporary directory, which can be stopped and started again.
class running : public ::testing::Test {
 protected:
  /// What is put into the runtime. Set before start().
  std::function<void(builder&)> with;

  void start() {
    builder parts{settings};
    with(parts);
    auto started = std::move(parts).start();
    ASSERT_TRUE(started) << describe(started.error());
    app.emplace(*std::move(started));
  }
  void stop() { app.reset(); }
  void restart() {
    stop();
    start();
  }

  temporary_directory directory;
  config settings = small_store(directory.path() / "store");
  std::optional<runtime> app;
};

/// Collects what comes by callbacks, in the order in which it comes.
template <class T> class collected {
 public:
  void put(T what) {
    const std::lock_guard lock{mutex_};
    all_.push_back(std::move(what));
    changed_.notify_all();
  }
  std::vector<T> wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    const bool came =
        changed_.wait_for(lock, std::chrono::seconds{60}, [&] { return all_.size() >= count; });
    EXPECT_TRUE(came) << "only " << all_.size() << " of " << count << " came";
    return all_;
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return all_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> all_;
};

}  // namespace cairn::tests
