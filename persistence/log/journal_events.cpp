#include "cairn/persistence/journal_events.hpp"

#include "log/commit_finder.hpp"

#include "cairn/assert.hpp"
#include "cairn/persistence/journal.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <string>
#include <utility>

// Reading a journal event by event: all of a partition, those that say a word, those of a stream;
// in both directions.

namespace cairn::persistence {
namespace {

// Offsets that are taken from the index at once.
constexpr std::uint64_t offsets_at_once = 1024;

bool says(const found_event& found, const posting_key& key) {
  switch (key.kind) {
    case posting_kind::category: return found.commit.aggregate_type() == key.term;
    case posting_kind::event_type: return found.event.type == key.term;
    case posting_kind::correlation: return found.commit.correlation_id() == key.term;
    case posting_kind::tag: return found.commit.says_tag(found.index(), key.term);
  }
  CAIRN_UNREACHABLE();
}

/// The words of which each event must say one; none: every event will do.
std::span<const posting_key> keys_of(const event_range& range) {
  return range.key ? std::span{&*range.key, 1} : range.any_key;
}

/// The offsets that a read has to look at, one after the other.
class offset_walk {
 public:
  /// @param end nothing beyond it is looked at
  offset_walk(const stream_index& index, const event_range& range, std::uint64_t end)
      : index_(index), range_(range), keys_(keys_of(range)), end_(end), at_(range.from) {
    at_ = forwards() ? std::max<std::uint64_t>(at_, 1) : std::min(at_, end);
    beyond_ = forwards() ? std::max(at_, end + 1) : 0;
  }

  /// Nothing: there are no more.
  [[nodiscard]] result<std::optional<std::uint64_t>> peek(std::uint64_t wanted) {
    if (!is_over() && !keys_.empty() && batch_at_ == batch_.size()) {
      if (auto filled = fill(wanted); !filled) return filled.error();
    }
    if (is_over()) return std::optional<std::uint64_t>{};
    return std::optional{keys_.empty() ? at_ : batch_[batch_at_]};
  }

  /// Passes what peek() has returned.
  void pass(std::uint64_t offset) {
    at_ = forwards() ? offset + 1 : offset - 1;
    if (!keys_.empty() && ++batch_at_ == batch_.size() && batch_is_last_) at_ = beyond_;
  }

  /// Nothing is left, as far as is known.
  [[nodiscard]] bool is_over() const noexcept { return forwards() ? at_ > end_ : at_ == 0; }
  [[nodiscard]] std::uint64_t next() const noexcept { return at_; }

 private:
  [[nodiscard]] bool forwards() const noexcept {
    return range_.direction == read_direction::forwards;
  }

  result<void> fill(std::uint64_t wanted) {
    const std::uint64_t max = std::clamp<std::uint64_t>(wanted, 1, offsets_at_once);
    batch_.clear();
    batch_at_ = 0;
    batch_is_last_ = true;
    for (const posting_key& key : keys_) {
      if (auto added = add_offsets(key, max); !added) return added;
    }
    if (forwards()) {
      const auto end = std::upper_bound(batch_.begin(), batch_.end(), end_);
      batch_is_last_ = batch_is_last_ || end != batch_.end();
      batch_.erase(end, batch_.end());
    }
    if (batch_.empty()) at_ = beyond_;
    return {};
  }

  /// Joins what one word has to say. A list that was cut short may go on in front of what others
  /// have said, so the batch ends where the first of them was cut.
  result<void> add_offsets(const posting_key& key, std::uint64_t max) {
    auto found = index_.postings(key, {.direction = range_.direction, .from = at_, .max = max});
    if (!found) return found.error();
    const bool is_cut = found->size() == max;
    if (batch_.empty() && batch_is_last_) {
      batch_ = *std::move(found);
      batch_is_last_ = !is_cut;
      return {};
    }
    const auto comes_before = [this](std::uint64_t a, std::uint64_t b) {
      return forwards() ? a < b : a > b;
    };
    std::optional<std::uint64_t> bound;
    if (!batch_is_last_) bound = batch_.back();
    if (is_cut && (!bound || comes_before(found->back(), *bound))) bound = found->back();
    std::vector<std::uint64_t> joined;
    joined.reserve(batch_.size() + found->size());
    std::set_union(batch_.begin(),
                   batch_.end(),
                   found->begin(),
                   found->end(),
                   std::back_inserter(joined),
                   comes_before);
    if (bound) {
      joined.erase(std::upper_bound(joined.begin(), joined.end(), *bound, comes_before),
                   joined.end());
    }
    batch_ = std::move(joined);
    batch_is_last_ = batch_is_last_ && !is_cut;
    return {};
  }

  const stream_index& index_;
  const event_range& range_;
  std::span<const posting_key> keys_;
  std::uint64_t end_;
  std::uint64_t at_;
  std::uint64_t beyond_;
  std::vector<std::uint64_t> batch_;
  std::size_t batch_at_ = 0;
  bool batch_is_last_ = false;
};

std::string described(std::span<const posting_key> keys) {
  std::string made;
  for (const posting_key& key : keys) {
    if (!made.empty()) made += " or ";
    made.append(to_string(key.kind)).append(" \"").append(key.term).append("\"");
  }
  return made;
}

error event_is_missing(std::uint64_t offset) {
  return {error::code::corrupt,
          "the event at offset " + std::to_string(offset) + " is missing from the log"};
}

}  // namespace

result<event_progress> journal::read_events(const event_range& range, const event_visitor& visit) {
  const std::uint64_t end = std::min(range.up_to, durable_offset());
  const std::span<const posting_key> keys = keys_of(range);
  if (!keys.empty()) {
    if (auto ready = index_->wait_for_offset(end, range.deadline); !ready) return ready.error();
  }
  offset_walk walk{*index_, range, end};
  commit_finder finder{*log_};
  std::uint64_t looked = 0;
  for (bool more = true; more && looked < range.looks_max; ++looked) {
    const auto at = walk.peek(range.looks_max - looked);
    if (!at) return at.error();
    if (!at->has_value()) break;
    const std::uint64_t offset = **at;
    const auto commit = finder.find(offset);
    if (!commit) return commit.error();
    if (*commit == nullptr) {
      return keys.empty() ? event_is_missing(offset) : index_is_wrong(offset, "an event");
    }
    const auto event = finder.event(offset);
    if (!event) return event.error();
    const version now{(*commit)->base().value + 1 + offset - (*commit)->first_offset()};
    const found_event found{**commit, **event, offset, now};
    const bool said = keys.empty() || std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
                        return says(found, key);
                      });
    if (!said) return index_is_wrong(offset, described(keys));
    walk.pass(offset);
    if (range.visible && !range.visible(**commit, now)) continue;
    const auto wanted = visit(found);
    if (!wanted) return wanted.error();
    more = *wanted;
  }
  return event_progress{walk.next(), looked, walk.is_over()};
}

result<void> journal::read_stream_events(stream_name stream,
                                         const stream_range& range,
                                         const event_visitor& visit) {
  const auto newest = head(stream, range.deadline);
  if (!newest) return newest.error();
  std::uint64_t after = range.after.value;
  std::uint64_t up_to = std::min(range.up_to, *newest).value;
  if (after >= up_to) return {};
  const bool forwards = range.direction == read_direction::forwards;
  const std::uint64_t events = std::min(up_to - after, range.events_max);
  (forwards ? up_to : after) = forwards ? after + events : up_to - events;
  auto places = index_->places(stream, {after});
  if (!places) return places.error();
  std::erase_if(*places, [up_to](const commit_place& place) { return place.base >= up_to; });
  if (!forwards) std::reverse(places->begin(), places->end());
  commit_finder finder{*log_};
  for (const commit_place& place : *places) {
    const auto commit = finder.find(stream, place);
    if (!commit) return commit.error();
    const std::uint64_t first = std::max(after, place.base) + 1;
    const std::uint64_t last = std::min(up_to, place.base + place.events);
    for (std::uint64_t i = 0; first + i <= last; ++i) {
      const version now{forwards ? first + i : last - i};
      const std::uint64_t offset = place.offset + now.value - place.base - 1;
      const auto event = finder.event(offset);
      if (!event) return event.error();
      if (range.visible && !range.visible(**commit, now)) continue;
      const auto wanted = visit({**commit, **event, offset, now});
      if (!wanted) return wanted.error();
      if (!*wanted) return {};
    }
  }
  return {};
}

result<timestamp> journal::time_of(std::uint64_t offset) const {
  commit_finder finder{*log_};
  const auto commit = finder.find(offset);
  if (!commit) return commit.error();
  if (*commit == nullptr) return event_is_missing(offset);
  return (*commit)->time();
}

result<std::uint64_t> journal::offset_after(timestamp when, std::uint64_t up_to) const {
  commit_finder finder{*log_};
  std::uint64_t low = 1;
  std::uint64_t high = std::min(up_to, durable_offset()) + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto commit = finder.find(middle);
    if (!commit) return commit.error();
    if (*commit == nullptr) return event_is_missing(middle);
    if ((*commit)->time() > when) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace cairn::persistence
