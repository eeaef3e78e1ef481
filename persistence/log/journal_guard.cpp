#include "cairn/persistence/journal.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

// Whether something has been recorded that a guard does not allow. The index answers for what it
// has taken in, which is cheap however much was recorded; the blocks behind it are read one by one.

namespace cairn::persistence {
namespace {

/// How long the writer waits for the index, which is mostly there already.
constexpr std::chrono::milliseconds writer_waits_max{10};

}  // namespace

result<std::uint64_t> journal::look_for(const append_guard& what, std::uint64_t& looks_left) {
  const std::uint64_t durable = durable_offset();
  if (what.after > durable) {
    return error{error::code::bad_input,
                 "a guard from offset " + std::to_string(what.after) + " on, the newest event is " +
                     std::to_string(durable)};
  }
  const std::uint64_t end = std::min(index_->offset_taken(), durable);
  if (what.none_of.empty() || what.after >= end) return what.after;
  const auto words = words_of(what.none_of);
  const auto read =
      read_events({.any_key = words, .from = what.after + 1, .up_to = end, .looks_max = looks_left},
                  [&](const found_event& found) -> result<bool> {
                    if (!is_meant(what.none_of, found.commit, found.index(), found.event.type))
                      return true;
                    return guard_broken(partition(), found.offset, found.commit, found.event.type);
                  });
  if (!read) return read.error();
  looks_left -= read->looked;
  if (read->at_end) return end;
  return error{error::code::too_large,
               "a guard from offset " + std::to_string(what.after) +
                   " on: too many events would have to be looked at; the last one was at offset " +
                   std::to_string(read->next - 1)};
}

result<void> journal::check_guard(const append_guard& what, guard_effort& of_group) {
  const std::uint64_t durable = durable_offset();
  if (!std::exchange(of_group.waited, true)) {
    // It may have stopped, or be late: what it does not know is read below.
    (void)index_->wait_for_offset(durable, std::chrono::steady_clock::now() + writer_waits_max);
  }
  const auto known = look_for(what, of_group.looks_left);
  if (!known) {
    const bool too_many = known.error().what == error::code::too_large;
    return too_many ? came_too_much(what) : known.error();
  }
  const std::uint64_t left = durable - *known;
  if (left == 0) return {};
  if (left > of_group.looks_left) return came_too_much(what);
  of_group.looks_left -= left;
  return check_blocks(what, *known);
}

/// Everything durable behind this offset, block by block.
result<void> journal::check_blocks(const append_guard& what, std::uint64_t behind) {
  const auto check_commit = [&](const commit_view& commit) {
    std::uint32_t next = 0;
    return commit.each_event([&](const event_view& event) -> result<void> {
      const std::uint32_t index = next++;
      const std::uint64_t its = commit.first_offset() + index;
      if (its <= behind || !is_meant(what.none_of, commit, index, event.type)) return {};
      return guard_broken(partition(), its, commit, event.type);
    });
  };
  log_cursor at{behind + 1, 0};
  const auto visited = read(at, std::numeric_limits<std::uint64_t>::max(), check_commit);
  return visited ? result<void>{} : visited.error();
}

error journal::came_too_much(const append_guard& what) const {
  error why{error::code::overloaded,
            "more was recorded behind offset " + std::to_string(what.after) +
                " than a guard may look at before it is stored"};
  why.retry_after = writer_->retry_after();
  return why;
}

}  // namespace cairn::persistence
