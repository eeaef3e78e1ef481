#include "support/stop_signal.hpp"

#include <atomic>
#include <csignal>
#include <ctime>

namespace support {

namespace {

// A signal handler can reach nothing but globals, and call little: clock_gettime is allowed.
std::atomic<int> noted{0};
std::atomic<time_t> noted_at{0};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<time_t>::is_always_lock_free);

/// Whoever sends one signal may send it twice, to the process and to its group, as timeout(1) does.
constexpr time_t same_signal_seconds = 2;

time_t seconds_now() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

void note(int number) {
  if (noted.load(std::memory_order_relaxed) == 0) {
    noted_at.store(seconds_now(), std::memory_order_relaxed);
    noted.store(number, std::memory_order_relaxed);
  } else if (seconds_now() - noted_at.load(std::memory_order_relaxed) >= same_signal_seconds) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
}

}  // namespace

void catch_stop_signals() {
  std::signal(SIGINT, note);
  std::signal(SIGTERM, note);
}

int stop_signal() noexcept {
  return noted.load(std::memory_order_relaxed);
}

}  // namespace support
