#pragma once

#include "cairn/ask.hpp"
#include "cairn/ask_awaitable.hpp"
#include "cairn/detail/runtime_face.hpp"
#include "cairn/detail/typed_aggregate.hpp"
#include "cairn/recorded.hpp"

#include <chrono>
#include <concepts>
#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace cairn {

namespace detail {

/// Where a blocking ask waits. Shared with the callback, which may come after the wait has ended.
template <class A> class waiting_place {
 public:
  void put(outcome<A> what) {
    {
      const std::lock_guard lock{mutex_};
      what_.emplace(std::move(what));
    }
    changed_.notify_one();
  }

  [[nodiscard]] outcome<A> wait_until(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock{mutex_};
    if (changed_.wait_until(lock, deadline, [this] { return what_.has_value(); })) {
      return *std::move(what_);
    }
    return outcome<A>{error{error::code::timed_out, "no answer in time"}};
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<outcome<A>> what_;
};

}  // namespace detail

/// An address of one aggregate. Cheap to make and to copy; the aggregate need not exist. Any
/// thread. Valid as long as its runtime.
template <class A> class aggregate_handle {
 public:
  aggregate_handle(detail::runtime_face& face, aggregate_id id)
      : face_(&face), id_(std::move(id)) {}

  [[nodiscard]] const aggregate_id& id() const noexcept { return id_; }

  /// Sends a command and blocks until its outcome is durable, or until the timeout.
  /// Must not be called from a callback, `decide`, `evolve` or `apply`: it would wait for itself.
  outcome<A> ask(typename A::command wish, ask_options options = {}) const {
    const auto deadline = deadline_after(options.timeout);
    auto place = std::make_shared<detail::waiting_place<A>>();
    ask(std::move(wish), std::move(options), [place](outcome<A> what) {
      place->put(std::move(what));
    });
    return place->wait_until(deadline);
  }

  /// Sends a command and calls `callback(outcome<A>)` once its outcome is durable: by a thread of
  /// Cairn, or before this returns when it fails at once. The callback must not block and must not
  /// throw; it may send further commands.
  template <std::invocable<outcome<A>> Callback>
  void ask(typename A::command wish, ask_options options, Callback callback) const {
    using message = detail::message_with_callback<A, Callback>;
    auto made = std::make_unique<message>(std::move(wish), std::move(callback));
    detail::set_options(*made, id_, std::move(options), face_->steady_now());
    face_->send(&detail::type_key<A>, made.release());
  }

  /// Sends a command when it is awaited, for coroutines; see ask_awaitable.
  [[nodiscard]] ask_awaitable<A> co_ask(typename A::command wish, ask_options options = {}) const {
    return {*this, std::move(wish), std::move(options)};
  }

  /// Sends a command and does not look back: best effort.
  void tell(typename A::command wish, ask_options options = {}) const {
    ask(std::move(wish), std::move(options), [](const outcome<A>& /*unheeded*/) {});
  }

  /// The newest durable state. Blocks for reading; does not wake the aggregate.
  /// put_aside, corrupt, unknown_name (A was not added to the builder).
  [[nodiscard]] result<aggregate_state<A>> state() const { return state_at_most(newest, latest); }
  /// The state at this version, or the newest one if it has not come so far.
  [[nodiscard]] result<aggregate_state<A>> state_at(version when) const {
    return state_at_most(when, latest);
  }
  /// The state as it was at this time: with all events recorded until then.
  [[nodiscard]] result<aggregate_state<A>> state_at(timestamp when) const {
    return state_at_most(newest, when);
  }

  /// The recorded events after version `after`, up to version `up_to`, with all that is stored
  /// beside them. Blocks for reading.
  [[nodiscard]] result<std::vector<recorded_event>> history(version after = {0},
                                                            version up_to = newest) const {
    return face_->history(&detail::type_key<A>, id_.text(), after, up_to);
  }

 private:
  static constexpr version newest{std::numeric_limits<std::uint64_t>::max()};
  static constexpr timestamp latest = timestamp::max();

  /// Of the machine: a thread that blocks comes back, also when nobody moves the clock.
  static std::chrono::steady_clock::time_point deadline_after(std::chrono::nanoseconds timeout) {
    const auto now = std::chrono::steady_clock::now();
    const auto longest = std::chrono::steady_clock::time_point::max() - now;
    return timeout < longest ? now + timeout : std::chrono::steady_clock::time_point::max();
  }

  [[nodiscard]] result<aggregate_state<A>> state_at_most(version up_to, timestamp until) const {
    auto found = face_->state(&detail::type_key<A>, id_.text(), up_to, until);
    if (!found) return found.error();
    const auto& instance = static_cast<const detail::typed_instance<A>&>(*found->instance);
    return aggregate_state<A>{instance.state(), found->version, found->time};
  }

  detail::runtime_face* face_;
  aggregate_id id_;
};

}  // namespace cairn
