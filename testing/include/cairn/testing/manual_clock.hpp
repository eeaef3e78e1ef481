#pragma once

#include "cairn/assert.hpp"
#include "cairn/clock.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

namespace cairn::testing {

/// A clock that stands still until the test moves it:
///
///   auto time = std::make_shared<manual_clock>();
///   auto app = cairn::builder{settings}.add<account>().time_from(time).start();
///   time->advance(std::chrono::minutes{2});   // whoever was idle is put to sleep, at once
///
/// Any thread.
class manual_clock final : public clock {
 public:
  explicit manual_clock(timestamp start = std::chrono::sys_days{std::chrono::year{2020} / 1 / 1})
      : wall_(start.time_since_epoch().count()) {}

  [[nodiscard]] timestamp now() const noexcept override {
    return timestamp{std::chrono::nanoseconds{wall_.load()}};
  }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const noexcept override {
    return std::chrono::steady_clock::time_point{std::chrono::nanoseconds{steady_.load()}};
  }

  /// Lets so much time go by: now() and steady() move together, and those who wait for a time are
  /// woken. What they do then, they do in their own threads, after this has returned.
  /// @pre by >= 0: use set() to go back
  void advance(std::chrono::nanoseconds by) {
    CAIRN_ASSERT(by >= std::chrono::nanoseconds::zero());
    wall_.fetch_add(by.count());
    steady_.fetch_add(by.count());
    tell();
  }

  /// Sets the time of day, also backwards, as an operator may do with a machine's; steady() stays.
  void set(timestamp to) {
    wall_.store(to.time_since_epoch().count());
    tell();
  }

  [[nodiscard]] std::shared_ptr<void> when_moved(std::function<void()> moved) const override {
    return std::make_shared<registration>(*this, std::move(moved));
  }

 private:
  class registration {
   public:
    registration(const manual_clock& at, std::function<void()> moved) : at_(at) {
      const std::lock_guard lock{at_.mutex_};
      place_ = at_.listeners_.insert(at_.listeners_.end(), std::move(moved));
    }
    registration(const registration&) = delete;
    registration& operator=(const registration&) = delete;
    ~registration() {
      const std::lock_guard lock{at_.mutex_};
      at_.listeners_.erase(place_);
    }

   private:
    const manual_clock& at_;
    std::list<std::function<void()>>::iterator place_;
  };

  void tell() const {
    // Held during the calls, so that nobody is called who has dropped the registration.
    const std::lock_guard lock{mutex_};
    for (const auto& moved : listeners_)
      moved();
  }

  std::atomic<std::chrono::nanoseconds::rep> wall_;
  // Not 0, so that a time before the start can be told from one that was never set.
  std::atomic<std::chrono::nanoseconds::rep> steady_{
      std::chrono::nanoseconds{std::chrono::hours{24}}.count()};
  mutable std::mutex mutex_;
  mutable std::list<std::function<void()>> listeners_;
};

}  // namespace cairn::testing
