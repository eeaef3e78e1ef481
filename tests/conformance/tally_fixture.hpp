#pragma once

#include "conformance/tally.hpp"
#include "support/running.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace cairn::conformance {

/// Tallies in a runtime on a store in a temporary directory.
class on_tallies : public tests::running {
 protected:
  on_tallies() {
    tally::watch.reset();
    // One host, so that any command lets it look after all of its aggregates.
    settings.workers = 1;
    with = [this](builder& parts) {
      parts.add<tally>(options).log(
          [this](log_level /*level*/, std::string_view line) { lines.put(std::string{line}); });
      if (time) parts.time_from(time);
    };
  }
  ~on_tallies() override {
    stop();
    tally::watch.reset();
  }

  aggregate_handle<tally> t(const std::string& id = "t") { return app->aggregate<tally>(id); }
  outcome<tally> ask(tally::command wish, ask_options how = {}) {
    return t().ask(std::move(wish), std::move(how));
  }
  /// Answered in `answers` with this number; when it is accepted in `accepted`, too.
  void send(int number, tally::command wish, ask_options how = {.timeout = long_time}) {
    t().ask(std::move(wish), std::move(how), [this, number](const outcome<tally>& what) {
      if (what.accepted() != nullptr) accepted.put(number);
      if (const error* why = what.failed()) failures.put({number, *why});
      answers.put(number);
    });
  }
  /// One event each.
  void add_ones(int count) {
    for (int i = 0; i < count; ++i)
      ASSERT_TRUE(ask(plus{{1}}).accepted());
  }
  std::int64_t sum() {
    const auto found = t().state();
    EXPECT_TRUE(found) << describe(found.error());
    return found ? found->state.sum : -1;
  }
  /// How many events go through `evolve` meanwhile.
  static int evolved_by(const std::function<void()>& what) {
    const int before = tally::watch.evolved;
    what();
    return tally::watch.evolved - before;
  }
  /// How many events are read to wake it.
  int replayed_to_wake() {
    return evolved_by([this] { EXPECT_TRUE(ask(plus{}).accepted()); });
  }
  void wait_until_asleep(std::uint64_t count) {
    while (app->status().put_to_sleep < count)
      ASSERT_TRUE(t("other").ask(plus{}).accepted());
  }

  static constexpr std::chrono::nanoseconds long_time = std::chrono::minutes{10};
  aggregate_options options;
  std::shared_ptr<const clock> time;
  tests::collected<int> answers;
  tests::collected<int> accepted;
  tests::collected<std::pair<int, error>> failures;
  tests::collected<std::string> lines;
};

/// Whoever comes waits until it is opened.
class gate {
 public:
  void shut() {
    const std::lock_guard lock{mutex_};
    is_shut_ = true;
  }
  void open() {
    const std::lock_guard lock{mutex_};
    is_shut_ = false;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock{mutex_};
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !is_shut_; });
    --waiting_;
  }
  void wait_for_somebody() {
    std::unique_lock lock{mutex_};
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds{60}, [this] { return waiting_ > 0; }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_shut_ = false;
  int waiting_ = 0;
};

}  // namespace cairn::conformance
