#pragma once

#include "cairn/event_pattern.hpp"
#include "cairn/persistence/commit.hpp"
#include "cairn/persistence/postings.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

// What must not have been recorded for a burst to be stored: the dynamic consistency boundary.

namespace cairn::persistence {

/// No event that one of these patterns means stands behind offset `after`.
struct append_guard {
  std::vector<event_pattern> none_of;
  std::uint64_t after = 0;
};

/// What may still be done for the guards of one group, so that no guard holds the writer up for
/// long: they only have to be looked at for what has come since their senders looked.
struct guard_effort {
  /// Events that may be looked at: some tens of milliseconds.
  std::uint64_t looks_left = 50'000;
  /// The index has been waited for.
  bool waited = false;
};

/// Hears what the writer has found. Called once, by the writer's thread, before the burst's group
/// is stored; must not block and must not throw. Not called when the burst is refused for another
/// reason before it is looked at.
class guard_listener {
 public:
  guard_listener() = default;
  guard_listener(const guard_listener&) = delete;
  guard_listener& operator=(const guard_listener&) = delete;

  /// @param holds false: nothing of the burst will be stored. Its replies say why, once what that
  /// rests on is durable
  virtual void judged(bool holds) noexcept = 0;

 protected:
  ~guard_listener() = default;
};

/// Whether one of the patterns means this event of the commit.
/// @param index of the event in the commit, from 0
[[nodiscard]] bool is_meant(std::span<const event_pattern> patterns,
                            const commit_view& commit,
                            std::uint32_t index,
                            std::string_view event_type);

/// Words of which every event that is meant says at least one: for each pattern one of its tags, or
/// its event types, or its categories. Nothing when a pattern means every event, or when there is
/// no pattern. They borrow from the patterns.
[[nodiscard]] std::vector<posting_key> words_of(std::span<const event_pattern> patterns);

/// conflict, with the place and the type of the event that stands in the way.
[[nodiscard]] error guard_broken(partition_id partition,
                                 std::uint64_t offset,
                                 const commit_view& commit,
                                 std::string_view event_type);

}  // namespace cairn::persistence
