#pragma once

#include "cairn/persistence/append_guard.hpp"
#include "cairn/persistence/burst.hpp"
#include "cairn/persistence/postings.hpp"
#include "cairn/result.hpp"

#include <cstdint>
#include <vector>

namespace cairn::persistence {

/// The events of the group that is being put together, so that guards of the same group find them.
/// Made only for groups that have a guard. One thread.
class group_events {
 public:
  /// @param next_offset of the group's first event
  /// @pre `names` and all bursts that are added outlive this
  group_events(const name_list& names, partition_id partition, std::uint64_t next_offset);

  /// The burst is to be stored behind those that were added before. corrupt: it cannot be read.
  [[nodiscard]] result<void> add(const burst& from);

  /// conflict: an event that was added stands in the way. corrupt.
  [[nodiscard]] result<void> check(const append_guard& what) const;

 private:
  [[nodiscard]] result<void> check_event(const append_guard& what, std::uint64_t offset) const;

  block_names names_;
  partition_id partition_;
  std::uint64_t first_offset_;
  std::uint64_t next_offset_;
  /// Those that have events.
  std::vector<commit_view> commits_;
  segment_postings postings_;
};

}  // namespace cairn::persistence
