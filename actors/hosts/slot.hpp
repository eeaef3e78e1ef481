#pragma once

#include "hosts/recent_commands.hpp"

#include "cairn/detail/command_message.hpp"
#include "cairn/detail/erased_aggregate.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn::actors {

/// Commands of one aggregate that wait in order, linked through the messages themselves.
class mailbox {
 public:
  void push(detail::command_message* message) noexcept {
    message->next = nullptr;
    (newest_ != nullptr ? newest_->next : oldest_) = message;
    newest_ = message;
    ++size_;
  }
  /// Null when empty.
  [[nodiscard]] detail::command_message* pop() noexcept {
    detail::command_message* message = oldest_;
    if (message == nullptr) return nullptr;
    oldest_ = message->next;
    if (oldest_ == nullptr) newest_ = nullptr;
    --size_;
    return message;
  }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  detail::command_message* oldest_ = nullptr;
  detail::command_message* newest_ = nullptr;
  std::uint32_t size_ = 0;
};

/// One aggregate in its host: awake, or on its way.
struct slot {
  enum class phase : std::uint8_t {
    waking,     ///< Commands wait in the mailbox.
    awake,      ///< Commands are decided at once.
    put_aside,  ///< A stored event cannot be applied: commands are answered with the reason.
  };

  phase now = phase::waking;
  /// No command before this wake had an id, and none has been forgotten since.
  bool remembers_all = false;
  cairn::version version;
  std::uint64_t next_snapshot = 0;
  /// The newest burst with something of this aggregate; 0: none since it woke.
  std::uint64_t last_burst = 0;
  std::unique_ptr<detail::aggregate_instance> instance;
  recent_commands recent;
  detail::command_message::steady_time last_used;
  mailbox waiting;
  /// (burst, number of commands in it) that are not answered yet, oldest first.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> unanswered;
  error aside;

  /// The key in the host's map, which never moves.
  std::string_view id;
  std::uint64_t hash = 0;
  // The list of slots from the one used last to the one used longest ago.
  slot* newer = nullptr;
  slot* older = nullptr;
};

/// Slots in the order of their last use. Does not own them.
class use_order {
 public:
  void add(slot& one) noexcept {
    one.newer = nullptr;
    one.older = newest_;
    (newest_ != nullptr ? newest_->newer : oldest_) = &one;
    newest_ = &one;
  }
  void remove(slot& one) noexcept {
    (one.newer != nullptr ? one.newer->older : newest_) = one.older;
    (one.older != nullptr ? one.older->newer : oldest_) = one.newer;
  }
  void touch(slot& one) noexcept {
    if (&one == newest_) return;
    remove(one);
    add(one);
  }
  [[nodiscard]] slot* oldest() const noexcept { return oldest_; }

 private:
  slot* newest_ = nullptr;
  slot* oldest_ = nullptr;
};

}  // namespace cairn::actors
