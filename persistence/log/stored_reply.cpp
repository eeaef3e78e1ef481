#include "log/commit_finder.hpp"

#include "cairn/persistence/journal.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace cairn::persistence {

// A commit without events covers the newest event before it and stands somewhere behind that: hence
// a walk from the commit with that event on, to the next one that has events.
result<std::vector<std::byte>> journal::stored_reply(stream_name stream,
                                                     std::string_view command_id,
                                                     std::uint64_t offset) const {
  std::optional<std::vector<std::byte>> found;
  bool over = false;
  const auto look = [&](const commit_view& commit) -> result<void> {
    const bool is_it = commit.last_offset() == offset && commit.command_id() == command_id &&
                       !commit.rejected() && commit.aggregate_id() == stream.id &&
                       commit.aggregate_type() == stream.type;
    // Without events, the id may come once more, after it was forgotten: the last one counts.
    if (is_it) found.emplace(commit.reply().begin(), commit.reply().end());
    over = commit.event_count() > 0 && (is_it || commit.last_offset() > offset);
    // Only to end the reading: nobody gets to see it.
    return over ? result<void>{error{error::code::not_found, {}}} : result<void>{};
  };
  log_cursor at{std::max<std::uint64_t>(offset, 1), 0};
  const auto read = this->read(at, std::numeric_limits<std::uint64_t>::max(), look);
  if (!read && !over) return read.error();
  if (found) return *std::move(found);
  return index_is_wrong(offset, std::string{stream.type} + "/" + std::string{stream.id});
}

}  // namespace cairn::persistence
