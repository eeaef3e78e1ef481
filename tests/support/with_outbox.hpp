#pragma once

#include "support/counter.hpp"

#include "cairn/cairn.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace cairn::tests {

/// `Base`, a fixture with a runtime, whose counters' events go into the outbox "test.outbox". What
/// fails is tried at once, and no second time.
template <class Base> class with_outbox : public Base {
 protected:
  with_outbox() { options.trouble = {.attempts = 1, .retry_delay = std::chrono::milliseconds{1}}; }

  /// Ends before what the publisher of a test tells its log to.
  void TearDown() override {
    this->stop();
    Base::TearDown();
  }

  void count(const std::string& who, std::int64_t amount, ask_options how = {}) {
    auto counter = this->app->template aggregate<counting::counter>(who);
    EXPECT_TRUE(counter.ask(counting::add{amount}, std::move(how)).accepted());
  }
  [[nodiscard]] read_model_status status() const {
    return *this->app->read_model("test.outbox").status();
  }
  void wait_until(const std::function<bool(const read_model_status&)>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (!holds(status())) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline)
          << (status().last_error ? describe(*status().last_error) : "");
      std::this_thread::yield();
    }
  }
  void wait_until_sent() {
    wait_until([](const read_model_status& now) { return now.events_behind == 0; });
  }

  outbox_options options;
};

}  // namespace cairn::tests
