#include "cairn/persistence/stream_index.hpp"

#include <algorithm>
#include <utility>
#include <xxhash.h>

namespace cairn::persistence {
namespace {

/// Streams lie anywhere in memory: those of so many commits are fetched side by side.
constexpr std::uint32_t window_commits = 16;

}  // namespace

std::size_t index_segment::text_hash::operator()(std::string_view text) const noexcept {
  return XXH3_64bits(text.data(), text.size());
}

result<void> index_segment::add(const block_view& block) {
  postings_.begin_block(block.names());
  const std::uint32_t count = block.header().commit_count;
  for (std::uint32_t next = 0; next < count;) {
    const std::uint32_t end = std::min(count, next + window_commits);
    window_.clear();
    for (; next < end; ++next) {
      auto commit = block.commit(next);
      if (!commit) return commit.error();
      const std::uint64_t hash = hash_of({commit->aggregate_type(), commit->aggregate_id()});
      streams_.prefetch_bucket(hash);
      window_.push_back({*std::move(commit), hash});
    }
    for (const auto& [commit, hash] : window_)
      streams_.prefetch_head(hash);
    for (const auto& [commit, hash] : window_)
      streams_.prefetch_key(hash);
    for (const auto& [commit, hash] : window_) {
      if (auto added = add(commit, hash); !added) return added;
    }
  }
  return {};
}

/// @param hash of its stream
result<void> index_segment::add(const commit_view& commit, std::uint64_t hash) {
  const stream_name stream{commit.aggregate_type(), commit.aggregate_id()};
  if (commit.event_count() > 0) {
    streams_.add(stream, hash, {commit.first_offset(), commit.base().value, commit.event_count()});
  }
  if (!commit.command_id().empty()) {
    make_stream_key(key_, stream);
    with_outcomes_.try_emplace(key_, true);
    make_outcome_key(key_, stream, commit.command_id());
    // The newest counts: an id that was forgotten may come again.
    outcomes_[key_] = {
        {commit.rejected(), commit.rejection(), commit.last(), commit.last_offset(), commit.time()},
        commits_};
  }
  if (const stream_note* note = commit.note()) {
    make_stream_key(key_, stream);
    notes_[key_] = *note;
  }
  if (auto added = postings_.add(commit); !added) return added;
  ++commits_;
  return {};
}

bool index_segment::has_outcomes(std::string_view stream_key) const {
  return with_outcomes_.find(stream_key) != with_outcomes_.end();
}

const stored_outcome* index_segment::find_outcome(std::string_view outcome_key) const {
  const auto found = outcomes_.find(outcome_key);
  return found != outcomes_.end() ? &found->second.what : nullptr;
}

const stream_note* index_segment::find_note(std::string_view stream_key) const {
  const auto found = notes_.find(stream_key);
  return found != notes_.end() ? &found->second : nullptr;
}

}  // namespace cairn::persistence
