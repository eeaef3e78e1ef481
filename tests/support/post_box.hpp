#pragma once

#include "cairn/event_publisher.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cairn::tests {

/// A receiver of events that is away, refuses, throws or keeps its sender waiting when it is told
/// to. Any thread.
class post_box {
 public:
  /// Ids in the order in which they came, also those that came again.
  [[nodiscard]] std::vector<std::string> ids() const {
    const std::lock_guard lock{mutex_};
    std::vector<std::string> all;
    for (const outgoing_event& one : letters_)
      all.push_back(one.id);
    return all;
  }
  [[nodiscard]] std::vector<outgoing_event> letters() const {
    const std::lock_guard lock{mutex_};
    return letters_;
  }
  /// What each of them says, as "id@version json".
  [[nodiscard]] std::vector<std::string> lines() const {
    const std::lock_guard lock{mutex_};
    std::vector<std::string> all;
    for (const outgoing_event& one : letters_) {
      all.push_back(one.event.aggregate_id + "@" + std::to_string(one.event.version.value) + " " +
                    one.event.json);
    }
    return all;
  }
  [[nodiscard]] std::vector<std::size_t> batches() const {
    const std::lock_guard lock{mutex_};
    return batches_;
  }

  void set_away(bool away) {
    const std::lock_guard lock{mutex_};
    away_ = away;
  }
  /// Breaks off once, when it has taken so many of a batch.
  void break_off_after(std::size_t taken) {
    const std::lock_guard lock{mutex_};
    break_off_after_ = taken;
  }
  /// Refuses events of this JSON.
  void refuse(std::optional<std::string> json) {
    const std::lock_guard lock{mutex_};
    refused_ = std::move(json);
  }
  void throw_next() {
    const std::lock_guard lock{mutex_};
    throws_ = true;
  }
  /// Reports this once, whatever is true.
  void report_next(publish_report report) {
    const std::lock_guard lock{mutex_};
    next_report_ = std::move(report);
  }
  /// Keeps senders until they are told to stop.
  void keep_waiting() {
    const std::lock_guard lock{mutex_};
    keeps_waiting_ = true;
  }
  void wait_until_somebody_waits() {
    wait([this] { return somebody_waits_; });
  }
  void wait_for(std::size_t count) {
    wait([this, count] { return letters_.size() >= count; });
  }
  void wait_for_attempts(std::size_t count) {
    wait([this, count] { return attempts_ >= count; });
  }

  publish_report take(std::span<const outgoing_event> events, const bool& stopped) {
    std::unique_lock lock{mutex_};
    ++attempts_;
    changed_.notify_all();
    if (std::exchange(throws_, false)) throw std::runtime_error{"out of stamps"};
    if (next_report_) return *std::exchange(next_report_, {});
    if (keeps_waiting_) {
      somebody_waits_ = true;
      changed_.notify_all();
      changed_.wait(lock, [&] { return stopped; });
      return {0, error{error::code::shutting_down, "told to stop"}};
    }
    if (away_) return {0, error{error::code::unavailable, "nobody is at home"}};
    batches_.push_back(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (break_off_after_ == i) {
        break_off_after_.reset();
        return {i, error{error::code::timed_out, "the box was shut"}};
      }
      if (refused_ == events[i].event.json) return {i, error{error::code::too_large, "no room"}};
      letters_.push_back(events[i]);
      changed_.notify_all();
    }
    return {events.size(), {}};
  }
  void tell_to_stop(bool& stopped) {
    const std::lock_guard lock{mutex_};
    stopped = true;
    changed_.notify_all();
  }

 private:
  void wait(const std::function<bool()>& holds) {
    std::unique_lock lock{mutex_};
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds{60}, holds));
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<outgoing_event> letters_;
  std::vector<std::size_t> batches_;
  std::size_t attempts_ = 0;
  bool away_ = false;
  bool throws_ = false;
  bool keeps_waiting_ = false;
  bool somebody_waits_ = false;
  std::optional<std::size_t> break_off_after_;
  std::optional<std::string> refused_;
  std::optional<publish_report> next_report_;
};

/// Puts events into a box that outlives it.
class postman final : public event_publisher {
 public:
  explicit postman(std::shared_ptr<post_box> into) : into_(std::move(into)) {}

  publish_report publish(std::span<const outgoing_event> events) override {
    return into_->take(events, stopped_);
  }
  void stop() noexcept override { into_->tell_to_stop(stopped_); }

 private:
  const std::shared_ptr<post_box> into_;
  bool stopped_ = false;
};

}  // namespace cairn::tests
