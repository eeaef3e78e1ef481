#pragma once

#include "cairn/detail/mpsc_queue.hpp"
#include "cairn/persistence/burst.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace cairn::persistence {

/// Answers those who wait for durable groups, one group after the other, in the order in which they
/// are given.
///
/// Answering takes as long as the callbacks of those who asked, and a large group has thousands:
/// these are answered by a thread of their own, so that the writer can hash and sync the next group
/// meanwhile. A small one is answered by the writer at once, since waking a thread takes longer.
///
/// Every function by the writer's thread, or by whoever does its work.
class group_answers {
 public:
  using group = std::vector<std::unique_ptr<burst>>;
  /// Answers a group whose first event stands behind the offset.
  using answer = std::function<void(group&, std::uint64_t offset_before)>;

  explicit group_answers(answer one) : answer_(std::move(one)) {}
  group_answers(const group_answers&) = delete;
  group_answers& operator=(const group_answers&) = delete;
  ~group_answers() { stop(); }

  /// Until then, give() answers by itself.
  void start();
  /// Answers everybody in the group, now or later. @param replies how many these are
  void give(group bursts, std::uint64_t offset_before, std::size_t replies);
  /// Returns once everybody that was given is answered.
  void wait_until_done() const noexcept;
  /// Answers everybody that was given, then ends the thread.
  void stop();

 private:
  struct answerable {
    group bursts;
    std::uint64_t offset_before = 0;
    answerable* next = nullptr;
  };

  void run();
  /// False: there was nothing.
  bool answer_all();

  answer answer_;
  detail::mpsc_queue<answerable> queue_;
  detail::wake_signal wake_;
  /// Groups that were given to the thread and are not answered yet.
  std::atomic<std::uint64_t> unanswered_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace cairn::persistence
