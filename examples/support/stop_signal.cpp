#include "support/stop_signal.hpp"

#include <atomic>
#include <csignal>

namespace support {

namespace {

// A signal handler can reach nothing but globals.
std::atomic<int> noted{0};
static_assert(std::atomic<int>::is_always_lock_free);

}  // namespace

void catch_stop_signals() {
  const auto note = [](int number) {
    noted.store(number, std::memory_order_relaxed);
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
  };
  std::signal(SIGINT, note);
  std::signal(SIGTERM, note);
}

int stop_signal() noexcept {
  return noted.load(std::memory_order_relaxed);
}

}  // namespace support
