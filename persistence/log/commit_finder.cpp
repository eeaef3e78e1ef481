#include "log/commit_finder.hpp"

#include "cairn/assert.hpp"

#include <utility>

namespace cairn::persistence {
namespace {

constexpr int commits_per_reader = 1024;

bool has(const commit_view& commit, std::uint64_t offset) noexcept {
  return commit.first_offset() <= offset && offset - commit.first_offset() < commit.event_count();
}

}  // namespace

error index_is_wrong(std::uint64_t offset, const std::string& whose) {
  return {error::code::corrupt,
          "the index says that offset " + std::to_string(offset) + " belongs to " + whose +
              ", the log does not; delete the folder \"index\", it will be built anew"};
}

result<const commit_view*> commit_finder::find(std::uint64_t offset) {
  if (commit_ && has(*commit_, offset)) return &*commit_;
  events_.clear();
  commit_.reset();
  if (read_so_far_++ % commits_per_reader == 0) {
    block_.reset();
    reader_.reset();
    auto opened = log_.read();
    if (!opened) return opened.error();
    reader_ = *std::move(opened);
  }
  const auto there = seek(offset);
  if (!there) return there.error();
  if (!*there) return static_cast<const commit_view*>(nullptr);
  const auto commit = block_->commit(block_->place_of(offset));
  if (!commit) return commit.error();
  if (!has(*commit, offset)) return static_cast<const commit_view*>(nullptr);
  commit_ = *commit;
  return &*commit_;
}

/// Whether `block_` is the one with the event at `offset` now.
result<bool> commit_finder::seek(std::uint64_t offset) {
  const auto at_hand = [&] {
    return block_ && offset >= block_->header().first_offset && offset < block_->end_offset();
  };
  if (at_hand()) return true;
  const auto found = reader_->seek_event(offset);
  if (!found) return found.error();
  if (!found->has_value()) return false;
  auto parsed = block_view::parse_unchecked(**found);
  if (!parsed) return parsed.error();
  block_ = *std::move(parsed);
  return at_hand();
}

result<const commit_view*> commit_finder::find(stream_name stream, const commit_place& place) {
  const auto commit = find(place.offset);
  if (!commit) return commit;
  const bool is_it = *commit != nullptr && (*commit)->first_offset() == place.offset &&
                     (*commit)->base().value == place.base &&
                     (*commit)->aggregate_id() == stream.id &&
                     (*commit)->aggregate_type() == stream.type;
  if (is_it) return commit;
  return index_is_wrong(place.offset, std::string{stream.type} + "/" + std::string{stream.id});
}

result<const event_view*> commit_finder::event(std::uint64_t offset) {
  CAIRN_ASSERT(commit_ && has(*commit_, offset));
  if (events_.empty()) {
    const auto read = commit_->each_event([this](const event_view& event) {
      events_.push_back(event);
      return result<void>{};
    });
    if (!read) {
      events_.clear();
      return read.error();
    }
  }
  return &events_[offset - commit_->first_offset()];
}

}  // namespace cairn::persistence
