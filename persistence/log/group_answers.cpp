#include "log/group_answers.hpp"

#include "cairn/assert.hpp"

#include <pthread.h>
#include <utility>

namespace cairn::persistence {
namespace {

// The next group is smaller when it leaves before everybody has been answered. With fewer to answer
// that costs more than is won: measured with 64 (less at 256 to 1 024 in flight), 1 024 and 2 048.
constexpr std::size_t replies_at_once = 1024;

}  // namespace

void group_answers::start() {
  CAIRN_ASSERT(!thread_.joinable());
  thread_ = std::thread{[this] {
    pthread_setname_np(pthread_self(), "cairn.answers");
    run();
  }};
}

void group_answers::give(group bursts, std::uint64_t offset_before, std::size_t replies) {
  const bool at_once = !thread_.joinable() || (replies <= replies_at_once &&
                                               unanswered_.load(std::memory_order_acquire) == 0);
  if (at_once) return answer_(bursts, offset_before);
  auto made = std::make_unique<answerable>(answerable{std::move(bursts), offset_before});
  unanswered_.fetch_add(1, std::memory_order_relaxed);
  if (queue_.push(made.release())) wake_.set();
}

void group_answers::wait_until_done() const noexcept {
  for (std::uint64_t left = unanswered_.load(std::memory_order_acquire); left != 0;
       left = unanswered_.load(std::memory_order_acquire)) {
    unanswered_.wait(left, std::memory_order_acquire);
  }
}

void group_answers::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true);
  wake_.set();
  thread_.join();
}

void group_answers::run() {
  for (;;) {
    if (answer_all()) continue;
    if (stopping_.load() && queue_.empty()) return;
    wake_.wait();
  }
}

bool group_answers::answer_all() {
  answerable* next = queue_.take_all();
  if (next == nullptr) return false;
  while (next != nullptr) {
    const std::unique_ptr<answerable> one{std::exchange(next, next->next)};
    answer_(one->bursts, one->offset_before);
    unanswered_.fetch_sub(1, std::memory_order_release);
    unanswered_.notify_one();
  }
  return true;
}

}  // namespace cairn::persistence
