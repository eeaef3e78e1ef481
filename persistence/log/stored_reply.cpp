#include "log/commit_finder.hpp"

#include "cairn/persistence/journal.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

// What stands in the commit of a command beside its outcome. A commit without events covers the
// newest event before it and stands somewhere behind that: hence a walk from the commit with that
// event on, to the next one that has events.

namespace cairn::persistence {
namespace {

bool is_of(const commit_view& commit, stream_name stream, std::string_view command_id) noexcept {
  return commit.command_id() == command_id && commit.aggregate_id() == stream.id &&
         commit.aggregate_type() == stream.type;
}

/// Only to end the reading: nobody gets to see it.
result<void> end_of_walk() {
  return error{error::code::not_found, {}};
}

error nowhere(std::uint64_t offset, stream_name stream) {
  return index_is_wrong(offset, std::string{stream.type} + "/" + std::string{stream.id});
}

}  // namespace

result<std::vector<std::byte>> journal::stored_reply(stream_name stream,
                                                     std::string_view command_id,
                                                     std::uint64_t offset) const {
  std::optional<std::vector<std::byte>> found;
  bool over = false;
  const auto look = [&](const commit_view& commit) -> result<void> {
    const bool is_it =
        commit.last_offset() == offset && !commit.rejected() && is_of(commit, stream, command_id);
    // Without events, the id may come once more, after it was forgotten: the last one counts.
    if (is_it) found.emplace(commit.reply().begin(), commit.reply().end());
    over = commit.event_count() > 0 && (is_it || commit.last_offset() > offset);
    return over ? end_of_walk() : result<void>{};
  };
  log_cursor at{std::max<std::uint64_t>(offset, 1), 0};
  const auto read = this->read(at, std::numeric_limits<std::uint64_t>::max(), look);
  if (!read && !over) return read.error();
  if (found) return *std::move(found);
  return nowhere(offset, stream);
}

result<std::vector<std::uint64_t>> journal::linked_streams(stream_name stream,
                                                           std::string_view command_id,
                                                           std::uint64_t offset) const {
  std::vector<std::uint64_t> found;
  std::vector<std::uint64_t> linked;
  bool has_it = false;
  bool over = false;
  const auto look = [&](const commit_view& commit) -> result<void> {
    linked.push_back(hash_of({commit.aggregate_type(), commit.aggregate_id()}));
    has_it = has_it || (commit.last_offset() == offset && !commit.rejected() &&
                        is_of(commit, stream, command_id));
    over = over || (commit.event_count() > 0 && commit.last_offset() > offset);
    if (commit.linked()) return {};
    // As above: the last one counts.
    if (std::exchange(has_it, false)) found = linked;
    linked.clear();
    return over ? end_of_walk() : result<void>{};
  };
  // Those that it is linked with may stand before it.
  auto at = block_of(std::max<std::uint64_t>(offset, 1));
  if (!at) return at.error();
  const auto read = this->read(*at, std::numeric_limits<std::uint64_t>::max(), look);
  if (!read && !over) return read.error();
  if (found.empty()) return nowhere(offset, stream);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

/// Where the block with the event at `offset` begins, or what is before that.
result<log_cursor> journal::block_of(std::uint64_t offset) const {
  const auto reader = log_->read();
  if (!reader) return reader.error();
  const auto found = (*reader)->seek(offset);
  if (!found) return found.error();
  if (!found->has_value()) return log_cursor{offset, 0};
  const auto header = block_view::parse_header(**found);
  if (!header) return header.error();
  return log_cursor{header->first_offset, header->number};
}

}  // namespace cairn::persistence
