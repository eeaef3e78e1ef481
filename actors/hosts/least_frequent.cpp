#include "hosts/least_frequent.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace cairn::actors {

least_frequent::least_frequent(rest_check rest_of) : rest_of_(std::move(rest_of)) {}

void least_frequent::added(slot& one) {
  ++size_;
  put(one, 1);
  note_use();
}

void least_frequent::used(slot& one) noexcept {
  const std::uint32_t count = count_of(one);
  take(one, count);
  put(one, std::min(count + 1, count_max));
  note_use();
}

void least_frequent::removed(slot& one) noexcept {
  take(one, count_of(one));
  --size_;
}

/// Where those used least are on their way, one used more often sleeps: the limit comes first.
slot* least_frequent::next() {
  for (std::uint32_t count = next_count(0); count != 0; count = next_count(count)) {
    int looks_left = passed_over_for_each_count;
    slot* const found =
        oldest_at_rest(by_count_[count], rest_of_, looks_left, [this](slot& kept) { used(kept); });
    if (found != nullptr) return found;
  }
  return nullptr;
}

std::uint32_t least_frequent::count_of(const slot& one) const noexcept {
  const std::uint32_t halved = std::min(halvings_ - one.ranked_at, 31U);
  return std::max(one.rank >> halved, 1U);
}

void least_frequent::put(slot& one, std::uint32_t count) noexcept {
  one.rank = count;
  one.ranked_at = halvings_;
  by_count_[count].add(one);
  counts_there_ |= std::uint64_t{1} << count;
}

void least_frequent::take(slot& one, std::uint32_t count) noexcept {
  by_count_[count].remove(one);
  if (by_count_[count].empty()) counts_there_ &= ~(std::uint64_t{1} << count);
}

void least_frequent::note_use() noexcept {
  if (++uses_ >= uses_between_halvings * size_) halve();
}

void least_frequent::halve() noexcept {
  uses_ = 0;
  ++halvings_;
  counts_there_ = 0;
  for (std::uint32_t count = 0; count <= count_max; ++count) {
    // The smallest count is 1; 2 and 3 come behind those that have it already.
    const std::uint32_t halved = std::max(count / 2, 1U);
    if (halved != count) by_count_[halved].append(std::move(by_count_[count]));
    if (!by_count_[halved].empty()) counts_there_ |= std::uint64_t{1} << halved;
  }
}

std::uint32_t least_frequent::next_count(std::uint32_t count) const noexcept {
  const std::uint64_t above = count == count_max ? 0 : counts_there_ >> (count + 1);
  return above == 0 ? 0 : count + 1 + static_cast<std::uint32_t>(std::countr_zero(above));
}

}  // namespace cairn::actors
