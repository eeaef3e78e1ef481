#pragma once

#include "cairn/ask.hpp"
#include "cairn/detail/runtime_face.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace cairn::detail {

/// Collects the outcomes of many commands. Shared with their callbacks, which may come after the
/// wait has ended. Any thread.
template <class A> class outcome_collector {
 public:
  explicit outcome_collector(std::size_t count) : outcomes_(count) {}

  void sending(std::size_t count) {
    const std::lock_guard lock{mutex_};
    open_ += count;
  }

  void put(std::size_t place, outcome<A> what) {
    const std::lock_guard lock{mutex_};
    outcomes_[place].emplace(std::move(what));
    --open_;
    // One wake per burst of answers, not one per answer.
    if (open_ <= wanted_open_) changed_.notify_one();
  }

  /// Waits until at most `most` are on their way; false when the deadline came first.
  bool wait_for_at_most(std::size_t most, std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock{mutex_};
    wanted_open_ = most;
    return changed_.wait_until(lock, deadline, [this, most] { return open_ <= most; });
  }

  [[nodiscard]] bool has_at_most(std::size_t most) {
    const std::lock_guard lock{mutex_};
    return open_ <= most;
  }

  [[nodiscard]] std::vector<outcome<A>> take() {
    const std::lock_guard lock{mutex_};
    std::vector<outcome<A>> all;
    all.reserve(outcomes_.size());
    for (auto& one : outcomes_) {
      all.push_back(one ? *std::exchange(one, std::nullopt)
                        : outcome<A>{error{error::code::timed_out, "no answer in time"}});
    }
    return all;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::optional<outcome<A>>> outcomes_;
  std::size_t open_ = 0;
  std::size_t wanted_open_ = 0;
};

/// Sends all commands in their order, with a bounded number on the way, and waits for all outcomes.
template <class A>
[[nodiscard]] std::vector<outcome<A>> ask_many(runtime_face& face,
                                               std::vector<addressed<A>> wishes,
                                               std::chrono::nanoseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const std::size_t window = std::max<std::size_t>(face.ask_many_window(), 1);
  const std::size_t slice_max = std::max<std::size_t>(window / 4, 1);
  auto collector = std::make_shared<outcome_collector<A>>(wishes.size());
  const auto wait_for_at_most = [&](std::size_t most) {
    const auto few_enough = [&] {
      return collector->has_at_most(most);
    };
    // Of the machine, but where nobody else would run the runtime.
    const bool ran = face.run_until(few_enough, timeout);
    return collector->wait_for_at_most(most, ran ? std::chrono::steady_clock::now() : deadline);
  };
  std::vector<command_message*> slice;
  const auto fail = [&slice](const error& why) {
    for (command_message* one : slice)
      one->failed(why);
  };
  for (std::size_t at = 0; at < wishes.size();) {
    const std::size_t end = std::min(wishes.size(), at + slice_max);
    slice.clear();
    for (; at < end; ++at) {
      auto callback = [collector, at](outcome<A> what) {
        collector->put(at, std::move(what));
      };
      auto made = std::make_unique<message_with_callback<A, decltype(callback)>>(
          std::move(wishes[at].wish), std::move(callback));
      set_options(
          *made, std::move(wishes[at].id), std::move(wishes[at].options), face.steady_now());
      slice.push_back(made.release());
    }
    bool in_time = wait_for_at_most(window - slice.size());
    collector->sending(slice.size());
    result<void> sent = face.send_many(&type_key<A>, slice);
    // Others hold the credit: what is ours comes back, so wait for that and try again.
    for (std::size_t most = window / 2; !sent && sent.error().what == error::code::overloaded;) {
      in_time = in_time && wait_for_at_most(slice.size() + most);
      if (!in_time || most == 0) break;
      sent = face.send_many(&type_key<A>, slice);
      most /= 2;
    }
    if (!sent) fail(sent.error());
  }
  (void)wait_for_at_most(0);
  return collector->take();
}

}  // namespace cairn::detail
