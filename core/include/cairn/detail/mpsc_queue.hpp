#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

namespace cairn::detail {

/// Many producers, one consumer, without locks: the consumer takes everything at once, in order.
///
/// `Node` has a member `Node* next`, which the queue uses while the node is in it. Nodes are not
/// owned. A Treiber stack whose content is turned round when taken.
template <class Node> class mpsc_queue {
 public:
  /// Any thread. True when the queue was empty: then the consumer must be woken.
  bool push(Node* node) noexcept { return push_chain(node, node); }

  /// Pushes the nodes from `first` to `last`, already linked newest first (last->next is ignored).
  bool push_chain(Node* newest, Node* oldest) noexcept {
    Node* head = head_.load(std::memory_order_relaxed);
    do {
      oldest->next = head;
    } while (!head_.compare_exchange_weak(
        head, newest, std::memory_order_release, std::memory_order_relaxed));
    return head == nullptr;
  }

  /// Consumer only. The nodes in the order in which they were pushed, linked by `next`; or null.
  [[nodiscard]] Node* take_all() noexcept {
    Node* newest = head_.exchange(nullptr, std::memory_order_acquire);
    Node* oldest = nullptr;
    while (newest != nullptr) {
      Node* older = newest->next;
      newest->next = oldest;
      oldest = newest;
      newest = older;
    }
    return oldest;
  }

  [[nodiscard]] bool empty() const noexcept {
    return head_.load(std::memory_order_acquire) == nullptr;
  }

 private:
  std::atomic<Node*> head_{nullptr};
};

/// Tells the processor that this thread looks at something again and again.
inline void pause_for_a_moment() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// A flag that a thread can sleep on. Any thread sets it, one thread waits. Or nobody does: then
/// somebody is told instead, who runs the steps of a part that has no thread.
class wake_signal {
 public:
  /// From now on set() calls this and nobody waits. Before anybody else uses the signal.
  void tell(std::function<void()> instead) { told_ = std::move(instead); }
  [[nodiscard]] bool is_told() const noexcept { return told_ != nullptr; }

  void set() {
    if (told_) return told_();
    {
      const std::lock_guard lock{mutex_};
      if (set_) return;
      set_ = true;
    }
    changed_.notify_one();
  }

  /// Returns once the flag is set, and clears it.
  void wait() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return set_; });
    set_ = false;
  }

  /// The same, but at the latest after `longest`; true when the flag was set.
  bool wait_for(std::chrono::nanoseconds longest) {
    std::unique_lock lock{mutex_};
    const bool was_set = changed_.wait_for(lock, longest, [this] { return set_; });
    set_ = false;
    return was_set;
  }

 private:
  std::function<void()> told_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

}  // namespace cairn::detail
