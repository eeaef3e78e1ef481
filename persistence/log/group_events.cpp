#include "log/group_events.hpp"

#include "cairn/assert.hpp"

#include <algorithm>

namespace cairn::persistence {

group_events::group_events(const name_list& names,
                           partition_id partition,
                           std::uint64_t next_offset)
    : partition_(partition), first_offset_(next_offset), next_offset_(next_offset) {
  for (std::size_t i = 0; i < names.size(); ++i)
    names_.add(static_cast<name_number>(i), names[i]);
  postings_.begin_block(names_);
}

result<void> group_events::add(const burst& from) {
  for (const burst::entry& one : from.entries()) {
    if (one.event_count == 0) continue;
    auto commit = commit_view::parse(from.bytes_of(one), one.check, names_, next_offset_);
    if (!commit) return commit.error();
    if (auto added = postings_.add(*commit); !added) return added;
    commits_.push_back(*std::move(commit));
    next_offset_ += one.event_count;
  }
  return {};
}

result<void> group_events::check(const append_guard& what) const {
  if (commits_.empty() || what.none_of.empty()) return {};
  const auto words = words_of(what.none_of);
  // A pattern that means every event: the first one is in the way.
  if (words.empty()) return check_event(what, first_offset_);
  std::vector<std::uint64_t> offsets;
  for (const posting_key& word : words)
    postings_.find(word, {}, offsets);
  std::sort(offsets.begin(), offsets.end());
  for (const std::uint64_t offset : offsets) {
    if (auto good = check_event(what, offset); !good) return good;
  }
  return {};
}

result<void> group_events::check_event(const append_guard& what, std::uint64_t offset) const {
  const auto behind = std::upper_bound(
      commits_.begin(), commits_.end(), offset, [](std::uint64_t at, const commit_view& commit) {
        return at < commit.first_offset();
      });
  CAIRN_ASSERT(behind != commits_.begin());
  const commit_view& commit = *(behind - 1);
  const auto index = static_cast<std::uint32_t>(offset - commit.first_offset());
  std::uint64_t at = commit.first_offset();
  return commit.each_event([&](const event_view& event) -> result<void> {
    if (at++ != offset || !is_meant(what.none_of, commit, index, event.type)) return {};
    return guard_broken(partition_, offset, commit, event.type);
  });
}

}  // namespace cairn::persistence
