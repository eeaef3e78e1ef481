#include "cairn/persistence/stream_index.hpp"

#include <xxhash.h>

namespace cairn::persistence {

std::size_t index_segment::text_hash::operator()(std::string_view text) const noexcept {
  return XXH3_64bits(text.data(), text.size());
}

result<void> index_segment::add(const block_view& block) {
  postings_.begin_block(block.names());
  for (std::uint32_t place = 0; place < block.header().commit_count; ++place) {
    const auto commit = block.commit(place);
    if (!commit) return commit.error();
    const stream_name stream{commit->aggregate_type(), commit->aggregate_id()};
    if (commit->event_count() > 0) {
      make_stream_key(key_, stream);
      streams_[key_].push_back(
          {commit->first_offset(), commit->base().value, commit->event_count()});
    }
    if (!commit->command_id().empty()) {
      make_stream_key(key_, stream);
      with_outcomes_.try_emplace(key_, true);
      make_outcome_key(key_, stream, commit->command_id());
      // The newest counts: an id that was forgotten may come again.
      outcomes_[key_] = {{commit->rejected(),
                          commit->rejection(),
                          commit->last(),
                          commit->last_offset(),
                          commit->time()},
                         commits_};
    }
    if (const stream_note* note = commit->note()) {
      make_stream_key(key_, stream);
      notes_[key_] = *note;
    }
    if (auto added = postings_.add(*commit); !added) return added;
    ++commits_;
  }
  return {};
}

const index_segment::places* index_segment::find(std::string_view stream_key) const {
  const auto found = streams_.find(stream_key);
  return found != streams_.end() ? &found->second : nullptr;
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
