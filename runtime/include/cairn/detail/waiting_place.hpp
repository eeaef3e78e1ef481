#pragma once

#include "cairn/result.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace cairn::detail {

/// Where a blocking ask waits. Shared with the callback, which may come after the wait has ended.
template <class Outcome> class waiting_place {
 public:
  void put(Outcome what) {
    {
      const std::lock_guard lock{mutex_};
      what_.emplace(std::move(what));
    }
    changed_.notify_one();
  }

  [[nodiscard]] bool is_filled() {
    const std::lock_guard lock{mutex_};
    return what_.has_value();
  }

  [[nodiscard]] Outcome wait_until(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock{mutex_};
    if (changed_.wait_until(lock, deadline, [this] { return what_.has_value(); })) {
      return *std::move(what_);
    }
    return Outcome{error{error::code::timed_out, "no answer in time"}};
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Outcome> what_;
};

/// Blocks for the outcome. Where nobody else would run the runtime, it runs meanwhile.
/// @param deadline of the machine; `longest` is the same by the runtime's clock
template <class Outcome, class Face>
[[nodiscard]] Outcome await_in(Face& face,
                               waiting_place<Outcome>& place,
                               std::chrono::steady_clock::time_point deadline,
                               std::chrono::nanoseconds longest) {
  const bool ran = face.run_until([&place] { return place.is_filled(); }, longest);
  return place.wait_until(ran ? std::chrono::steady_clock::now() : deadline);
}

/// The same for a command that may be kept back until read models show it: when the time is up, it
/// was accepted all the same. @param ticket that of its awaited_models; 0: it is not kept back
template <class Outcome, class Face>
[[nodiscard]] Outcome await_shown_in(Face& face,
                                     waiting_place<Outcome>& place,
                                     std::chrono::steady_clock::time_point deadline,
                                     std::chrono::nanoseconds longest,
                                     std::uint64_t ticket) {
  Outcome came = await_in(face, place, deadline, longest);
  if (ticket == 0 || came.failed() == nullptr) return came;
  if (came.failed()->what != error::code::timed_out || !face.answer_now(ticket)) return came;
  return place.wait_until(std::chrono::steady_clock::now());
}

}  // namespace cairn::detail
