#include "cairn/persistence/postings.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>
#include <xxhash.h>

namespace cairn::persistence {
namespace {

std::uint32_t hash_of(posting_key key) noexcept {
  return static_cast<std::uint32_t>(
      XXH3_64bits_withSeed(key.term.data(), key.term.size(), static_cast<std::uint64_t>(key.kind)));
}

}  // namespace

std::string_view to_string(posting_kind kind) noexcept {
  switch (kind) {
    case posting_kind::category: return "category";
    case posting_kind::event_type: return "event type";
    case posting_kind::tag: return "tag";
    case posting_kind::correlation: return "correlation id";
  }
  CAIRN_UNREACHABLE();
}

void append_range(std::span<const std::uint64_t> offsets,
                  const posting_range& range,
                  std::vector<std::uint64_t>& out) {
  if (range.direction == read_direction::forwards) {
    const auto first = std::lower_bound(offsets.begin(), offsets.end(), range.from);
    const auto there = static_cast<std::size_t>(offsets.end() - first);
    out.insert(out.end(), first, first + static_cast<std::ptrdiff_t>(std::min(there, range.max)));
    return;
  }
  const auto last = std::upper_bound(offsets.begin(), offsets.end(), range.from);
  const auto there = static_cast<std::size_t>(last - offsets.begin());
  const auto first = std::make_reverse_iterator(last);
  out.insert(out.end(), first, first + static_cast<std::ptrdiff_t>(std::min(there, range.max)));
}

void text_postings::add(posting_key key, std::uint64_t offset, std::uint32_t events) {
  CAIRN_ASSERT(key.term.size() <= UINT8_MAX);
  CAIRN_ASSERT(entries_.size() < none);
  entries_.push_back({.offset = offset,
                      .text_at = texts_.size(),
                      .events = events,
                      .kind = key.kind,
                      .length = static_cast<std::uint8_t>(key.term.size())});
  texts_.append(key.term);
}

void text_postings::link_entries() const {
  const std::lock_guard lock{linking_};
  const std::size_t linked = links_.size();
  if (linked == entries_.size()) return;
  for (std::size_t at = linked; at < entries_.size(); ++at)
    links_.push_back({hash_of(key_of(entries_[at])), none});
  const bool anew = buckets_.size() < entries_.size();
  if (anew) buckets_.assign(std::bit_ceil(entries_.size() * 2), none);
  for (std::size_t at = anew ? 0 : linked; at < entries_.size(); ++at)
    put_into_bucket(static_cast<std::uint32_t>(at));
}

void text_postings::put_into_bucket(std::uint32_t at) const {
  std::uint32_t& newest = buckets_[links_[at].hash & (buckets_.size() - 1)];
  links_[at].older = newest;
  newest = at;
}

void text_postings::append_entry(const entry& one, std::vector<std::uint64_t>& out) {
  // A command may name a tag twice.
  if (!out.empty() && out.back() >= one.offset) return;
  for (std::uint32_t i = 0; i < one.events; ++i)
    out.push_back(one.offset + i);
}

void text_postings::find(posting_key key,
                         const posting_range& range,
                         std::vector<std::uint64_t>& out) const {
  if (entries_.empty()) return;
  link_entries();
  const std::uint32_t hash = hash_of(key);
  const bool backwards = range.direction == read_direction::backwards;
  std::size_t left = range.max;
  // Entries come from the newest to the oldest.
  std::vector<const entry*> later;
  std::uint64_t before = UINT64_MAX;
  for (std::uint32_t at = buckets_[hash & (buckets_.size() - 1)]; at != none && left > 0;) {
    const entry& one = entries_[at];
    const link& its = links_[at];
    at = its.older;
    if (its.hash != hash || key_of(one) != key || one.offset == before) continue;
    before = one.offset;
    if (!backwards) {
      if (one.offset + one.events <= range.from) break;
      later.push_back(&one);
      continue;
    }
    for (std::uint32_t i = one.events; i > 0 && left > 0; --i) {
      if (one.offset + i - 1 > range.from) continue;
      out.push_back(one.offset + i - 1);
      --left;
    }
  }
  for (auto one = later.rbegin(); one != later.rend() && left > 0; ++one) {
    for (std::uint32_t i = 0; i < (*one)->events && left > 0; ++i) {
      if ((*one)->offset + i < range.from) continue;
      out.push_back((*one)->offset + i);
      --left;
    }
  }
}

std::vector<std::uint32_t> text_postings::sorted() const {
  std::vector<std::uint32_t> order(entries_.size());
  std::iota(order.begin(), order.end(), std::uint32_t{0});
  std::sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
    const posting_key left_key = key_of(entries_[a]);
    const posting_key right_key = key_of(entries_[b]);
    return std::tie(left_key.kind, left_key.term, a) < std::tie(right_key.kind, right_key.term, b);
  });
  return order;
}

void segment_postings::begin_block(const block_names& names) {
  ++block_;
  names.each([this](name_number number, std::string_view name) {
    if (number >= slots_.size()) slots_.resize(std::size_t{number} + 1);
    slot& known = slots_[number];
    // Another version of the program may have numbered its names in another way.
    if (known.name != name) known = slot{.name = std::string{name}};
    known.block = block_;
  });
}

result<void> segment_postings::add(const commit_view& commit) {
  if (commit.event_count() == 0) return {};
  const auto is_known = [this](name_number number) {
    return number < slots_.size() && slots_[number].block == block_;
  };
  CAIRN_ASSERT(is_known(commit.aggregate_type_number()));
  slot& type = slots_[commit.aggregate_type_number()];
  auto& category = list_of(type.category, posting_kind::category, type.name)->offsets;
  std::uint64_t offset = commit.first_offset();
  bool all_known = true;
  const bool whole = commit.each_event_type([&](name_number number) {
    category.push_back(offset);
    if (is_known(number)) {
      slot& event = slots_[number];
      list_of(event.event_type, posting_kind::event_type, event.name)->offsets.push_back(offset);
    } else {
      all_known = false;
    }
    ++offset;
  });
  if (!whole || !all_known) {
    return error{error::code::corrupt,
                 "the commit at offset " + std::to_string(commit.first_offset()) +
                     (whole ? ": an event's type has no name" : ": an event is cut short")};
  }
  if (const auto id = commit.correlation_id(); !id.empty()) {
    texts_.add({posting_kind::correlation, id}, commit.first_offset(), commit.event_count());
  }
  commit.each_tag([&](std::string_view tag) {
    if (tag.empty()) return;
    texts_.add({posting_kind::tag, tag}, commit.first_offset(), commit.event_count());
  });
  if (!commit.event_tags().empty()) add_event_tags(commit);
  return {};
}

/// What the command says already stands at all of its events.
void segment_postings::add_event_tags(const commit_view& commit) {
  event_tag_walk walk{commit.event_tags()};
  for (std::uint32_t i = 0; i < commit.event_count(); ++i) {
    walk.at(i, [&](std::string_view tag) {
      bool known = tag.empty();
      commit.each_tag([&](std::string_view other) { known = known || other == tag; });
      if (!known) texts_.add({posting_kind::tag, tag}, commit.first_offset() + i, 1);
    });
  }
}

segment_postings::named_list* segment_postings::list_of(named_list*& known,
                                                        posting_kind kind,
                                                        std::string_view name) {
  if (known != nullptr) return known;
  for (named_list& list : lists_) {
    if (list.kind == kind && list.name == name) return known = &list;
  }
  lists_.push_back({kind, std::string{name}, {}});
  return known = &lists_.back();
}

const segment_postings::named_list* segment_postings::find_list(posting_key key) const noexcept {
  for (const named_list& list : lists_) {
    if (list.kind == key.kind && list.name == key.term) return &list;
  }
  return nullptr;
}

void segment_postings::find(posting_key key,
                            const posting_range& range,
                            std::vector<std::uint64_t>& out) const {
  if (key.kind == posting_kind::tag || key.kind == posting_kind::correlation) {
    return texts_.find(key, range, out);
  }
  if (const named_list* list = find_list(key)) append_range(list->offsets, range, out);
}

}  // namespace cairn::persistence
