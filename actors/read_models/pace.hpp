#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace cairn::actors {

/// When a read model may go on: after a transaction it lingers, after a failure it backs off. Logic
/// only; time comes in as a value. One thread.
class pace {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using nanoseconds = std::chrono::nanoseconds;

  pace(nanoseconds linger, nanoseconds first_delay) : linger_(linger), first_delay_(first_delay) {}

  void committed(time_point now) { linger_until_ = now + linger_; }

  /// How long to wait before the next attempt. @param attempts failed ones so far, at least 1
  [[nodiscard]] nanoseconds delay_after(unsigned attempts) const {
    nanoseconds delay = first_delay_;
    for (unsigned i = 1; i < attempts && delay < longest_delay; ++i) {
      delay *= 2;
    }
    return std::min<nanoseconds>(delay, longest_delay);
  }

  /// Forgets a failure.
  void begin_anew() { retry_at_ = {}; }

  void failed(time_point now, unsigned attempts) { retry_at_ = now + delay_after(attempts); }

  /// Until when to wait; nothing: go on.
  /// @param hurry somebody waits, or there is more than a batch to do: then no lingering
  [[nodiscard]] std::optional<time_point> hold(time_point now, bool hurry) const {
    if (now < retry_at_) return retry_at_;
    if (!hurry && now < linger_until_) return linger_until_;
    return std::nullopt;
  }

 private:
  static constexpr std::chrono::seconds longest_delay{5};

  nanoseconds linger_;
  nanoseconds first_delay_;
  time_point linger_until_{};
  time_point retry_at_{};
};

}  // namespace cairn::actors
