#pragma once

#include "hosts/recent_commands.hpp"

#include "cairn/detail/command_message.hpp"
#include "cairn/detail/erased_aggregate.hpp"
#include "cairn/persistence/stream_note.hpp"

#include <boost/container/small_vector.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace cairn::actors {

/// Commands of one aggregate that wait in the order of their arrival, linked through the messages
/// themselves.
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
  /// Puts everything of `earlier` before what is here.
  void prepend(mailbox&& earlier) noexcept {
    if (earlier.empty()) return;
    earlier.newest_->next = oldest_;
    if (newest_ == nullptr) newest_ = earlier.newest_;
    oldest_ = std::exchange(earlier.oldest_, nullptr);
    size_ += std::exchange(earlier.size_, 0);
    earlier.newest_ = nullptr;
  }
  /// Puts it where it belongs by its arrival. Costs a look at those that came before it, unless it
  /// is the newest. @pre the mailbox is in the order of arrival
  void insert(detail::command_message* message) noexcept {
    if (newest_ == nullptr || newest_->arrival < message->arrival) return push(message);
    detail::command_message** link = &oldest_;
    while ((*link)->arrival < message->arrival)
      link = &(*link)->next;
    message->next = std::exchange(*link, message);
    ++size_;
  }
  /// Takes in everything of `others`. @pre both are in the order of arrival
  void merge(mailbox&& others) noexcept {
    mailbox mine = std::exchange(*this, {});
    while (mine.oldest_ != nullptr || others.oldest_ != nullptr) {
      const bool other_is_next =
          mine.oldest_ == nullptr ||
          (others.oldest_ != nullptr && others.oldest_->arrival < mine.oldest_->arrival);
      push(other_is_next ? others.pop() : mine.pop());
    }
  }
  /// Takes out those for which `wanted(message)` holds, in order.
  template <class Wanted> [[nodiscard]] mailbox take_if(Wanted wanted) noexcept {
    mailbox taken;
    mailbox rest;
    while (detail::command_message* message = pop())
      (wanted(*message) ? taken : rest).push(message);
    *this = rest;
    return taken;
  }
  /// Takes out those whose deadline has come, in order.
  [[nodiscard]] mailbox take_expired(detail::command_message::steady_time now) noexcept {
    return take_if([now](const auto& message) { return message.deadline <= now; });
  }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  detail::command_message* oldest_ = nullptr;
  detail::command_message* newest_ = nullptr;
  std::uint32_t size_ = 0;
};

/// What few aggregates have.
struct rare_parts {
  /// Set aside by `decide`.
  mailbox stash;
  /// To be decided again once the state has been read again: before what waits, unless that came
  /// earlier.
  mailbox taken_back;
  /// The newest burst that was durable when the newest decisions were taken back.
  std::uint64_t durable_then = 0;
  /// The newest decision wants it back.
  bool unstash = false;
  /// The newest decision wants sleep.
  bool sleep = false;
  /// A snapshot is due, whatever its version.
  bool snapshot = false;
  std::uint32_t failed_wakes = 0;
  /// It is woken without a state, for what is to be recorded beside its events.
  bool wakes_for_notes = false;
  /// Why commands are refused.
  error aside;
  detail::command_message::steady_time aside_until = detail::command_message::steady_time::max();
  persistence::stream_note note;
};

struct slot;

/// A place in a list of slots (slot_list.hpp).
struct slot_links {
  slot* newer = nullptr;
  slot* older = nullptr;
};

/// What a processor fetches at once.
inline constexpr std::size_t cache_line_bytes = 64;

/// One aggregate in its host: awake, or on its way. What each command looks at comes first, by the
/// cache line.
struct alignas(cache_line_bytes) slot {
  enum class phase : std::uint8_t {
    waking,  ///< Commands wait in the mailbox. Or what is to be noted of one that was put aside.
    awake,   ///< Commands are decided at once.
    held,    ///< Its state is lent to an atomic commit: commands wait in the mailbox.
    aside,   ///< It cannot be woken: commands are answered with the reason.
  };

  std::string id;
  /// Of the stream.
  std::uint64_t hash = 0;
  cairn::version version;
  /// The newest burst with something of this aggregate; 0: none since it woke.
  std::uint64_t last_burst = 0;
  phase now = phase::waking;
  /// No command before this wake had an id, and none has been forgotten since.
  bool remembers_all = false;

  std::unique_ptr<detail::aggregate_instance> instance;
  /// Null: nothing of it.
  std::unique_ptr<rare_parts> rare;
  detail::command_message::steady_time last_used;
  slot_links by_use;
  mailbox waiting;

  /// (burst, number of commands in it) that are not answered yet, oldest first. Seldom more than
  /// that of the group on its way to the disk and of the next one.
  boost::container::small_vector<std::pair<std::uint64_t, std::uint32_t>, 2> unanswered;
  recent_commands recent;

  std::uint64_t next_snapshot = 0;
  /// Memory that it holds, as found out last, and what it has been told since.
  std::size_t bytes = 0;
  std::size_t told_bytes = 0;
  /// Where it stands for the replacement policy, if that is not the order of use; and what the
  /// policy notes of it: a level, or how often it was used, and when that was written down.
  slot_links by_rank;
  std::uint32_t rank = 0;
  std::uint32_t ranked_at = 0;

  [[nodiscard]] rare_parts& more() {
    if (!rare) rare = std::make_unique<rare_parts>();
    return *rare;
  }
  [[nodiscard]] persistence::stream_note note() const {
    return rare ? rare->note : persistence::stream_note{};
  }
  [[nodiscard]] bool has_stash() const noexcept { return rare && !rare->stash.empty(); }
  /// Whether the aggregate was removed and has no event since.
  [[nodiscard]] bool removed() const noexcept {
    return rare && version.value > 0 && rare->note.reset_at == version.value;
  }

  /// Lets the processor fetch this.
  void prefetch() const noexcept {
    __builtin_prefetch(&id, 1);
    __builtin_prefetch(&instance, 1);
    __builtin_prefetch(&unanswered, 1);
    __builtin_prefetch(&next_snapshot, 1);
  }
  /// Lets the processor fetch the name, the instance, and the neighbours by use, which change when
  /// this is used.
  void prefetch_parts() const noexcept {
    __builtin_prefetch(id.data());
    __builtin_prefetch(instance.get(), 1);
    __builtin_prefetch(reinterpret_cast<const char*>(instance.get()) + cache_line_bytes, 1);
    if (by_use.newer != nullptr) __builtin_prefetch(&by_use.newer->by_use, 1);
    if (by_use.older != nullptr) __builtin_prefetch(&by_use.older->by_use, 1);
  }
};

}  // namespace cairn::actors
