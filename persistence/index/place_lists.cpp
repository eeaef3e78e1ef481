#include "cairn/persistence/place_lists.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <numeric>

namespace cairn::persistence {
namespace {

bool is_key_of(std::string_view key, stream_name stream) noexcept {
  return key.size() == stream.type.size() + 1 + stream.id.size() && key.ends_with(stream.id) &&
         key.starts_with(stream.type) && key[stream.type.size()] == '\0';
}

stream_name stream_of(std::string_view key) noexcept {
  const std::size_t type_ends = key.find('\0');
  CAIRN_ASSERT(type_ends != std::string_view::npos);
  return {key.substr(0, type_ends), key.substr(type_ends + 1)};
}

}  // namespace

void place_lists::add(stream_name stream, std::uint64_t hash, const commit_place& place) {
  CAIRN_ASSERT(nodes_.size() < none);
  std::uint32_t at = find(stream, hash);
  if (at == none) at = add_stream(stream, hash);
  head& of = heads_[at];
  nodes_.push_back({place.offset, place.base, place.events, at, of.newest});
  of.newest = static_cast<std::uint32_t>(nodes_.size() - 1);
  ++of.places;
}

void place_lists::prefetch_head(std::uint64_t hash) const noexcept {
  if (const std::uint32_t at = by_hash_.likely(hash); at != none)
    __builtin_prefetch(&heads_[at], 1);
}

void place_lists::prefetch_key(std::uint64_t hash) const noexcept {
  if (const std::uint32_t at = by_hash_.likely(hash); at != none) {
    __builtin_prefetch(keys_.data() + heads_[at].key_at);
  }
}

std::optional<commit_place> place_lists::newest(std::string_view stream_key) const {
  const std::uint32_t at = newest_of(stream_key);
  if (at == none) return std::nullopt;
  return nodes_[at].place();
}

void place_lists::append_behind(std::string_view stream_key,
                                std::uint64_t after,
                                std::vector<commit_place>& out) const {
  const std::size_t before = out.size();
  for (std::uint32_t at = newest_of(stream_key); at != none; at = nodes_[at].older) {
    const commit_place place = nodes_[at].place();
    if (place.base + place.events <= after) break;
    out.push_back(place);
  }
  std::reverse(out.begin() + static_cast<std::ptrdiff_t>(before), out.end());
}

/// A counting sort: it goes through the places once, as they lie, and waits for none of them.
place_lists::sorted_rows place_lists::sorted() const {
  std::vector<std::uint32_t> order(heads_.size());
  std::iota(order.begin(), order.end(), std::uint32_t{0});
  std::sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
    return key_of(heads_[a]) < key_of(heads_[b]);
  });
  sorted_rows made;
  made.places_.resize(nodes_.size());
  made.rows_.reserve(order.size());
  std::vector<commit_place*> next(heads_.size());
  commit_place* first = made.places_.data();
  for (const std::uint32_t at : order) {
    const head& one = heads_[at];
    made.rows_.push_back({key_of(one), {first, one.places}});
    next[at] = first;
    first += one.places;
  }
  for (const node& one : nodes_)
    *next[one.head]++ = one.place();
  return made;
}

std::uint32_t place_lists::find(stream_name stream, std::uint64_t hash) const noexcept {
  return by_hash_.find(
      hash, [this, stream](std::uint32_t at) { return is_key_of(key_of(heads_[at]), stream); });
}

std::uint32_t place_lists::newest_of(std::string_view stream_key) const noexcept {
  const stream_name stream = stream_of(stream_key);
  const std::uint32_t at = find(stream, hash_of(stream));
  return at != none ? heads_[at].newest : none;
}

std::uint32_t place_lists::add_stream(stream_name stream, std::uint64_t hash) {
  const std::size_t key_at = keys_.size();
  keys_.append(stream.type).append(1, '\0').append(stream.id);
  const auto at = static_cast<std::uint32_t>(heads_.size());
  heads_.push_back({key_at, static_cast<std::uint32_t>(keys_.size() - key_at), none, 0});
  by_hash_.add(hash, at);
  return at;
}

}  // namespace cairn::persistence
